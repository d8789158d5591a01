"""Mixes of machines in whole plans."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from planner.catalog.lookup import Catalog
from planner.entered.owned_hardware import OwnedHardware
from planner.fleet.plan import Plan
from planner.fleet.scenario import CostItem, Scenario
from planner.fleet.scenario_work import Served
from planner.forecast.forecaster import Forecaster
from planner.mixing.whole_plan import whole_plan, with_mix
from planner.report.json_output import plan_json
from planner.wording.mix_sentence import mix_sentence, served_words
from planner.workload.document_class import DocumentClass, Targets

THREE_GPUS: dict[str, Any] = {
    "gpus": ("RTX A6000", "RTX 6000 Ada", "A40"),
    "quantization": "awq",
    "accept_extrapolated": True,
}


@pytest.fixture(scope="module")
def between_sizes(forecaster: Forecaster, catalog: Catalog) -> Plan:
    """A volume for which the last machine of one kind would be nearly idle."""
    other = (CostItem(name="Log storage", usd_per_year=240.0),)
    scenario = Scenario(documents_per_year=48e6, other_costs=other, **THREE_GPUS)
    return whole_plan(scenario, forecaster, catalog)


def test_a_mix_that_is_cheaper_stands_beside_the_recommended_fleet(between_sizes: Plan) -> None:
    mix, best = between_sizes.mix, between_sizes.recommended
    assert mix is not None
    assert best is not None
    assert mix.option is not None
    assert len(best.fleet) == 1
    assert len(mix.option.fleet) >= 2
    assert mix.option in between_sizes.options
    assert mix.option.meets.all
    assert mix.saves_usd_per_year == best.cost_usd_per_year - mix.option.cost_usd_per_year > 0
    assert mix.solver.status == "optimal"


def test_the_cost_lines_add_up_to_machines_at_their_prices(between_sizes: Plan) -> None:
    assert between_sizes.mix is not None
    option = between_sizes.mix.option
    assert option is not None
    machines = sum(item.instances * item.price_offer.usd_per_year for item in option.fleet)
    assert option.cost_usd_per_year == pytest.approx(machines + 240.0)
    assert sum(line.usd_per_year for line in option.cost_lines) == option.cost_usd_per_year
    served = [one.share for item in option.fleet for one in item.serves]
    assert sum(served) == pytest.approx(1.0)


def test_json_and_sentence_have_the_mix_and_the_solver(between_sizes: Plan) -> None:
    said = mix_sentence(between_sizes)
    assert said is not None
    assert said.startswith("A mixed fleet would cost $")
    assert "of the documents; 1 x" in said
    assert said.endswith("(solver: optimal, gap 0 %, under 1 s).")
    written = plan_json(between_sizes)
    assert written["solver"]["status"] == "optimal"
    assert written["mix"]["saves_usd_per_year"] > 0
    assert written["mix"] | {"saves_usd_per_year": 0} in [
        option | {"saves_usd_per_year": 0} for option in written["options"]
    ]


@pytest.mark.slow
def test_people_who_wait_get_fast_gpus_and_the_rest_cheap_ones(
    forecaster: Forecaster, catalog: Catalog
) -> None:
    # Alone, an L4 takes longer than 2 s for an answer, so a fleet of one kind is all H100.
    in_2_s = Targets(e2e_p95_s=2)
    classes = tuple(
        DocumentClass(
            name=name,
            documents_per_year=volume,
            input_tokens=into,
            output_tokens=out,
            targets=asked,
        )
        for name, volume, into, out, asked in (
            ("chat", 5e6, 500, 100, in_2_s),
            ("bulk", 30e6, 8000, 150, Targets()),
        )
    )
    scenario = Scenario(
        documents_per_year=35e6,
        classes=classes,
        peak_factor=2,
        gpus=("L4", "H100 SXM"),
        quantization="awq",
        accept_extrapolated=True,
    )
    plan = whole_plan(scenario, forecaster, catalog)
    assert plan.recommended is not None
    assert plan.recommended.fleet[0].gpu == "H100 SXM"
    assert plan.mix is not None
    assert plan.mix.option is not None
    assert plan.mix.option.cost_usd_per_year < plan.recommended.cost_usd_per_year
    served = {
        one.name: (item.gpu, one.share)
        for item in plan.mix.option.fleet
        for one in item.serves
        if one.share > 0.01
    }
    assert served == {
        "chat": ("H100 SXM", pytest.approx(5 / 35)),
        "bulk": ("L4", pytest.approx(30 / 35)),
    }
    assert " x H100 SXM for 100 % of chat; " in (mix_sentence(plan) or "")


def test_a_mix_is_recommended_if_no_single_kind_is_feasible(between_sizes: Plan) -> None:
    without = replace(between_sizes, recommended=None, mix=None, options=())
    assert between_sizes.mix is not None
    found = with_mix(without, replace(between_sizes.mix, saves_usd_per_year=None))
    assert found.recommended is between_sizes.mix.option
    assert found.options == (between_sizes.mix.option,)


def test_one_gpu_has_no_mix_of_kinds_that_costs_less(
    forecaster: Forecaster, catalog: Catalog
) -> None:
    scenario = Scenario(gpus=("A100 80GB",), quantization="awq")
    mix = whole_plan(scenario, forecaster, catalog).mix
    assert mix is None or mix.option is None


def test_relative_volumes_of_classes_are_shares_of_each(between_sizes: Plan) -> None:
    """The classes of a scenario may state half of its documents: then they are relative."""
    half = tuple(
        DocumentClass(name=name, documents_per_year=1.0, input_tokens=8_000, output_tokens=150)
        for name in ("claims", "letters")
    )
    scenario = between_sizes.scenario.model_copy(update={"classes": half})
    item = replace(
        next(iter(between_sizes.options)).fleet[0],
        serves=(Served("claims", 0.5), Served("letters", 0.25)),
    )
    said = served_words(replace(between_sizes, scenario=scenario), item)
    assert said.endswith("for 100 % of claims, 50 % of letters")


def test_own_gpus_are_not_used_twice(forecaster: Forecaster, catalog: Catalog) -> None:
    classes = (
        DocumentClass(name="short", documents_per_year=4e8, input_tokens=1_000, output_tokens=100),
        DocumentClass(name="long", documents_per_year=3e5, input_tokens=30_000, output_tokens=500),
    )
    scenario = Scenario(
        model="meta-llama/Meta-Llama-3.1-8B-Instruct",
        quantization="awq",
        documents_per_year=4e8 + 3e5,
        input_tokens=1_022,
        output_tokens=100,
        classes=classes,
        gpus=("L4",),
        terms=("owned",),
        owned=(OwnedHardware(gpu="L4", count=6),),
        accept_extrapolated=True,
    )
    plan = whole_plan(scenario, forecaster, catalog)
    used = [
        sum(item.instances * item.price_offer.gpu_count for item in option.fleet)
        for option in plan.options
    ]
    assert used
    assert max(used) <= 6
