"""The plot of cost against capacity always shows the option that is recommended."""

from __future__ import annotations

from dataclasses import replace

import plotly.graph_objects as go
from sample_plan import A100, FEASIBLE_PLAN, L40S, T4

from app import charts

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
