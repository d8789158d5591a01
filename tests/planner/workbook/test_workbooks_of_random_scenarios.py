"""What must hold for the workbook of every scenario, tried on random ones with a fixed seed."""

from __future__ import annotations

import datetime
import random

import pytest
from recalculated_workbook import RecalculatedWorkbook

from planner.catalog.lookup import Catalog
from planner.entered.owned_hardware import OwnedHardware
from planner.fleet.make_plan import make_plan
from planner.fleet.plan import Plan
from planner.fleet.scenario import Scenario
from planner.forecast.forecaster import Forecaster
from planner.wording.explanation import configuration, sureness, verdict_of
from planner.workbook.carried_volumes import carried_volumes
from planner.workbook.plan_workbook import plan_workbook

SIX_CARDS = OwnedHardware(gpu="RTX 3090", count=6, price_usd=700)
SCENARIOS = 10


def scenario_of(rng: random.Random) -> Scenario:
    """A scenario with prices, costs, hours, limits and years of every kind."""
    return Scenario(
        documents_per_year=10 ** rng.uniform(5, 9),
        quantization="awq",
        gpus=rng.choice([("L4",), ("A100 80GB",), ("T4", "L40S")]),
        terms=rng.choice([("on-demand",), ("spot", "reserved-1y"), ("estimate",)]),
        budget_usd_per_year=rng.choice([None, None, 10 ** rng.uniform(3.5, 7)]),
        latency_p95_s=rng.choice([None, 10 ** rng.uniform(1, 2.5)]),
        peak_factor=rng.choice([1.0, 1.7, 3.0]),
        hours_per_week=rng.choice([168.0, 60.0, 40.0]),
        pay_only_for_hours=rng.random() < 0.5,
        follow_load=rng.random() < 0.3,
        minimum_billed_h=rng.choice([0.0, 12.0]),
        growth_per_year=rng.choice([0.0, 0.4, -0.3]),
        years=rng.choice([1, 2, 4]),
        spare_replicas=rng.choice([0, 1]),
        standard_costs=rng.choice([(), ("people", "storage", "tax")]),
        owned=rng.choice([(), (SIX_CARDS,)]),
        season=rng.choice([(), tuple(range(6, 18))]),
    )


def check(plan: Plan, forecaster: Forecaster, catalog: Catalog) -> None:
    carried = carried_volumes(plan, forecaster, catalog)
    created = datetime.date(2026, 11, 27)
    book = RecalculatedWorkbook(plan_workbook(plan, created=created, carried=carried))
    option = plan.nearest
    assert option is not None
    assert book.row("Decision", "Verdict")[1] == verdict_of(plan, option)
    assert book.row("Decision", "Probability")[1] == sureness(option)
    label = "Configuration" if plan.recommended else "Closest configuration"
    assert book.row("Decision", label)[1] == configuration(option)
    planned, now = book.row("Decision", "Cost a year, USD")[1:3]
    assert planned == pytest.approx(option.cost_usd_per_year, rel=1e-12)
    assert now == pytest.approx(option.cost_usd_per_year)
    assert book.column("Options", "Configuration", 1) == [configuration(option)]
    for head, wanted in (
        ("Documents a year", [year.documents for year in plan.years]),
        ("Replicas", [year.replicas for year in plan.years]),
        ("Cost, USD", [year.cost_usd_per_year for year in plan.years]),
    ):
        assert book.column("Years", head, len(wanted)) == pytest.approx(wanted), head
    said = book.column("Years", "Enough?", len(plan.years))
    assert [text == "yes" for text in said] == [year.enough for year in plan.years]
    sure = book.column("Years", "Sure to keep up", 1)
    assert sure[0] == pytest.approx(option.probability.volume, abs=1e-9)
    if plan.present_value_usd is not None:
        value = book.row("Decision", "Present value of all years, USD")[2]
        assert value == pytest.approx(plan.present_value_usd)


@pytest.mark.slow
def test_decision_cost_and_years_are_those_of_the_plan(
    forecaster: Forecaster, catalog: Catalog
) -> None:
    rng, checked = random.Random(1), 0
    while checked < SCENARIOS:
        scenario = scenario_of(rng)
        plan = make_plan(scenario, forecaster, catalog)
        if plan.nearest is None:  # these GPUs have no price on these terms
            continue
        try:
            check(plan, forecaster, catalog)
        except AssertionError as error:
            raise AssertionError(f"{scenario!r}: {error}") from error
        checked += 1
