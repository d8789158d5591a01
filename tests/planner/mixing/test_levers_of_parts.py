"""What would save most, and the targets, of stated, mixed and spread fleets."""

from __future__ import annotations

from typing import Any

import pytest

from planner.catalog.lookup import Catalog
from planner.fleet.plan import Plan
from planner.fleet.scenario import FleetPart, Scenario
from planner.forecast.forecaster import Forecaster
from planner.mixing.whole_plan import whole_plan
from planner.wording.lever_sentences import what_would_save
from planner.workload.document_class import DocumentClass, Targets
from tests.planner.mixing.test_cost_of_a_mix import MIXED


@pytest.fixture(scope="module")
def plan(forecaster: Forecaster, catalog: Catalog) -> Any:
    def of(**fields: Any) -> Plan:
        scenario = Scenario(**{"quantization": "awq", "gpus": ("L4", "A100 80GB")} | fields)
        return whole_plan(scenario, forecaster, catalog)

    return of


def check(found: Plan, forecaster: Forecaster, catalog: Catalog) -> set[str]:
    """Each lever costs what it says if its scenario is fed back."""
    for lever in found.levers:
        again = whole_plan(lever.scenario, forecaster, catalog).recommended
        assert again is not None, lever.change
        assert again.cost_usd_per_year == lever.option.cost_usd_per_year, lever.change
    return {lever.change for lever in found.levers}


def fleet(**replicas: int) -> tuple[FleetPart, ...]:
    names = {"l4": "L4", "a100": "A100 80GB"}
    return tuple(FleetPart(gpu=names[gpu], replicas=number) for gpu, number in replicas.items())


def test_a_stated_fleet_with_too_many_replicas_can_do_with_fewer(
    plan: Any, forecaster: Forecaster, catalog: Catalog
) -> None:
    # Two L4 are too few and three are enough, as the test of judged fleets says.
    found = plan(fleet=fleet(l4=7))
    assert "fewer_replicas" in check(found, forecaster, catalog)
    [fewer] = [lever for lever in found.levers if lever.change == "fewer_replicas"]
    assert fewer.scenario.fleet == fleet(l4=3)
    assert fewer.saves_usd_per_year == pytest.approx(4 / 7 * found.recommended.cost_usd_per_year)
    assert any(
        "running fewer replicas of your fleet saves" in said for said in what_would_save(found)
    )
    least = plan(fleet=fleet(l4=3))
    assert "fewer_replicas" not in {lever.change for lever in least.levers}


@pytest.mark.slow
def test_parts_are_dropped_that_the_others_do_without(
    plan: Any, forecaster: Forecaster, catalog: Catalog
) -> None:
    found = plan(fleet=fleet(l4=3, a100=1))
    check(found, forecaster, catalog)
    [fewer] = [lever for lever in found.levers if lever.change == "fewer_replicas"]
    assert fewer.scenario.fleet in (fleet(l4=3), fleet(a100=1), fleet(l4=1, a100=1))
    for smaller in (fleet(l4=2), fleet(a100=1), fleet(l4=1, a100=1)):
        judged = plan(fleet=smaller).recommended
        assert judged is None or judged.cost_usd_per_year >= fewer.option.cost_usd_per_year


def test_a_spread_fleet_says_what_the_spread_costs(
    plan: Any, forecaster: Forecaster, catalog: Catalog
) -> None:
    found = plan(spread_over="provider")
    assert "no_spread" in check(found, forecaster, catalog)
    assert any(
        "letting one provider carry all documents saves" in s for s in what_would_save(found)
    )


def test_a_mixed_fleet_has_levers_and_targets(forecaster: Forecaster, catalog: Catalog) -> None:
    free = whole_plan(MIXED, forecaster, catalog)
    assert free.mix is not None
    assert free.mix.option is not None
    budget = {"budget_usd_per_year": free.mix.option.cost_usd_per_year + 1.0}
    only_mixed = MIXED.model_copy(update=budget | {"peak_factor": 1.0})
    found = whole_plan(only_mixed, forecaster, catalog)
    assert found.recommended is not None
    assert len(found.recommended.fleet) > 1
    check(found, forecaster, catalog)
    assert found.targets == ()


@pytest.mark.slow
def test_targets_of_parts_are_those_of_the_part_that_keeps_them_worst(plan: Any) -> None:
    limit = Targets(e2e_p95_s=60.0)
    classes = (
        DocumentClass(
            name="claims",
            documents_per_year=2e6,
            input_tokens=8000,
            output_tokens=150,
            targets=limit,
        ),
        DocumentClass(name="notes", documents_per_year=2e6, input_tokens=1000, output_tokens=100),
    )
    asked = {"classes": classes, "documents_per_year": 4e6}
    both = plan(fleet=fleet(l4=2, a100=1), **asked)
    [kept] = both.targets
    assert (kept.class_name, kept.target, kept.limit) == ("claims", "e2e_p95_s", 60.0)
    # The L4 answer later than the A100, each alone with as many documents as they share of them.
    shares = [sum(one.share for one in item.serves) for item in both.recommended.fleet]
    alone = plan(
        fleet=fleet(l4=2),
        classes=tuple(
            one.model_copy(update={"documents_per_year": 2e6 * shares[0]}) for one in classes
        ),
        documents_per_year=4e6 * shares[0],
    )
    assert kept.value == pytest.approx(alone.targets[0].value)
    assert kept.probability == pytest.approx(alone.targets[0].probability, abs=0.005)
