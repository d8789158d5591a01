"""Replicas for a volume and for an answer time, against figures worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from planner.fleet.busiest_hour import load_of
from planner.fleet.probability import needed_for_confidence, probability_at_least
from planner.fleet.scenario import Scenario
from planner.fleet.sizing import Pace, best_pace, replicas_for_latency, replicas_for_volume
from planner.queueing.lengths import exponential_lengths


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


@pytest.mark.parametrize(("confidence", "replicas"), [(0.5, 6), (0.8, 7), (0.9, 8)])
def test_the_replicas_of_a_year_of_documents(confidence: float, replicas: int) -> None:
    # 12 million documents in 8,760 x 50 / 168 = 2,607.14 hours: 12e6 / (2,607.14 x 3,600) =
    # 1.27854 a second, 2.55708 in a busiest hour of twice the average. At 0.5 a second and replica:
    # 50 %: 2.55708                               / 0.5 = 5.11, so 6
    # 80 %: 2.55708 x exp(0.84162 x 0.3) = 3.29153 / 0.5 = 6.58, so 7
    # 90 %: 2.55708 x exp(1.28155 x 0.3) = 3.75590 / 0.5 = 7.51, so 8
    load = load_of(Scenario(documents_per_year=12_000_000, hours_per_week=50, peak_factor=2))
    assert load.mean_per_s == pytest.approx(1.27854, rel=1e-5)
    assert load.busiest_per_s == pytest.approx(2.55708, rel=1e-5)
    assert replicas_for_volume(pace(0.5, 0.3), load.busiest_per_s, confidence) == replicas


def test_the_probability_that_a_number_of_replicas_is_enough() -> None:
    # 7 x 0.5 = 3.5 a second against 2.55708: ln(3.5 / 2.55708) / 0.3 = 1.04637 sd, so 85.23 %;
    # one less, 3.0: ln(3.0 / 2.55708) / 0.3 = 0.53253 sd, so 70.28 %
    assert probability_at_least(7 * 0.5, 0.3, 2.55708) == pytest.approx(0.8523, abs=5e-5)
    assert probability_at_least(6 * 0.5, 0.3, 2.55708) == pytest.approx(0.7028, abs=5e-5)


def test_the_replicas_of_an_answer_time() -> None:
    # One at a time, 1 s each on average and exponential, 2 documents a second, in the queue with
    # c servers: P(T > t) = exp(-t) (1 + C (1 - exp(-(c - 3) t)) / (c - 3)), C by Erlang.
    # c = 3, C = 4/9: exp(-t) (1 + 4/9 t) = 0.05 at 4.02 s
    # c = 4, C = 4/23: 0.05 at 3.15 s; c = 5, C = 0.0597: 0.05 at 3.03 s
    def needed(limit_s: float) -> int | None:
        return replicas_for_latency(pace(), 2.0, limit_s, 1, outputs=exponential_lengths())

    assert needed(4.2) == 3
    assert needed(3.85) == 4
    assert needed(3.3) == 4
    assert needed(3.08) == 5


def test_a_random_split_takes_more_replicas_than_a_balancer() -> None:
    # each replica an M/M/1 queue: 95 % within ln 20 / (1 - 2 / R): 5.99 s for 4, 4.99 s for 5;
    # the least loaded of 3 is enough for 4.02 s (see above)
    lengths = exponential_lengths()
    assert replicas_for_latency(pace(), 2.0, 5.2, 1, "random", outputs=lengths) == 5
    assert replicas_for_latency(pace(), 2.0, 5.2, 1, "least_loaded", outputs=lengths) == 3


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
    # M/D/1 at 1 s: 1 arrival/s needs at least 2; the p95 then falls with each one more
    one_at_a_time = pace()
    loose = replicas_for_latency(one_at_a_time, 1.0, 10.0, at_least=1)
    tight = replicas_for_latency(one_at_a_time, 1.0, 1.5, at_least=1)
    assert loose is not None
    assert tight is not None
    assert 2 <= loose < tight


def test_no_number_of_replicas_answers_faster_than_an_idle_one() -> None:
    assert replicas_for_latency(pace(), 1.0, 0.99, at_least=1) is None


def test_any_volume_gets_a_finite_number_of_replicas() -> None:
    assert replicas_for_volume(pace(), 1e6) == 1_000_000
    assert math.isfinite(replicas_for_volume(pace(), 1e12))
