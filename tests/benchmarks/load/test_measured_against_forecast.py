"""Figures of a server beside the forecast, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.load.measured_against_forecast import Row, rows_of
from benchmarks.load.open_loop import AnsweredRequest
from benchmarks.load.scenario_arrivals import ArrivingRequest
from planner.forecast.forecast_values import Interval
from planner.forecast.pace import Pace

REQUEST = ArrivingRequest(0.0, "documents", 100, 11)


def answered(count: int, ttft_s: float, e2e_s: float, gap_s: float = 1.0) -> list[AnsweredRequest]:
    """Requests every ``gap_s`` that are all answered alike."""
    return [
        AnsweredRequest(REQUEST, n * gap_s, n * gap_s + ttft_s, n * gap_s + e2e_s)
        for n in range(count)
    ]


def pace(seconds: float, log_sd: float = 0.1) -> Pace:
    """A replica that answers one request at a time, of which half is for the prompt."""
    return Pace(
        1, 1.0 / seconds, log_sd, np.array([seconds]), prompt_s=seconds / 2, output_tokens=11.0
    )


def test_equal_requests_have_the_same_percentiles() -> None:
    rows = {row.name: row for row in rows_of(answered(100, 0.2, 0.7), pace(0.1))}
    assert rows["Answer time (p50)"].measured.value == pytest.approx(0.7)
    assert rows["Answer time (p95)"].measured.value == pytest.approx(0.7)
    assert rows["First token (p95)"].measured.value == pytest.approx(0.2)
    # (0.7 - 0.2) s for the 10 tokens after the first.
    assert rows["Time per token (p95)"].measured.value == pytest.approx(50.0)
    assert rows["Time per token (p95)"].unit == "ms"


def test_throughput_counts_what_was_done_while_requests_arrived() -> None:
    rows = {row.name: row for row in rows_of(answered(101, 0.2, 0.7), pace(0.1))}
    # From second 10 to second 100 one request a second is done.
    assert rows["Requests per second"].measured.value == pytest.approx(1.0, abs=0.02)
    assert rows["Output tokens per second"].measured.value == pytest.approx(11.0, abs=0.2)
    assert rows["Requests per second"].forecast == Interval(1.0, 1.0, 1.0)


def test_a_slower_server_is_worse_and_a_faster_one_better() -> None:
    slow = {row.name: row.verdict for row in rows_of(answered(100, 2.0, 9.0), pace(0.1))}
    assert slow["Answer time (p95)"] == slow["First token (p50)"] == "worse"
    fast = {row.name: row.verdict for row in rows_of(answered(100, 1e-4, 1e-3), pace(0.1))}
    assert fast["Answer time (p50)"] == "better"


def test_arrivals_above_the_capacity_have_no_forecast_of_answer_times() -> None:
    rows = {row.name: row for row in rows_of(answered(100, 0.2, 0.7), pace(3.0))}
    assert rows["Answer time (p95)"].forecast is None
    assert rows["Answer time (p95)"].verdict == "not forecast"
    # One request takes 3 s, so a third of one is done a second.
    assert rows["Requests per second"].forecast is not None
    assert rows["Requests per second"].forecast.value == pytest.approx(1 / 3)
    assert rows["Requests per second"].verdict == "better"


def test_intervals_with_a_value_in_common_are_as_forecast() -> None:
    row = Row("x", "s", Interval(2.0, 1.0, 3.0), Interval(4.0, 3.0, 5.0))
    assert row.verdict == "as forecast"


def test_one_answer_is_no_measurement() -> None:
    failed = AnsweredRequest(REQUEST, 0.0, failure="HTTP 500")
    assert rows_of([failed] * 30, pace(0.1)) == ()
