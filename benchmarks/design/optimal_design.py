"""Which load points are worth measuring next.

Those that together most reduce the forecast's standard deviation where it matters, per
expected second of measuring: I-optimal design with exchanges (Atkinson, Donev and
Tobias, "Optimum Experimental Designs, with SAS", ch. 10 and 12) on the performance
model linearized at what is known so far, and on what may stray from it. The most
telling of them is measured, and the rest is chosen anew with what it said.

Together, because one at a time ends in the middle of everything: the point that alone
says most is seldom one of the four that say most. The standard deviation and not its
square, because it is errors that are to be small on average: the square would spend
points on the few worst corners.
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
    """Index of the candidate to measure next, ``count`` being left; None where all are taken.

    The standard deviation of log seconds per request is averaged over the targets.
    ``cost_s`` (n,) are expected seconds of measuring, all equal if None.
    """
    n = len(candidates)
    free = np.setdiff1d(np.arange(n), np.asarray(taken, dtype=np.intp))
    if len(free) == 0:
        return None
    cost = np.ones(n) if cost_s is None else cost_s
    covariance = posterior.log_covariance(candidates[free].and_also(targets))
    design = _Design(covariance, len(free), noise_sd**2, cost[free])
    chosen = design.exchanged(design.greedy(min(count, len(free))))
    alone = design.spread() - design.spread_after(covariance)
    return int(free[max(chosen, key=lambda i: float(alone[i] / design.cost_s[i]))])


@dataclass(frozen=True, slots=True)
class _Design:
    """Covariance of ``free`` candidates, then of the targets; variance of noise; seconds each."""

    covariance: Array
    free: int
    noise: float
    cost_s: Array

    def greedy(self, count: int) -> list[int]:
        """``count`` candidates, each the best beside those before it."""
        chosen: list[int] = []
        for _ in range(count):
            chosen.append(self._best_beside(chosen))
        return chosen

    def exchanged(self, chosen: list[int]) -> list[int]:
        """The same number of candidates, none of which another could better replace."""
        for _ in range(_ROUNDS):
            before = self._worth(chosen)
            for k in range(len(chosen)):
                others = chosen[:k] + chosen[k + 1 :]
                changed = [*others[:k], self._best_beside(others), *others[k:]]
                if self._worth(changed) > self._worth(chosen):
                    chosen = changed
            if self._worth(chosen) <= before:
                break
        return chosen

    def _best_beside(self, chosen: Sequence[int]) -> int:
        known = self._given(chosen)
        gain = self.spread() - self.spread_after(known)
        worth = gain / (self.cost_s + self.cost_s[list(chosen)].sum())
        worth[list(chosen)] = -np.inf
        return int(np.argmax(worth))

    def _worth(self, chosen: Sequence[int]) -> float:
        known = self._given(chosen)
        after = np.sqrt(np.maximum(np.diag(known)[self.free :], 0.0)).mean()
        return float((self.spread() - after) / self.cost_s[list(chosen)].sum())

    def spread(self) -> float:
        """Mean standard deviation over the targets as it is."""
        return float(np.sqrt(np.maximum(np.diag(self.covariance)[self.free :], 0.0)).mean())

    def spread_after(self, covariance: Array) -> Array:
        """The same once each of the candidates is measured beside what is known, shape (n,)."""
        variance = np.diag(covariance)
        own = variance[: self.free] + self.noise
        shared = covariance[: self.free, self.free :]
        after = variance[self.free :] - shared**2 / own[:, None]
        return np.asarray(np.sqrt(np.maximum(after, 0.0)).mean(axis=1))

    def _given(self, chosen: Sequence[int]) -> Array:
        """The covariance once ``chosen`` are measured, one after the other."""
        covariance = self.covariance
        for i in chosen:
            own = covariance[i, i] + self.noise
            covariance = covariance - np.outer(covariance[:, i], covariance[i]) / own
        return covariance


_ROUNDS = 3  # of exchanges; the first brings nearly all
