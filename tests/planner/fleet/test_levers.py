"""The changes that save most, each planned again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from planner.catalog.lookup import Catalog
from planner.fleet.costs import commitment_of
from planner.fleet.make_plan import make_plan, recommendation_for
from planner.fleet.scenario import Scenario
from planner.forecast.forecaster import Forecaster

PEAKS: dict[str, Any] = {
    "documents_per_year": 200e6,
    "quantization": "awq",
    "peak_factor": 1.5,
    "hours_per_week": 168.0,
}


@pytest.fixture(scope="module")
def one_gpu(catalog: Catalog) -> Catalog:
    """L4 alone, which GCP rents on demand and reserved."""
    return replace(catalog, gpus=tuple(gpu for gpu in catalog.gpus if gpu.name == "L4"))


def test_following_the_load_and_reserving_its_base_are_planned_again(
    forecaster: Forecaster, one_gpu: Catalog
) -> None:
    plan = make_plan(Scenario(**PEAKS), forecaster, one_gpu)
    assert plan.recommended is not None
    levers = {lever.change: lever for lever in plan.levers}
    assert {"follow_load", "reserve_base"} <= set(levers)
    base = levers["reserve_base"].option
    assert base.cost_usd_per_year < levers["follow_load"].option.cost_usd_per_year
    [item] = base.fleet
    # The load falls to half the mean, a third of the peak: a third of the machines always run.
    assert item.instances / 3 < item.reserved_instances < item.instances
    reserved, others = base.cost_lines
    assert commitment_of(item) == pytest.approx(3 * reserved.usd_per_year)  # of three years
    assert others.name.endswith("on-demand, while the load needs them")
    for lever in levers.values():
        again = recommendation_for(lever.scenario, forecaster, one_gpu).chosen
        assert again is not None
        assert again.cost_usd_per_year == lever.option.cost_usd_per_year
        assert again.meets.all


def test_a_level_load_has_no_such_levers_and_one_that_is_followed_not_again(
    forecaster: Forecaster, one_gpu: Catalog
) -> None:
    for changed in ({"peak_factor": 1.0}, {"follow_load": True}):
        plan = make_plan(Scenario(**PEAKS | changed), forecaster, one_gpu)
        assert not {"follow_load", "reserve_base"} & {lever.change for lever in plan.levers}
