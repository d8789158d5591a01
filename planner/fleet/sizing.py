"""How many replicas are enough, and up to which error of the forecast a fleet is enough."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from planner.fleet.answer_targets import AnswerTarget, target_margin
from planner.fleet.scenario_limits import ROUNDING
from planner.forecast.pace import Pace
from planner.queueing.sojourn import Replica, Traffic, answer_percentiles_s
from planner.sureness.last_not_negative import last_not_negative
from planner.sureness.probability import LARGEST_ERROR, Probability, probability_up_to

Array = NDArray[np.float64]

MAX_REPLICAS = 1_000_000
"""Enough that each is idle most of the time."""

ERROR_STEP: Final = 0.01
"""Errors are found to 0.01 sd: at most 0.4 percentage points of probability."""


@dataclass(frozen=True, slots=True)
class Demand:
    """What a fleet must do in the busiest hour.

    ``max_utilization`` is the largest share of its capacity that may be used then;
    ``latency_p95_s`` the limit on answer times, None if documents may wait; ``targets`` are
    further limits, of classes or of other figures. No fleet has fewer than ``min_replicas``.
    """

    busiest_per_s: float
    max_utilization: float
    latency_p95_s: float | None = None
    targets: tuple[AnswerTarget, ...] = ()
    min_replicas: int = 1

    @property
    def has_answer_limits(self) -> bool:
        """True if somebody waits for answers."""
        return self.latency_p95_s is not None or bool(self.targets)


def replicas_for(demand: Demand, pace: Pace, error: float) -> int:
    """The fewest replicas that do the work if the forecast is wrong by ``error`` sd.

    Enough for the volume alone if even an idle replica answers too late.
    """
    for_volume = replicas_for_volume(demand, pace, error)
    return replicas_for_latency(demand, pace, error, for_volume) or for_volume


def replicas_for_volume(demand: Demand, pace: Pace, error: float) -> int:
    """The fewest replicas whose utilization in the busiest hour is within the largest one.

    Never fewer than the smallest number asked for.
    """
    needed = demand.busiest_per_s / demand.max_utilization * pace.slowdown(error)
    enough = math.ceil(needed * (1.0 - ROUNDING) / pace.requests_per_s)
    return max(demand.min_replicas, enough)


def replicas_for_latency(demand: Demand, pace: Pace, error: float, at_least: int) -> int | None:
    """The fewest replicas, from ``at_least`` on, that answer in time.

    None if even idle replicas are too slow.
    """
    if not demand.has_answer_limits:
        return at_least

    def margin(replicas: float) -> float:
        return answer_margin(demand, pace, error, demand.busiest_per_s, round(replicas))

    if margin(at_least) >= 0.0:
        return at_least
    if answer_margin(demand, pace, error, _IDLE * pace.requests_per_s, 1) < 0.0:
        return None
    few, many = at_least, 2 * at_least
    while margin(many) < 0.0:
        few, many = many, 2 * many
    return round(last_not_negative(margin, many, few, 1.0))


def errors_borne(demand: Demand, pace: Pace, replicas: int, near: float) -> Errors:
    """Up to which error of the forecast ``replicas`` do the work.

    Answer times are tried at the error ``near`` itself, so that the answer agrees there with
    ``replicas_for``.
    """
    volume = error_borne_by_volume(demand, pace, replicas)
    if not demand.has_answer_limits:
        return Errors(volume, None)
    return Errors(volume, _error_borne_by_latency(demand, pace, replicas, near))


@dataclass(frozen=True, slots=True)
class Errors:
    """The largest errors of the forecast, in sd, with which a fleet keeps up and is in time."""

    volume: float
    latency: float | None

    def probability(self, budget: float | None) -> Probability:
        """The probability of each limit, with that of the budget."""
        latency = None if self.latency is None else probability_up_to(self.latency)
        return Probability(probability_up_to(self.volume), latency, budget)


def error_borne_by_volume(demand: Demand, pace: Pace, replicas: int) -> float:
    """The largest error of the forecast, in sd, with which ``replicas`` keep up."""
    if replicas == 0:
        return -math.inf
    usable = pace.requests_per_s * replicas * demand.max_utilization
    if pace.log_sd == 0.0:
        return math.inf if usable >= demand.busiest_per_s * (1.0 - ROUNDING) else -math.inf
    return math.log(usable / demand.busiest_per_s) / pace.log_sd


def _error_borne_by_latency(demand: Demand, pace: Pace, replicas: int, near: float) -> float:
    if replicas == 0:
        return -math.inf

    def margin(error: float) -> float:
        return answer_margin(demand, pace, error, demand.busiest_per_s, replicas)

    if pace.log_sd == 0.0:
        return math.inf if margin(0.0) >= 0.0 else -math.inf
    at_capacity = _error_at_capacity(demand, pace, replicas)
    if is_in_time(demand, pace, replicas, near):
        largest = min(LARGEST_ERROR, at_capacity)
        if largest == LARGEST_ERROR and margin(largest) >= 0.0:
            return math.inf
        return last_not_negative(margin, near, largest, ERROR_STEP)
    bad = min(near, at_capacity)
    if bad > ERROR_STEP and margin(0.0) >= 0.0:  # of what is likely to be enough
        return last_not_negative(margin, -LARGEST_ERROR, bad, ERROR_STEP, _STEPS_TO_CENTRE)
    if margin(-LARGEST_ERROR) < 0.0:
        return -math.inf
    return last_not_negative(margin, -LARGEST_ERROR, bad, ERROR_STEP)


_STEPS_TO_CENTRE = round(LARGEST_ERROR / ERROR_STEP)  # from the smallest error to none


def is_in_time(demand: Demand, pace: Pace, replicas: int, error: float) -> bool:
    """True if so many replicas answer in time if the forecast is wrong by ``error`` sd."""
    if replicas == 0 or error >= _error_at_capacity(demand, pace, replicas):
        return False
    return answer_margin(demand, pace, error, demand.busiest_per_s, replicas) >= 0.0


def _error_at_capacity(demand: Demand, pace: Pace, replicas: int) -> float:
    """The error of the forecast, in sd, with which ``replicas`` are always busy."""
    spare = math.log(pace.requests_per_s * replicas / demand.busiest_per_s)
    return spare / pace.log_sd if pace.log_sd else math.copysign(math.inf, spare)


def latency_margin(
    limit_s: float, pace: Pace, error: float, busiest_per_s: float, replicas: int
) -> float:
    """The limit over the p95, less 1: negative if answers are late, -1 if they queue up."""
    slowdown = pace.slowdown(error)
    found = _percentiles_s(pace, busiest_per_s * slowdown, replicas, (0.95,))
    return -1.0 if found is None else limit_s / (found[0] * slowdown) - 1.0


def answer_margin(
    demand: Demand, pace: Pace, error: float, busiest_per_s: float, replicas: int
) -> float:
    """The smallest margin of all limits on answers."""
    limit_s = demand.latency_p95_s
    margins = (target_margin(t, pace, error, busiest_per_s, replicas) for t in demand.targets)
    if limit_s is None:
        return min(margins)
    return min([latency_margin(limit_s, pace, error, busiest_per_s, replicas), *margins])


_IDLE = 1e-6  # share of its capacity at which a replica is idle


@dataclass(frozen=True, slots=True)
class Latency:
    """Seconds from arrival to the last token in the busiest hour; None if documents queue up."""

    p50: float | None
    p95: float | None


def answer_time(pace: Pace, error: float, busiest_per_s: float, replicas: int) -> Latency:
    """Waiting and service in the busiest hour with ``replicas`` equal replicas.

    A replica that takes twice as long for everything does at half the rate what it did before,
    on a clock that runs twice as slowly.
    """
    slowdown = pace.slowdown(error)
    found = _percentiles_s(pace, busiest_per_s * slowdown, replicas, (0.5, 0.95))
    if found is None:
        return Latency(None, None)
    p50_s, p95_s = found
    return Latency(p50_s * slowdown, p95_s * slowdown)


@lru_cache(maxsize=50_000)
def _percentiles_s(
    pace: Pace, busiest_per_s: float, replicas: int, shares: tuple[float, ...]
) -> tuple[float, ...] | None:
    traffic = Traffic(busiest_per_s / replicas, replicas, inputs=pace.inputs, outputs=pace.outputs)
    return answer_percentiles_s(
        traffic, Replica(pace.seconds_by_concurrency, pace.prompt_s), shares
    )
