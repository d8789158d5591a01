"""The smallest number of replicas: what it adds, and where it is said that there are fewer."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from planner.catalog.lookup import Catalog
from planner.entered.owned_hardware import OwnedHardware
from planner.fleet.plan import Plan
from planner.fleet.scenario import FleetPart, Scenario
from planner.forecast.forecaster import Forecaster
from planner.mixing.whole_plan import whole_plan
from planner.report.deployment_files import deployment_files
from planner.report.json_output import plan_json
from planner.wording.explanation import explain, headline, verdict_of
from planner.wording.remedy_sentences import what_would_help
from planner.wording.why_not import reason_of

FEW: dict[str, Any] = {"documents_per_year": 1e5, "gpus": ("L4",), "quantization": "awq"}
"""One replica has little to do."""


@pytest.fixture(scope="module")
def plan(forecaster: Forecaster, catalog: Catalog) -> Any:
    def of(**fields: Any) -> Plan:
        return whole_plan(Scenario.model_validate(FEW | fields), forecaster, catalog)

    return of


def test_one_replica_is_enough_unless_more_are_asked_for(plan: Any) -> None:
    assert plan().recommended.fleet[0].replicas == 1
    assert "replicas" not in plan_json(plan())["recommended"]["meets"]
    three = plan(min_replicas=3)
    assert three.recommended.fleet[0].replicas == 3
    assert plan_json(three)["recommended"]["meets"]["replicas"] is True
    one = plan().recommended.cost_usd_per_year
    assert three.recommended.cost_usd_per_year == pytest.approx(3 * one)


def test_spare_machines_are_beyond_them(plan: Any) -> None:
    [item] = plan(min_replicas=3, spare_replicas=1).recommended.fleet
    assert (item.replicas, item.spare_instances) == (4, 1)


def test_a_volume_that_takes_more_takes_no_more_than_before(plan: Any) -> None:
    many = {"documents_per_year": 100e6}
    assert plan(**many).recommended.fleet == plan(**many, min_replicas=2).recommended.fleet


def test_a_budget_for_fewer_is_too_small(plan: Any) -> None:
    one = plan().recommended.cost_usd_per_year
    short = plan(min_replicas=2, budget_usd_per_year=1.5 * one)
    assert short.recommended is None
    [help_] = what_would_help(short)
    assert help_.startswith(f"raise the budget to ${2 * one:,.0f} a year: 2 x L4")


def test_own_machines_that_are_too_few_are_said_to_be(plan: Any) -> None:
    own = (OwnedHardware(gpu="L4", count=2, gpus_per_machine=1),)
    short = plan(min_replicas=3, owned=own, terms=("owned",))
    assert short.recommended is None
    assert reason_of(short.scenario, short.options[0]) == (
        "replicas: fewer than the 3 asked for, spare ones not counted, and no more than 2 machines "
        "of L4 can be used of what is owned"
    )
    assert verdict_of(short, short.options[0]) == "misses number of replicas"


def test_a_stated_fleet_with_fewer_is_not_enough(plan: Any) -> None:
    fleet = (FleetPart(gpu="L4", replicas=1),)
    short = plan(min_replicas=2, fleet=fleet)
    assert headline(short).startswith("Your fleet is not enough: 1 x L4 at $")
    assert "Replicas: fewer than the 2 asked for" in explain(short)
    assert what_would_help(short)[0].startswith("enlarge your fleet to 2 x L4 at $")
    # The parts of a stated fleet share all documents, so their replicas count together.
    assert plan(min_replicas=2, fleet=(*fleet, *fleet)).recommended is not None


def test_the_autoscaler_keeps_them(plan: Any, catalog: Catalog) -> None:
    peak = {"documents_per_year": 46e6, "peak_factor": 3.0}
    least = {
        n: _min_replicas(deployment_files(plan(**peak, min_replicas=n), catalog)) for n in (1, 9)
    }
    assert least == {1: 7, 9: 9}  # a third of the 19 replicas of the peak, or as many as asked for


def _min_replicas(files: dict[str, str]) -> int:
    documents = yaml.safe_load_all(files["kubernetes.yaml"])
    [found] = [d for d in documents if d["kind"] == "HorizontalPodAutoscaler"]
    return int(found["spec"]["minReplicas"])
