"""Replicas for a volume and for an answer time, against figures worked out by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from planner.fleet.busiest_hour import demand_of, load_of
from planner.fleet.scenario import Scenario
from planner.fleet.sizing import (
    Demand,
    errors_borne,
    replicas_for,
    replicas_for_latency,
    replicas_for_volume,
)
from planner.forecast.pace import Pace, best_pace
from planner.queueing.lengths import exponential_lengths
from planner.sureness.probability import error_at, probability_up_to


def pace(requests_per_s: float = 1.0, log_sd: float = 0.1) -> Pace:
    return Pace(1, requests_per_s, log_sd, np.array([1.0 / requests_per_s]))


def busy(per_s: float, limit_s: float | None = None) -> Demand:
    """A demand whose fleet may be used to the full."""
    return Demand(per_s, 1.0, limit_s)


def test_a_year_is_spread_over_its_working_hours() -> None:
    load = load_of(Scenario(documents_per_year=31_536_000))  # 365 x 24 x 3600
    assert load.mean_per_s == pytest.approx(1.0)
    half = load_of(Scenario(documents_per_year=31_536_000, hours_per_week=84, peak_factor=3))
    assert half.mean_per_s == pytest.approx(2.0)
    assert half.busiest_per_s == pytest.approx(6.0)


@pytest.mark.parametrize(("busiest", "replicas"), [(0.5, 1), (1.0, 1), (1.01, 2), (7.5, 8)])
def test_the_central_forecast_must_carry_the_busiest_hour(busiest: float, replicas: int) -> None:
    assert replicas_for_volume(busy(busiest), pace(), 0.0) == replicas


@pytest.mark.parametrize(("busiest", "replicas"), [(0.95, 1), (0.96, 2), (1.9, 2), (1.91, 3)])
def test_a_fleet_is_used_to_95_percent_in_the_busiest_hour(busiest: float, replicas: int) -> None:
    assert replicas_for_volume(Demand(busiest, 0.95), pace(), 0.0) == replicas


def test_more_confidence_takes_more_replicas() -> None:
    # 90 %: one takes exp(1.28155 x 0.1) = 1.13673 s, ten a second take 11.37 replicas
    assert replicas_for(busy(10.0), pace(), error_at(0.9)) == 12
    assert pace().slowdown(error_at(0.9)) == pytest.approx(1.13673, rel=1e-5)


@pytest.mark.parametrize(("confidence", "replicas"), [(0.5, 6), (0.8, 7), (0.9, 8)])
def test_the_replicas_of_a_year_of_documents(confidence: float, replicas: int) -> None:
    # 12 million documents in 8,760 x 50 / 168 = 2,607.14 hours: 12e6 / (2,607.14 x 3,600) =
    # 1.27854 a second, 2.55708 in a busiest hour of twice the average. At 0.5 a second and replica:
    # 50 %: 2.55708                               / 0.5 = 5.11, so 6
    # 80 %: 2.55708 x exp(0.84162 x 0.3) = 3.29153 / 0.5 = 6.58, so 7
    # 90 %: 2.55708 x exp(1.28155 x 0.3) = 3.75590 / 0.5 = 7.51, so 8
    scenario = Scenario(
        documents_per_year=12_000_000, hours_per_week=50, peak_factor=2, max_utilization=1
    )
    assert load_of(scenario).mean_per_s == pytest.approx(1.27854, rel=1e-5)
    demand = demand_of(scenario)
    assert demand.busiest_per_s == pytest.approx(2.55708, rel=1e-5)
    assert replicas_for(demand, pace(0.5, 0.3), error_at(confidence)) == replicas


def test_the_probability_that_a_number_of_replicas_is_enough() -> None:
    # 7 x 0.5 = 3.5 a second against 2.55708: ln(3.5 / 2.55708) / 0.3 = 1.04637 sd, so 85.23 %;
    # one less, 3.0: ln(3.0 / 2.55708) / 0.3 = 0.53253 sd, so 70.28 %
    def sure(replicas: int) -> float:
        borne = errors_borne(busy(2.55708), pace(0.5, 0.3), replicas, near=0.0)
        return borne.probability(None).all

    assert sure(7) == pytest.approx(0.8523, abs=5e-5)
    assert sure(6) == pytest.approx(0.7028, abs=5e-5)
    assert sure(0) == 0.0


def test_a_forecast_without_error_is_enough_or_not() -> None:
    assert errors_borne(busy(2.0), pace(1.0, 0.0), 2, near=0.0).volume == math.inf
    assert errors_borne(busy(2.0), pace(1.0, 0.0), 1, near=0.0).volume == -math.inf
    assert (probability_up_to(math.inf), probability_up_to(-math.inf)) == (1.0, 0.0)


def test_the_replicas_of_an_answer_time() -> None:
    # One at a time, 1 s each on average and exponential, 2 documents a second, in the queue with
    # c servers: P(T > t) = exp(-t) (1 + C (1 - exp(-(c - 3) t)) / (c - 3)), C by Erlang.
    # c = 3, C = 4/9: exp(-t) (1 + 4/9 t) = 0.05 at 4.02 s
    # c = 4, C = 4/23: 0.05 at 3.15 s; c = 5, C = 0.0597: 0.05 at 3.03 s
    def needed(limit_s: float) -> int | None:
        one_at_a_time = replace(pace(), outputs=exponential_lengths())
        return replicas_for_latency(busy(2.0, limit_s), one_at_a_time, 0.0, at_least=1)

    assert needed(4.2) == 3
    assert needed(3.85) == 4
    assert needed(3.3) == 4
    assert needed(3.08) == 5


def test_one_error_moves_capacity_and_answer_time_together() -> None:
    # One replica with exponential lengths is an M/M/1 queue: 0.4 a second at 1 s are answered
    # within ln(20) / (1 - 0.4) = 4.99 s. A forecast that is 1.1 times too fast has 0.44 a second
    # of its own clock: 1.1 x ln(20) / (1 - 0.44) = 5.8845 s. So with that limit an error of
    # ln(1.1) / 0.1 = 0.9531 sd is borne: 82.97 %. The volume bears ln(1 / 0.4) / 0.1 = 9.163 sd.
    # Both hold together with 82.97 %.
    one_at_a_time = replace(pace(), outputs=exponential_lengths())
    borne = errors_borne(busy(0.4, 5.8845), one_at_a_time, 1, near=0.5)
    assert borne.latency == pytest.approx(0.953, abs=0.015)
    assert borne.volume == pytest.approx(9.163, abs=1e-3)
    found = borne.probability(1.0)
    assert found.latency == pytest.approx(0.8297, abs=0.004)
    assert found.all == found.latency


@pytest.mark.parametrize("confidence", [0.5, 0.8, 0.95])
def test_what_is_sized_for_a_confidence_has_it_and_one_replica_less_does_not(
    confidence: float,
) -> None:
    demand, error = busy(20.0, 4.0), error_at(confidence)
    replicas = replicas_for(demand, pace(), error)
    assert errors_borne(demand, pace(), replicas, error).probability(None).all >= confidence - 1e-9
    assert errors_borne(demand, pace(), replicas - 1, error).probability(None).all < confidence


def test_the_best_concurrency_is_the_smallest_with_95_percent_of_the_best() -> None:
    # s(n) = 1 + 1/n, best over 1..100 is 1.01; 1.01 / 0.95 = 1.0632 -> n = 16 (1.0625)
    seconds = 1.0 + 1.0 / np.arange(1.0, 101.0)
    best = best_pace(seconds, np.full(100, 0.1))
    assert best.concurrency == 16
    assert best.requests_per_s == pytest.approx(1 / 1.0625)


def test_answer_times_add_replicas_until_they_hold() -> None:
    # M/D/1 at 1 s: 1 arrival/s needs at least 2; the p95 then falls with each one more
    loose = replicas_for_latency(busy(1.0, 10.0), pace(), 0.0, at_least=1)
    tight = replicas_for_latency(busy(1.0, 1.5), pace(), 0.0, at_least=1)
    assert loose is not None
    assert tight is not None
    assert 2 <= loose < tight


def test_no_number_of_replicas_answers_faster_than_an_idle_one() -> None:
    assert replicas_for_latency(busy(1.0, 0.99), pace(), 0.0, at_least=1) is None
    assert replicas_for(busy(1.0, 0.99), pace(), 0.0) == 1


def test_any_volume_gets_a_finite_number_of_replicas() -> None:
    assert replicas_for(busy(1e6), pace(), 0.0) == 1_000_000
    assert math.isfinite(replicas_for(busy(1e12, 10.0), pace(), 0.0))
