"""How many others an arriving request finds, and how long it takes among them.

A replica is a server whose rate depends on how many requests it holds,
mu(n) = min(n, C') in service at X(n) requests per second: a birth-death chain
(Kleinrock, "Queueing Systems" vol. 1, ch. 3). Its stationary distribution gives the queue,
and what an arriving request finds (PASTA: Poisson arrivals see time averages).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.queueing.percentiles import distribution_of

Array = NDArray[np.float64]

QUEUE_LENGTH = 400
"""States beyond the running requests. A stable queue is shorter with near certainty."""

STABLE = 0.98
"""Utilization beyond which the queue counts as unstable: its mean is over 50 services."""

_NEGLIGIBLE = 1e-9  # probability of a state that is left out


@dataclass(frozen=True, slots=True)
class Sojourn:
    """Seconds in the system for a request that arrives at a random time; all None if unstable."""

    mean_s: float | None
    p50_s: float | None
    p95_s: float | None
    p99_s: float | None
    mean_running: float | None


UNSTABLE = Sojourn(None, None, None, None, None)


@dataclass(frozen=True, slots=True)
class Found:
    """States that an arrival may find, each array (m,), and the mean number in service.

    ``probability`` is that of each state, ``running`` how many requests then run together
    with the arrival, ``queued_s`` the seconds until it is one of them, ``e2e_s`` the
    seconds until it is answered.
    """

    probability: Array
    running: NDArray[np.intp]
    queued_s: Array
    e2e_s: Array
    mean_running: float


def is_stable(arrivals_per_s: float, seconds_by_concurrency: Array) -> bool:
    """True if the replica, at its fullest, is used less than ``STABLE``."""
    return bool(arrivals_per_s * float(seconds_by_concurrency[-1]) < STABLE)


def found_by_arrival(arrivals_per_s: float, seconds_by_concurrency: Array) -> Found:
    """What a random arrival finds at a stable replica.

    ``seconds_by_concurrency[n - 1]`` is the replica's seconds per request with n running,
    n = 1..C'. A request that finds n others is served at the pace of n + 1 together, after
    those beyond C' have left.
    """
    limit, slowest = len(seconds_by_concurrency), float(seconds_by_concurrency[-1])
    pace = np.concatenate([seconds_by_concurrency, np.full(QUEUE_LENGTH, slowest)])
    log_weight = np.concatenate([[0.0], np.cumsum(np.log(arrivals_per_s * pace))])
    probability = np.exp(log_weight - log_weight.max())
    probability /= probability.sum()
    states = np.arange(len(probability))
    mean_running = float(probability @ np.minimum(states, limit))
    likely = probability[:-1] > _NEGLIGIBLE
    share, others = probability[:-1][likely], states[:-1][likely]
    running = np.minimum(others + 1, limit)
    queued_s = (others + 1 - running) * slowest
    e2e_s = running * seconds_by_concurrency[running - 1] + queued_s
    return Found(share / share.sum(), running, queued_s, e2e_s, mean_running)


def sojourn(arrivals_per_s: float, seconds_by_concurrency: Array) -> Sojourn:
    """Waiting and service of Poisson arrivals at one replica, see ``found_by_arrival``."""
    if not is_stable(arrivals_per_s, seconds_by_concurrency):
        return UNSTABLE
    found = found_by_arrival(arrivals_per_s, seconds_by_concurrency)
    times = distribution_of(found.e2e_s, found.probability)
    return Sojourn(times.mean, times.p50, times.p95, times.p99, found.mean_running)
