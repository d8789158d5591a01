"""The places of marks, labels and axes."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from sample_plan import A100, L4, SCENARIO

from planner.forecast.forecast_values import Interval
from planner.report.pdf_charts import (
    HEIGHT_PT,
    WIDTH_PT,
    Scale,
    cost_against_capacity,
    scale_for,
)


@given(st.lists(st.floats(min_value=1e-3, max_value=1e12), min_size=1, max_size=9))
def test_an_axis_holds_all_its_values_and_has_ticks_inside(values: list[float]) -> None:
    scale = scale_for(values, 100.0)
    assert all(0 <= scale.at(value) <= 100 for value in values)
    places = [scale.at(value) for value in sorted(values)]
    assert places == sorted(places)
    assert len(scale.ticks()) >= 2
    assert all(scale.low * 0.999 <= tick <= scale.high * 1.001 for tick in scale.ticks())


def test_a_narrow_range_is_linear_from_zero_and_a_wide_one_logarithmic() -> None:
    assert scale_for([10, 40], 100.0) == Scale(0.0, 44.0, 100.0)
    assert scale_for([10, 40], 100.0).ticks() == [0, 10, 20, 30, 40]
    assert scale_for([1, 1000], 100.0).log


@given(
    st.lists(
        st.tuples(st.floats(min_value=1e5, max_value=1e9), st.floats(min_value=100, max_value=1e7)),
        min_size=1,
        max_size=5,
    )
)
def test_marks_and_labels_stay_inside_the_chart(points: list[tuple[float, float]]) -> None:
    options = [
        replace(L4, cost_usd_per_year=cost, capacity_documents_per_year=Interval(x, x / 2, x * 2))
        for x, cost in points
    ]
    chart = cost_against_capacity(SCENARIO, options, [])
    assert chart is not None
    for point in chart["points"]:
        assert 0 <= point["from"] <= point["x"] <= point["to"] <= WIDTH_PT
        assert 0 <= point["y"] <= HEIGHT_PT
        assert 0 <= point["label"]["x"] <= WIDTH_PT - point["label"]["width"]


def test_the_names_of_options_that_are_close_do_not_overlap() -> None:
    close = [
        replace(A100, cost_usd_per_year=A100.cost_usd_per_year * (1 + 0.01 * n)) for n in range(5)
    ]
    chart = cost_against_capacity(SCENARIO, close, [])
    assert chart is not None
    labels = [point["label"] for point in chart["points"]]
    for n, one in enumerate(labels):
        for other in labels[:n]:
            is_beside = abs(one["x"] - other["x"]) >= min(one["width"], other["width"])
            assert is_beside or abs(one["y"] - other["y"]) > 7  # the height of a line


def test_the_chart_marks_demand_at_the_peak_and_the_budget() -> None:
    peak = SCENARIO.model_copy(update={"peak_factor": 1.5})
    chart = cost_against_capacity(peak, [A100], [])
    assert chart is not None
    assert chart["demand"]["text"] == "demand 30 million (busiest hour)"
    assert chart["budget"]["text"] == "budget $30,000"
    level = cost_against_capacity(SCENARIO, [A100], [])
    assert level is not None
    assert level["demand"]["text"] == "demand 20 million"
    assert chart["points"][0]["filled"]
    assert "26.1 million documents for $29,756" in chart["alt"]
    assert cost_against_capacity(SCENARIO, [], []) is None
