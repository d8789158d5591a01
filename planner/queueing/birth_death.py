"""How many requests replicas hold: a birth-death chain.

Replicas that hold n requests each finish 1 / s(n) a second, with s(n) the seconds per request
if n run together: a birth-death chain (Kleinrock, "Queueing Systems" vol. 1, ch. 3). Requests
that share a replica evenly have the same distribution of n if their lengths differ
(Cohen, "The multiple phase service network with generalized processor sharing", 1979).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.queueing.percentiles import sums_from_0

Array = NDArray[np.float64]

STABLE = 0.98
"""Utilization beyond which the queue counts as unstable: its mean is over 50 services."""

MOST_STATES = 1024
"""A chain of more states is replaced by that of fewer replicas: with so many requests in the
fleet, their number hardly fluctuates."""


@dataclass(frozen=True, slots=True)
class Occupancy:
    """What a request finds that arrives at a random time, in the mean over the replicas.

    ``running`` are the requests in service per replica, ``full`` is the probability that
    every place is taken, ``idle`` that no request is there.
    """

    running: float
    full: float
    idle: float


def is_stable(arrivals_per_s: float, seconds_by_concurrency: Array) -> bool:
    """True if the replica, at its fullest, is used less than ``STABLE``."""
    return bool(arrivals_per_s * float(seconds_by_concurrency[-1]) < STABLE)


def occupancy(arrivals_per_s: float, seconds_by_concurrency: Array, pooled: float) -> Occupancy:
    """Requests held by stable replicas that get ``arrivals_per_s`` each.

    ``seconds_by_concurrency[n - 1]`` is s(n), n = 1..C'. ``pooled`` replicas are one chain, in
    which requests are spread evenly; less than 1 makes the number of requests
    fluctuate more than that of independent arrivals. Beyond C' the queue is geometric.
    """
    places = len(seconds_by_concurrency)
    most = max(1, min(round(pooled * places), MOST_STATES))
    scale = most / places
    held = np.arange(most + 1)
    rate = np.empty(places + 1)
    rate[0], rate[1:] = 0.0, 1.0 / seconds_by_concurrency
    finished = scale * np.interp(held[1:] / scale, np.arange(places + 1.0), rate)
    log_weight = sums_from_0(np.log(arrivals_per_s * scale / finished))
    weight = np.exp(log_weight - log_weight.max())
    load = arrivals_per_s * float(seconds_by_concurrency[-1])
    queued = float(weight[-1]) * load / (1.0 - load)
    total = float(weight.sum()) + queued
    running = (float(weight @ held) / scale + queued * places) / total
    return Occupancy(running, (float(weight[-1]) + queued) / total, float(weight[0]) / total)
