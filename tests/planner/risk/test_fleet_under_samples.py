"""Which samples a fleet carries, and what falls short, by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from planner.fleet.busiest_hour import arrival_rates
from planner.fleet.scenario import Scenario
from planner.fleet.sizing import Demand, errors_borne
from planner.forecast.pace import Pace
from planner.risk.fleet_under_samples import outcome
from planner.risk.samples import normals
from planner.workload.arrival_rates import AT_ONE_RATE, ArrivalRates

EXACT = Pace(1, 1.0, 0.0, np.array([1.0]))
UNSURE = Pace(2, 1.0, 0.3, np.array([1.5, 1.0]))
BUSY = ArrivalRates(np.array([0.5, 1.0]), np.array([0.75, 0.25]))
"""A quarter of the documents come in the busiest hours, the others half as fast."""


def test_what_comes_faster_than_it_is_processed_is_short() -> None:
    # At capacity 0.8 the busy quarter loses a fifth; at 0.4 it loses 0.6, and the others 0.2.
    short = BUSY.share_beyond(np.array([1.0, 0.8, 0.5, 0.4, 0.0]))
    assert short.tolist() == pytest.approx([0, 0.05, 0.125, 0.15 + 0.15, 1])


def test_a_working_day_has_one_busiest_hour() -> None:
    # 8 hours a day on five days; twice the mean in one, the other seven have 6/7 each.
    rates = arrival_rates(Scenario(hours_per_week=40, peak_factor=2))
    assert rates.rates.tolist() == pytest.approx([3 / 7, 1])
    assert rates.shares.tolist() == pytest.approx([0.75, 0.25])


@pytest.mark.parametrize(("volume", "keeps_up", "short"), [(0.9, True, 0.0), (1.25, False, 0.2)])
def test_without_uncertainty_it_is_all_or_nothing(
    volume: float, keeps_up: bool, short: float
) -> None:
    demand = Demand(busiest_per_s=10.0, max_utilization=1.0)
    times, none = np.full(4, volume), np.zeros(4)
    found = outcome(demand, EXACT, 10, AT_ONE_RATE, volume=times, error=none)
    assert found.keeps_up.tolist() == [keeps_up] * 4
    assert found.in_time is None
    assert found.short.tolist() == pytest.approx([short] * 4)


def test_a_twice_as_large_volume_is_a_twice_as_slow_replica_for_the_volume() -> None:
    demand = Demand(busiest_per_s=8.0, max_utilization=0.95)
    slow = outcome(
        demand, UNSURE, 9, BUSY, volume=np.ones(1), error=np.array([math.log(1.2) / 0.3])
    )
    more = outcome(demand, UNSURE, 9, BUSY, volume=np.array([1.2]), error=np.zeros(1))
    assert slow.keeps_up.tolist() == more.keeps_up.tolist() == [False]
    assert slow.short.tolist() == pytest.approx(more.short.tolist())
    # 9.6 a second come in the busiest hours, 9 are processed.
    assert more.short.tolist() == pytest.approx([0.25 * 0.6 / 9.6])


@pytest.mark.parametrize("replicas", [9, 11, 14])
def test_with_a_certain_volume_the_probabilities_are_those_of_the_plan(replicas: int) -> None:
    demand = Demand(busiest_per_s=8.0, max_utilization=0.95, latency_p95_s=3.0)
    sure = errors_borne(demand, UNSURE, replicas, 0.84).probability(None)
    errors = normals(2000, 1)[0]
    found = outcome(demand, UNSURE, replicas, BUSY, volume=np.ones(2000), error=errors)
    assert found.in_time is not None
    assert sure.latency is not None
    assert found.keeps_up.mean() == pytest.approx(sure.volume, abs=1e-3)
    assert found.in_time.mean() == pytest.approx(sure.latency, abs=0.01)
