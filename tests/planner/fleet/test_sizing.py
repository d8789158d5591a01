"""Replicas for a volume and for an answer time, by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from planner.fleet.busiest_hour import load_of
from planner.fleet.probability import needed_for_confidence, probability_at_least
from planner.fleet.scenario import Scenario
from planner.fleet.sizing import Pace, best_pace, replicas_for_latency, replicas_for_volume


def pace(requests_per_s: float = 1.0, log_sd: float = 0.1) -> Pace:
    return Pace(1, requests_per_s, log_sd, np.array([1.0 / requests_per_s]))


def test_a_year_is_spread_over_its_working_hours() -> None:
    load = load_of(Scenario(documents_per_year=31_536_000))  # 365 x 24 x 3600
    assert load.mean_per_s == pytest.approx(1.0)
    half = load_of(Scenario(documents_per_year=31_536_000, hours_per_week=84, peak_factor=3))
    assert half.mean_per_s == pytest.approx(2.0)
    assert half.busiest_per_s == pytest.approx(6.0)


@pytest.mark.parametrize(("busiest", "replicas"), [(0.5, 1), (1.0, 1), (1.01, 2), (7.5, 8)])
def test_the_central_forecast_must_carry_the_busiest_hour(busiest: float, replicas: int) -> None:
    assert replicas_for_volume(pace(), busiest) == replicas


def test_more_confidence_takes_more_replicas() -> None:
    # needed 10 x exp(1.2816 x 0.1) = 11.37 with 90 % confidence
    assert replicas_for_volume(pace(), 10.0, 0.9) == 12
    assert needed_for_confidence(10.0, 0.1, 0.9) == pytest.approx(11.3673, rel=1e-4)


def test_probability_is_one_half_at_the_central_forecast() -> None:
    assert probability_at_least(10.0, 0.2, 10.0) == pytest.approx(0.5)
    # ln(1.2) / 0.1 = 1.8232: 96.59 %
    assert probability_at_least(12.0, 0.1, 10.0) == pytest.approx(0.96587, rel=1e-4)
    assert probability_at_least(1.0, 0.0, 2.0) == 0.0


def test_the_best_concurrency_is_the_smallest_with_95_percent_of_the_best() -> None:
    # s(n) = 1 + 1/n, best over 1..100 is 1.01; 1.01 / 0.95 = 1.0632 -> n = 16 (1.0625)
    seconds = 1.0 + 1.0 / np.arange(1.0, 101.0)
    best = best_pace(seconds, np.full(100, 0.1))
    assert best.concurrency == 16
    assert best.requests_per_s == pytest.approx(1 / 1.0625)


def test_answer_times_add_replicas_until_they_hold() -> None:
    # M/M/1 at 1 s: 1 arrival/s needs at least 2; the p95 then falls with each one more
    one_at_a_time = pace()
    loose = replicas_for_latency(one_at_a_time, 1.0, 10.0, at_least=1)
    tight = replicas_for_latency(one_at_a_time, 1.0, 2.5, at_least=1)
    assert loose is not None
    assert tight is not None
    assert 2 <= loose < tight


def test_no_number_of_replicas_answers_faster_than_an_idle_one() -> None:
    assert replicas_for_latency(pace(), 1.0, 0.99, at_least=1) is None


def test_replicas_follow_the_volume_without_end() -> None:
    assert replicas_for_volume(pace(), 1e6) == 1_000_000
    assert math.isfinite(replicas_for_volume(pace(), 1e12))
