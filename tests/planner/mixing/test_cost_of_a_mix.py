"""The lines of a fleet's cost, and the objective of the integer programme that chose it."""

from __future__ import annotations

import random

import pytest
from random_scenarios import CARDS_OWNED, costs_of

from planner.catalog.lookup import Catalog
from planner.entered.cost_item import CostItem
from planner.fleet import costs
from planner.fleet.plan import Plan
from planner.fleet.scenario import Scenario
from planner.forecast.forecaster import Forecaster
from planner.mixing.class_programme import GAP
from planner.mixing.whole_plan import whole_plan
from planner.money.cost_of_owning import owned_offer
from planner.report.json_output import plan_json

MIXED = Scenario(
    documents_per_year=46e6,
    gpus=("RTX A6000", "RTX 6000 Ada", "A40"),
    quantization="awq",
    accept_extrapolated=True,
)
"""A volume for which the last machine of one kind would be nearly idle."""


def mixed_with(forecaster: Forecaster, catalog: Catalog, **fields: object) -> Plan:
    return whole_plan(MIXED.model_copy(update=fields), forecaster, catalog)


@pytest.mark.parametrize("seed", range(8))
def test_the_lines_add_up_to_the_total_and_to_the_objective(
    seed: int, forecaster: Forecaster, catalog: Catalog
) -> None:
    rng = random.Random(seed)
    fields = costs_of(rng) | {"documents_per_year": MIXED.documents_per_year * rng.uniform(0.6, 2)}
    plan = mixed_with(forecaster, catalog, hours_per_week=rng.choice([168.0, 60.0]), **fields)
    for option in plan.options:
        lines = sum(line.usd_per_year for line in option.cost_lines)
        machines = sum(
            item.instances * costs.usd_of_each_machine(plan.scenario, item.price_offer)
            for item in option.fleet
        )
        assert lines == pytest.approx(option.cost_usd_per_year)
        assert lines == pytest.approx(costs.usd_without_machines(plan.scenario) + machines)
    if plan.mix is not None and plan.mix.option is not None:
        assert plan.mix.solver.usd_per_year == pytest.approx(plan.mix.option.cost_usd_per_year)


def test_the_objective_counts_every_cost_item(forecaster: Forecaster, catalog: Catalog) -> None:
    items = (
        CostItem(name="people", amount=20_000),
        CostItem(name="VAT", amount=10, unit="percent_tax"),
    )
    plain, taxed = (mixed_with(forecaster, catalog, other_costs=one) for one in ((), items))
    assert plain.mix is not None
    assert taxed.mix is not None
    assert plain.mix.option is not None
    assert plain.mix.solver.usd_per_year == pytest.approx(plain.mix.option.cost_usd_per_year)
    # A tenth on the machines and on the 20,000 USD: the same machines are the cheapest.
    by_hand = 1.1 * (plain.mix.option.cost_usd_per_year + 20_000)
    assert taxed.mix.solver.usd_per_year == pytest.approx(by_hand)
    assert plan_json(taxed)["solver"]["usd_per_year"] == taxed.mix.solver.usd_per_year


def test_a_licence_for_each_gpu_makes_fewer_of_them_pay(
    forecaster: Forecaster, catalog: Catalog
) -> None:
    licence = (CostItem(name="licence", amount=50_000, unit="usd_per_gpu_year"),)
    plain, licensed = (mixed_with(forecaster, catalog, other_costs=one) for one in ((), licence))
    assert plain.mix is not None
    assert plain.mix.option is not None
    assert licensed.recommended is not None
    gpus = sum(item.instances * item.price_offer.gpu_count for item in plain.mix.option.fleet)
    least = min(o.cost_usd_per_year for o in licensed.options if o.meets.all)
    assert least <= (plain.mix.option.cost_usd_per_year + 50_000 * gpus) * (1.0 + GAP)


def test_the_machines_of_the_user_cost_what_each_of_them_costs(catalog: Catalog) -> None:
    owned = Scenario(owned=(CARDS_OWNED,), other_costs=(CostItem(name="people", amount=5),))
    offer = owned_offer(CARDS_OWNED, catalog.gpu(CARDS_OWNED.gpu), size=1, number=1)
    assert costs.usd_without_machines(owned) == 5.0
    three = costs.cost_usd_per_year(owned, offer, 3)
    assert three == pytest.approx(5.0 + 3 * costs.usd_of_each_machine(owned, offer))
