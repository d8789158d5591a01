"""Which limits a fleet keeps, and how many documents fall short, in each of many samples."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.fleet.answer_targets import target_margin
from planner.fleet.scenario_limits import ROUNDING
from planner.fleet.sizing import Demand, latency_margin
from planner.forecast.pace import Pace
from planner.workload.arrival_rates import ArrivalRates

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

KNOTS = 12
"""Loads at which answer times are computed. They are interpolated between."""

_FULL = 0.999  # documents queue up beyond
_LATE = -50.0  # a finite log of "never", to interpolate towards


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of each sample (n,): whether a limit holds, and the share of the documents that is short.

    ``in_time`` is None if nobody waits for answers.
    """

    keeps_up: Flags
    in_time: Flags | None
    short: Array

    @property
    def does_the_work(self) -> Flags:
        """True if the fleet keeps up and answers in time."""
        return self.keeps_up if self.in_time is None else self.keeps_up & self.in_time


def outcome(
    demand: Demand,
    pace: Pace,
    replicas: int,
    arrivals: ArrivalRates,
    *,
    volume: Array,
    error: Array,
) -> Outcome:
    """The work of ``replicas`` if the volume is ``volume`` times the expected one (n,).

    ``error`` is the forecast's error in standard deviations (n,). ``demand`` is that of the
    expected volume, ``arrivals`` are relative to its busiest hour. Documents are short that come
    faster than all replicas process them; whoever waits an hour longer is not.
    """
    return outcome_of_shared([(demand, pace, replicas)], arrivals, volume=volume, error=error)


def outcome_of_shared(
    parts: Sequence[tuple[Demand, Pace, int]],
    arrivals: ArrivalRates,
    *,
    volume: Array,
    error: Array,
) -> Outcome:
    """The same of replicas of several kinds that share all documents.

    A balancer sends each as many as its speed allows. Each demand is that of all documents.
    """
    demand = parts[0][0]
    slowdowns = [np.exp(error * pace.log_sd) for _, pace, _ in parts]
    speeds = [
        pace.requests_per_s * replicas / demand.busiest_per_s / slowdown
        for (_, pace, replicas), slowdown in zip(parts, slowdowns, strict=True)
    ]
    capacity = np.sum(speeds, axis=0)
    keeps_up = volume * (1.0 - ROUNDING) <= capacity * demand.max_utilization
    in_time = None
    if demand.has_answer_limits:
        answered = [
            np.log(slowdown)
            <= _log_margin(own, pace, replicas, volume * speed / capacity * slowdown) + ROUNDING
            for (own, pace, replicas), slowdown, speed in zip(parts, slowdowns, speeds, strict=True)
        ]
        in_time = np.all(answered, axis=0)
    return Outcome(keeps_up, in_time, arrivals.share_beyond(capacity / volume))


def of_all_models(found: Sequence[tuple[float, Outcome]]) -> Outcome:
    """The outcomes of fleets with documents of their own as one; each with its documents a year."""
    answers = [one.in_time for _, one in found if one.in_time is not None]
    documents = sum(number for number, _ in found)
    return Outcome(
        keeps_up=np.all([one.keeps_up for _, one in found], axis=0),
        in_time=np.all(answers, axis=0) if answers else None,
        short=np.sum([number / documents * one.short for number, one in found], axis=0),
    )


def _log_margin(demand: Demand, pace: Pace, replicas: int, load: Array) -> Array:
    """Log of the limit over the answer time at each load, for a replica as fast as forecast.

    ``load`` (n,) is relative to that of the demand; -inf where documents queue up. One that is
    s times as slow answers at a load as this one at s times the load, s times as late.
    """
    full = pace.requests_per_s * replicas / demand.busiest_per_s
    used = load / full
    margin = np.full(load.shape, -math.inf)
    runs = used < _FULL
    if not runs.any():
        return margin
    # Answer times rise with 1 / (1 - utilization), so knots are even in its logit.
    logit = np.log(used[runs] / (1.0 - used[runs]))
    knots = np.unique(np.linspace(logit.min(), logit.max(), KNOTS))
    loads = full / (1.0 + np.exp(-knots))
    values = np.array([_margin_at(demand, pace, replicas, float(one)) for one in loads])
    margin[runs] = np.interp(logit, knots, values)
    return margin


def _margin_at(demand: Demand, pace: Pace, replicas: int, load: float) -> float:
    per_s = demand.busiest_per_s * load
    margins = [target_margin(target, pace, 0.0, per_s, replicas) for target in demand.targets]
    if demand.latency_p95_s is not None:
        over = latency_margin(demand.latency_p95_s, pace, 0.0, per_s, replicas)
        margins.append(-math.inf if over <= -1.0 else math.log1p(over))
    return max(min(margins), _LATE)
