"""What a replica delivers when requests arrive at a rate, in a run that begins and ends empty."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from planner.learning.observation import Observation
from planner.learning.posterior import Posterior
from planner.learning.throughput import Z90
from planner.physics.load_points import ENDLESS, every_concurrency
from planner.queueing.birth_death import is_stable
from planner.queueing.sojourn import Replica, Traffic, in_system, whole_answer

Array = NDArray[np.float64]


def log_seconds_per_request(
    posterior: Posterior,
    load: Observation,
    arrivals_per_s: float,
    requests: float | None,
    noise_sd: float,
) -> tuple[float, float]:
    """log(run time / requests) and its standard deviation; ``load.concurrency`` is not looked at.

    The run lasts until the last of ``requests`` has arrived and is served, and as
    long as the replica at its fastest needs for them; None is an endless run.
    """
    most = ENDLESS if requests is None else requests
    points = every_concurrency(load.work, load.input_tokens, load.output_tokens, most)
    pace = posterior.seconds(points).sum(axis=1)
    spread = np.exp(Z90 * posterior.log_sd(points, 0.0))
    value, fast, slow = (
        np.log(_seconds(one, arrivals_per_s, requests))
        for one in (pace, pace / spread, pace * spread)
    )
    return float(value), float(np.hypot((slow - fast) / 2.0 / Z90, noise_sd))


def _seconds(pace: Array, arrivals_per_s: float, requests: float | None) -> float:
    between = 1.0 / arrivals_per_s
    if requests is not None:
        between += _last_s(Traffic(arrivals_per_s), Replica(pace)) / requests
    return max(float(pace[-1]), between)


def _last_s(traffic: Traffic, replica: Replica) -> float:
    """Seconds of the last answer: those of a mean one, or of one alone if requests queue up."""
    if not is_stable(traffic.per_replica_per_s, replica.seconds_by_concurrency):
        return float(replica.seconds_by_concurrency[0])
    return whole_answer(traffic, replica, in_system(traffic, replica)).mean
