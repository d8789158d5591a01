"""The plot of cost against capacity always shows the option that is recommended."""

from __future__ import annotations

from dataclasses import replace

import plotly.graph_objects as go
from sample_plan import A100, FEASIBLE_PLAN, L40S, T4

from app import charts
from planner.fleet.scenario import Scenario

LIGHT = charts.palette("light")


def test_a_recommended_machine_far_larger_than_the_demand_is_within_the_axes() -> None:
    few = FEASIBLE_PLAN.scenario.model_copy(update={"documents_per_year": 100_000.0})
    plan = replace(FEASIBLE_PLAN, scenario=few, options=(A100, L40S, T4))
    figure = charts.cost_against_capacity(plan, plan.options, LIGHT).figure
    go.Figure(figure)  # refuses what plotly.js would not know
    capacity = A100.capacity_documents_per_year
    drawn = [x for trace in figure["data"] for x in trace["x"]]
    assert capacity.value in drawn
    low, high = figure["layout"]["xaxis"]["range"]  # of a logarithmic axis
    assert 10**low < 100_000 < capacity.high < 10**high


def test_the_demand_of_documents_that_wait_is_the_pace_that_they_need() -> None:
    # 50 of 168 hours with a peak of 2, done day and night without a deadline: the mean is enough.
    waiting = Scenario(
        documents_per_year=20_000_000,
        peak_factor=2.0,
        hours_per_week=50.0,
        processing_hours_per_week=168.0,
    )
    at_once = waiting.model_copy(update={"processing_hours_per_week": None})
    plan = replace(FEASIBLE_PLAN, options=(A100, L40S, T4))
    for scenario, demand in ((waiting, "20 million"), (at_once, "40 million")):
        drawn = charts.cost_against_capacity(replace(plan, scenario=scenario), plan.options, LIGHT)
        assert f"process {demand} documents a year" in drawn.alt
