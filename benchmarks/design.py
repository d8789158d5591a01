"""Which load points are worth measuring next.

The next point is the one that most reduces the forecast's variance where it
matters, per expected second of measuring: sequential I-optimal design
(Atkinson, Donev and Tobias, "Optimum Experimental Designs, with SAS", ch. 10)
on the performance model linearized at what is known so far.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from planner.efficiency import seconds_and_gradient
from planner.throughput import Posterior

Array = NDArray[np.float64]


def next_point(
    posterior: Posterior,
    candidates: Array,
    targets: Array,
    noise_sd: float,
    *,
    taken: Sequence[int] = (),
    cost_s: Array | None = None,
) -> int | None:
    """Index of the candidate to measure next; None where all are taken.

    ``candidates`` (n, 10) and ``targets`` (m, 10) are bases of load points;
    the variance of log seconds per request is averaged over the targets.
    ``cost_s`` (n,) are expected seconds of measuring, all equal if None.
    """
    free = np.setdiff1d(np.arange(len(candidates)), np.asarray(taken, dtype=int))
    if len(free) == 0:
        return None
    gain = variance_reduction(posterior, candidates[free], targets, noise_sd)
    if cost_s is not None:
        gain = gain / cost_s[free]
    return int(free[int(np.argmax(gain))])


def variance_reduction(
    posterior: Posterior, candidates: Array, targets: Array, noise_sd: float
) -> Array:
    """How much measuring each candidate lowers the mean variance over the targets, shape (n,)."""
    at = seconds_and_gradient(candidates, posterior.mean)[1]
    where = seconds_and_gradient(targets, posterior.mean)[1]
    spread = at @ posterior.covariance
    own_variance = np.einsum("ij,ij->i", spread, at) + noise_sd**2
    return np.asarray(((spread @ where.T) ** 2).mean(axis=1) / own_variance)
