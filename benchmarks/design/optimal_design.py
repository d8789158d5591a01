"""The load point to measure next, by I-optimal design with exchanges.

The points are chosen that together most reduce the forecast's standard deviation at the
targets per expected second of measuring (Atkinson, Donev and Tobias, "Optimum Experimental
Designs, with SAS", ch. 10 and 12). The performance model is linearized at the current estimate,
and its random deviations are included. The most informative of these points is measured, and
the others are chosen again with its result.

They are chosen together, because the point that reduces the most alone lies in the middle and
is seldom one of the four best. The standard deviation is averaged and not the variance, because
the average error should be small: the variance would spend points on the few worst corners.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.learning.posterior import Posterior
from planner.physics.load_points import LoadPoints

Array = NDArray[np.float64]


def next_point(
    posterior: Posterior,
    candidates: LoadPoints,
    targets: LoadPoints,
    noise_sd: float,
    *,
    count: int = 1,
    taken: Sequence[int] = (),
    cost_s: Array | None = None,
) -> int | None:
    """Index of the candidate to measure next; None if all are taken. ``count`` points remain.

    The standard deviation of log seconds per request is averaged over the targets.
    ``cost_s`` (n,) are expected seconds of measuring, all equal if None.
    """
    n = len(candidates)
    free = np.setdiff1d(np.arange(n), np.asarray(taken, dtype=np.intp))
    if len(free) == 0:
        return None
    cost = np.ones(n) if cost_s is None else cost_s
    stated = posterior.log_covariance(candidates[free].joined(targets))
    covariance = stated / posterior.doubt**2  # a factor on the noise, too, so it changes no choice
    design = _Design(covariance, len(free), noise_sd**2, cost[free])
    chosen = design.exchanged(design.greedy(min(count, len(free))))
    alone = design.spread() - design.spread_after(covariance)
    return int(free[max(chosen, key=lambda i: float(alone[i] / design.cost_s[i]))])


@dataclass(frozen=True, slots=True)
class _Design:
    """``covariance`` of the ``free`` candidates, followed by the targets.

    ``noise`` is the variance of one measurement, ``cost_s`` the seconds of each candidate.
    """

    covariance: Array
    free: int
    noise: float
    cost_s: Array

    def greedy(self, count: int) -> list[int]:
        """``count`` candidates, each the best addition to those before it."""
        chosen: list[int] = []
        for _ in range(count):
            chosen.append(self._best_addition(chosen))
        return chosen

    def exchanged(self, chosen: list[int]) -> list[int]:
        """The same number of candidates, after exchanges of single ones that are an improvement."""
        for _ in range(_ROUNDS):
            before = self._gain_per_s(chosen)
            for k in range(len(chosen)):
                others = chosen[:k] + chosen[k + 1 :]
                changed = [*others[:k], self._best_addition(others), *others[k:]]
                if self._gain_per_s(changed) > self._gain_per_s(chosen):
                    chosen = changed
            if self._gain_per_s(chosen) <= before:
                break
        return chosen

    def _best_addition(self, chosen: Sequence[int]) -> int:
        known = self._given(chosen)
        gain = self.spread() - self.spread_after(known)
        worth = gain / (self.cost_s + self.cost_s[list(chosen)].sum())
        worth[list(chosen)] = -np.inf
        return int(np.argmax(worth))

    def _gain_per_s(self, chosen: Sequence[int]) -> float:
        known = self._given(chosen)
        after = np.sqrt(np.maximum(np.diag(known)[self.free :], 0.0)).mean()
        return float((self.spread() - after) / self.cost_s[list(chosen)].sum())

    def spread(self) -> float:
        """Current mean standard deviation over the targets."""
        return float(np.sqrt(np.maximum(np.diag(self.covariance)[self.free :], 0.0)).mean())

    def spread_after(self, covariance: Array) -> Array:
        """Mean standard deviation over the targets after measuring each candidate, shape (n,)."""
        variance = np.diag(covariance)
        own = variance[: self.free] + self.noise
        shared = covariance[: self.free, self.free :]
        after = variance[self.free :] - shared**2 / own[:, None]
        return np.asarray(np.sqrt(np.maximum(after, 0.0)).mean(axis=1))

    def _given(self, chosen: Sequence[int]) -> Array:
        """Covariance after measuring ``chosen``, one after the other."""
        covariance = self.covariance
        for i in chosen:
            own = covariance[i, i] + self.noise
            covariance = covariance - np.outer(covariance[:, i], covariance[i]) / own
        return covariance


_ROUNDS = 3  # of exchanges; nearly all of the gain comes from the first
