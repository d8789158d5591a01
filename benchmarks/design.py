"""Which load points are worth measuring next.

The next point is the one that most reduces the forecast's standard deviation where
it matters, per expected second of measuring: sequential I-optimal design (Atkinson,
Donev and Tobias, "Optimum Experimental Designs, with SAS", ch. 10) on the
performance model linearized at what is known so far, and on what may stray from it.
The standard deviation and not its square, because it is errors that are to be small
on average: the square would spend points on the few worst corners.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from planner.load_points import LoadPoints
from planner.posterior import Posterior

Array = NDArray[np.float64]


def next_point(
    posterior: Posterior,
    candidates: LoadPoints,
    targets: LoadPoints,
    noise_sd: float,
    *,
    taken: Sequence[int] = (),
    cost_s: Array | None = None,
) -> int | None:
    """Index of the candidate to measure next; None where all are taken.

    The standard deviation of log seconds per request is averaged over the targets.
    ``cost_s`` (n,) are expected seconds of measuring, all equal if None.
    """
    free = np.setdiff1d(np.arange(len(candidates)), np.asarray(taken, dtype=int))
    if len(free) == 0:
        return None
    gain = spread_reduction(posterior, candidates[free], targets, noise_sd)
    if cost_s is not None:
        gain = gain / cost_s[free]
    return int(free[int(np.argmax(gain))])


def spread_reduction(
    posterior: Posterior, candidates: LoadPoints, targets: LoadPoints, noise_sd: float
) -> Array:
    """How much measuring each of n candidates lowers the mean sd over the targets, shape (n,)."""
    n = len(candidates)
    covariance = posterior.log_covariance(candidates.and_also(targets))
    own_variance = np.diag(covariance)[:n] + noise_sd**2
    before = np.diag(covariance)[n:]
    after = before - covariance[:n, n:] ** 2 / own_variance[:, None]
    spread = np.sqrt(np.maximum(before, 0.0)) - np.sqrt(np.maximum(after, 0.0))
    return np.asarray(spread.mean(axis=1))
