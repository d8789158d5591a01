"""The smallest change of one limit each with which a stated fleet is enough."""

from __future__ import annotations

import random
from typing import Any

import pytest

from planner.catalog.lookup import Catalog
from planner.fleet.plan import Plan
from planner.fleet.scenario import FleetPart, Scenario
from planner.forecast.forecaster import Forecaster
from planner.mixing.whole_plan import whole_plan
from planner.wording.remedy_sentences import what_would_help

ALMOST: dict[str, dict[str, float]] = {
    "budget": {"budget_usd_per_year": -1.01},
    "latency": {"latency_p95_s": -0.015},
    "volume": {"documents_per_year": 0.015},
    "confidence": {"confidence": 0.0151},
}
"""A little less than each remedy changes: dollars and percent as they are, others as a share."""


def almost(changed: str, scenario: Scenario) -> Scenario:
    [(field, change)] = ALMOST[changed].items()
    value = getattr(scenario, field)
    step = change if changed in ("budget", "confidence") else change * value
    return scenario.model_copy(update={field: value + step})


def stated(rng: random.Random) -> Scenario:
    parts = rng.choice([[("L4", 1)], [("L4", 2), ("A100 80GB", 1)], [("A100 80GB", 2)]])
    return Scenario(
        documents_per_year=10 ** rng.uniform(6, 8.5),
        quantization="awq",
        fleet=tuple(FleetPart(gpu=gpu, replicas=replicas) for gpu, replicas in parts),
        latency_p95_s=rng.choice([None, 10 ** rng.uniform(0, 2)]),
        budget_usd_per_year=rng.choice([None, 10 ** rng.uniform(3, 5)]),
        peak_factor=rng.choice([1.0, 2.0]),
        spare_replicas=rng.choice([0, 0, 1]),
        confidence=rng.choice([0.8, 0.95]),
        gpus=("L4", "A100 80GB"),
    )


def check(plan: Plan, forecaster: Forecaster, catalog: Catalog) -> set[str]:
    """Each remedy works as printed, and nothing smaller does."""
    tried = set()
    for remedy in plan.remedies:
        again = whole_plan(remedy.scenario, forecaster, catalog)
        assert again.recommended is not None, remedy.changed
        assert again.recommended.cost_usd_per_year == remedy.option.cost_usd_per_year
        if remedy.changed in ALMOST:
            less = whole_plan(almost(remedy.changed, remedy.scenario), forecaster, catalog)
            assert less.recommended is None, remedy.changed
            tried.add(remedy.changed)
    return tried


@pytest.mark.slow
def test_remedies_of_a_stated_fleet_work_and_nothing_smaller_does(
    forecaster: Forecaster, catalog: Catalog
) -> None:
    rng, tried = random.Random(3), set[str]()
    for _ in range(8):
        plan = whole_plan(stated(rng), forecaster, catalog)
        tried |= check(plan, forecaster, catalog)
    assert "volume" in tried


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fleet", "limits", "changed"),
    [
        ({"L4": 3}, {"budget_usd_per_year": 1000.0}, {"budget"}),
        ({"L4": 4}, {"latency_p95_s": 8.0, "hours_per_week": 168.0}, {"latency"}),
        (
            {"L4": 2},
            {"documents_per_year": 18e6, "confidence": 0.95},
            {"volume", "confidence"},
        ),
        ({"L4": 2, "A100 80GB": 1}, {"documents_per_year": 42e6}, {"volume", "confidence"}),
    ],
)
def test_each_limit_that_is_missed_alone_is_remedied(
    fleet: dict[str, int],
    limits: dict[str, Any],
    changed: set[str],
    forecaster: Forecaster,
    catalog: Catalog,
) -> None:
    parts = tuple(FleetPart(gpu=gpu, replicas=replicas) for gpu, replicas in fleet.items())
    scenario = Scenario(**{"quantization": "awq", "gpus": tuple(fleet), "fleet": parts} | limits)
    assert check(whole_plan(scenario, forecaster, catalog), forecaster, catalog) == changed


def test_they_are_told_as_what_to_do(forecaster: Forecaster, catalog: Catalog) -> None:
    fields: dict[str, Any] = {"gpus": ("L4",), "quantization": "awq"}
    one = FleetPart(gpu="L4", replicas=1)
    plan = whole_plan(Scenario(**fields, fleet=(one,)), forecaster, catalog)
    # What would be recommended instead is 3 x L4, too, so it is told once.
    assert [remedy.changed for remedy in plan.remedies] == ["fleet", "volume"]
    assert what_would_help(plan)[0].startswith("enlarge your fleet to 3 x L4 at $")
    assert what_would_help(plan)[1].startswith("reduce the volume to ")
    assert what_would_help(plan)[1].endswith(" documents a year: 1 x L4, 80 % sure")


@pytest.mark.parametrize("fields", [{"budget_usd_per_year": 100.0, "latency_p95_s": 1.0}])
def test_no_single_change_helps_if_two_limits_are_missed(
    fields: dict[str, Any], forecaster: Forecaster, catalog: Catalog
) -> None:
    one = FleetPart(gpu="L4", replicas=1)
    scenario = Scenario(quantization="awq", gpus=("L4",), fleet=(one,), **fields)
    assert whole_plan(scenario, forecaster, catalog).remedies == ()
