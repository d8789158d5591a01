"""From offered load to waiting: how long a document takes when others are there too.

A replica is a server whose rate depends on how many requests it holds,
mu(n) = min(n, C') in service at X(n) requests per second: a birth-death chain
(Kleinrock, "Queueing Systems" vol. 1, ch. 3). Its stationary distribution
gives the queue, and by PASTA what an arriving document finds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

QUEUE_LENGTH = 400
"""States beyond the running requests; a stable queue is shorter with near certainty."""

STABLE = 0.98
"""Load beyond which the queue is taken as growing without end: its mean is over 50 services."""


@dataclass(frozen=True, slots=True)
class Sojourn:
    """Seconds in the system, of a document that arrives at a random time; all None if unstable."""

    mean_s: float | None
    p50_s: float | None
    p95_s: float | None
    p99_s: float | None
    mean_running: float | None


UNSTABLE = Sojourn(None, None, None, None, None)


def others_found(
    arrivals_per_s: float, seconds_by_concurrency: Array
) -> tuple[NDArray[np.intp], Array, float]:
    """How many others an arrival may find, how likely each is, and the mean number in service.

    For a load that the replica can carry; what has a chance under 1e-9 is left out.
    """
    limit = len(seconds_by_concurrency)
    queue = np.full(QUEUE_LENGTH, seconds_by_concurrency[-1])
    pace = np.concatenate([seconds_by_concurrency, queue])
    log_weight = np.concatenate([[0.0], np.cumsum(np.log(arrivals_per_s * pace))])
    probability = np.exp(log_weight - log_weight.max())
    probability /= probability.sum()
    states = np.arange(len(probability))
    running = float(probability @ np.minimum(states, limit))
    likely = probability[:-1] > _UNLIKELY
    share = probability[:-1][likely]
    return states[:-1][likely], share / share.sum(), running


_UNLIKELY = 1e-9


def sojourn(arrivals_per_s: float, seconds_by_concurrency: Array) -> Sojourn:
    """Waiting and service of Poisson arrivals at one replica.

    ``seconds_by_concurrency[n - 1]`` is the replica's seconds per request with
    n running, n = 1..C'. A document that finds n others is served at the pace
    of n + 1 together, after those beyond C' have left.
    """
    limit = len(seconds_by_concurrency)
    slowest = float(seconds_by_concurrency[-1])
    if arrivals_per_s * slowest >= STABLE:
        return UNSTABLE
    found, share, running = others_found(arrivals_per_s, seconds_by_concurrency)
    together = np.minimum(found + 1, limit)
    time_s = together * seconds_by_concurrency[together - 1] + (found + 1 - together) * slowest
    order = np.argsort(time_s)
    cumulative = np.cumsum(share[order])
    p50, p95, p99 = (float(np.interp(q, cumulative, time_s[order])) for q in (0.5, 0.95, 0.99))
    return Sojourn(float(share @ time_s), p50, p95, p99, running)
