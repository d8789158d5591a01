"""The deviation of measured points from a formula, as a Gaussian process.

Kernels change with the batch, graphs are padded, blocks are evicted: a sweep deviates from
the physics by some per cent, the time to the first token from its formula by more. The
deviation g of the logarithm is a Gaussian process over log input tokens, log output tokens
and log requests that run together (Rasmussen and Williams, "Gaussian Processes for Machine
Learning", ch. 2.7, a process beside explicit basis functions). Near a measured point it
corrects the forecast; far from all of them it only widens the interval.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Stray:
    """Prior of the deviation from a formula: a level, and a variation around it.

    ``level_sd`` and ``sd`` are standard deviations of the logarithm. ``lengths`` are the
    correlation lengths in log input tokens, log output tokens and log requests together.
    ``rough`` allows steps: the covariance is exponential instead of squared exponential
    (ch. 4.2.1).
    """

    level_sd: float
    sd: float
    lengths: tuple[float, float, float]
    rough: bool = False

    @property
    def variance(self) -> float:
        """Prior variance at any point."""
        return self.level_sd**2 + self.sd**2

    def covariance(self, where: Array, other: Array) -> Array:
        """Prior covariance between points (n, 3) and others (m, 3), shape (n, m)."""
        distance = (where[:, None, :] - other[None, :, :]) / np.array(self.lengths)
        square = (distance**2).sum(axis=2)
        near = np.exp(-np.sqrt(square) if self.rough else -0.5 * square)
        return np.asarray(self.level_sd**2 + self.sd**2 * near)


@dataclass(frozen=True, slots=True)
class Residual:
    """g after n measured points: their positions (n, 3), S^-1 r (n,), and the factor of S.

    S is the covariance of g and noise at the points, r the errors of the formula there.
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
        """Posterior variance of g at points (m, 3), shape (m,)."""
        known = np.einsum("ij,ji->i", self.stray.covariance(where, self.where), self.weights(where))
        return np.asarray(np.maximum(self.stray.variance - known, 0.0))


def residual_of(stray: Stray, where: Array, misfit: Array, noise: Array) -> Residual:
    """Posterior of g from n points at ``where`` (n, 3) and their errors ``misfit`` (n,).

    ``noise`` is the variance of each point, shape (n,).
    """
    factor = cho_factor(stray.covariance(where, where) + np.diag(noise))
    return Residual(stray, where, cho_solve(factor, misfit), factor)
