"""How many replicas: enough for the busiest hour, and for the answer time if one is asked."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.fleet.probability import needed_for_confidence
from planner.fleet.scenario_limits import ROUNDING, answers_in_time
from planner.queueing.lengths import EQUAL, Lengths
from planner.queueing.routing import Routing
from planner.queueing.sojourn import Replica, Sojourn, Traffic, sojourn

Array = NDArray[np.float64]

ENOUGH_OF_THE_BEST = 0.95
"""Requests beyond those that reach 95 % of the best throughput only lengthen the answers."""

MAX_REPLICAS = 1_000_000


@dataclass(frozen=True, slots=True)
class Pace:
    """A replica at its best concurrency: requests per second and the log sd of that forecast.

    ``prompt_s`` of a request's seconds are for its prompt, while no other request gets on.
    """

    concurrency: int
    requests_per_s: float
    log_sd: float
    seconds_by_concurrency: Array
    prompt_s: float = 0.0

    @property
    def unloaded_s(self) -> float:
        """Seconds of a request that is alone on the replica."""
        return float(self.seconds_by_concurrency[0])


def best_pace(seconds_by_concurrency: Array, log_sd: Array) -> Pace:
    """The smallest concurrency with 95 % of the best throughput over n = 1..N."""
    throughput = 1.0 / seconds_by_concurrency
    enough = int(np.argmax(throughput >= ENOUGH_OF_THE_BEST * throughput.max()))
    return Pace(
        enough + 1,
        float(throughput[enough]),
        float(log_sd[enough]),
        seconds_by_concurrency[: enough + 1],
    )


def replicas_for_volume(pace: Pace, busiest_per_s: float, confidence: float = 0.5) -> int:
    """The fewest replicas that keep up with the busiest hour with a given probability.

    The default, one half, is the central forecast.
    """
    needed = needed_for_confidence(busiest_per_s, pace.log_sd, confidence)
    return max(1, math.ceil(needed * (1.0 - ROUNDING) / pace.requests_per_s))


def replicas_for_latency(
    pace: Pace,
    busiest_per_s: float,
    limit_p95_s: float,
    at_least: int,
    routing: Routing = "least_loaded",
    inputs: Lengths = EQUAL,
    outputs: Lengths = EQUAL,
) -> int | None:
    """Fewest replicas, from ``at_least`` on, whose p95 in the busiest hour is within the limit.

    None if even idle replicas are too slow.
    """
    idle = answer_time(pace, 1e-9 * pace.requests_per_s, 1, routing, inputs, outputs)
    if not answers_in_time(idle.p95_s, limit_p95_s):
        return None

    def meets(replicas: int) -> bool:
        time = answer_time(pace, busiest_per_s, replicas, routing, inputs, outputs)
        return answers_in_time(time.p95_s, limit_p95_s)

    if meets(at_least):
        return at_least
    low, high = at_least, at_least * 2
    while not meets(high):
        low, high = high, high * 2
        if high > MAX_REPLICAS:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if meets(middle) else (middle, high)
    return high


def answer_time(
    pace: Pace,
    busiest_per_s: float,
    replicas: int,
    routing: Routing = "least_loaded",
    inputs: Lengths = EQUAL,
    outputs: Lengths = EQUAL,
) -> Sojourn:
    """Waiting and service in the busiest hour at one of ``replicas`` behind a balancer."""
    traffic = Traffic(busiest_per_s / replicas, replicas, routing, inputs, outputs)
    return sojourn(traffic, Replica(pace.seconds_by_concurrency, pace.prompt_s))
