"""What a formula leaves over, once points were measured.

Kernels change with the batch, graphs are padded, blocks are evicted: a sweep strays
from the physical basis by some per cent; the time to the first token strays from its
formula by more. That is a Gaussian process g over log input tokens, log output tokens
and log requests together, on the logarithm of the figure (Rasmussen and Williams,
"Gaussian Processes for Machine Learning", ch. 2.7, a process beside explicit basis
functions). Near a measured point it corrects the forecast, far from all of them it only
widens the interval.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Stray:
    """How a figure strays from its formula: by a level, and from point to point around it.

    ``level_sd`` and ``sd`` are standard deviations of its logarithm; ``lengths`` how far a
    correction reaches, in log input tokens, log output tokens, log requests together.
    ``rough`` is a curve that may have steps, with an exponential covariance in place of a
    squared exponential one (ch. 4.2.1).
    """

    level_sd: float
    sd: float
    lengths: tuple[float, float, float]
    rough: bool = False

    @property
    def variance(self) -> float:
        """Before anything is measured, at any point."""
        return self.level_sd**2 + self.sd**2

    def covariance(self, where: Array, other: Array) -> Array:
        """Between points (n, 3) and others (m, 3), before anything is measured, shape (n, m)."""
        distance = (where[:, None, :] - other[None, :, :]) / np.array(self.lengths)
        square = (distance**2).sum(axis=2)
        near = np.exp(-np.sqrt(square) if self.rough else -0.5 * square)
        return np.asarray(self.level_sd**2 + self.sd**2 * near)


@dataclass(frozen=True, slots=True)
class Residual:
    """g after n measured points: where they lie (n, 3), S^-1 r (n,), and the factor of S.

    S is the covariance of g and noise at the points, r what the formula misses them by.
    """

    stray: Stray
    where: Array
    pull: Array
    factor: tuple[Array, bool]

    def correction(self, where: Array) -> Array:
        """Mean of g at points (m, 3), shape (m,)."""
        return np.asarray(self.stray.covariance(where, self.where) @ self.pull)

    def weights(self, where: Array) -> Array:
        """S^-1 cov(g at the measured points, g at ``where``), shape (n, m)."""
        return np.asarray(cho_solve(self.factor, self.stray.covariance(self.where, where)))

    def variance(self, where: Array) -> Array:
        """What is left open of g at points (m, 3), shape (m,)."""
        known = np.einsum("ij,ji->i", self.stray.covariance(where, self.where), self.weights(where))
        return np.asarray(np.maximum(self.stray.variance - known, 0.0))


def residual_of(stray: Stray, where: Array, misfit: Array, noise: Array) -> Residual:
    """What n points (n, 3) say of g that the formula misses by ``misfit`` (n,).

    ``noise`` is the variance of each point, shape (n,).
    """
    factor = cho_factor(stray.covariance(where, where) + np.diag(noise))
    return Residual(stray, where, cho_solve(factor, misfit), factor)
