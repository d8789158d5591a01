"""What the physics leaves over, once points were measured.

Kernels change with the batch, graphs are padded, blocks are evicted: a sweep strays
from the physical basis by some per cent, smoothly. That is a Gaussian process g over
log input tokens, log output tokens and log requests together, on the log of the
seconds per request (Rasmussen and Williams, "Gaussian Processes for Machine
Learning", ch. 2.7, a process beside explicit basis functions). Near a measured point
it corrects the forecast, far from all of them it only widens the interval.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

Array = NDArray[np.float64]

STRAY_SD = 0.1
"""Standard deviation of log seconds per request around the physics."""

LENGTHS = np.array([1.5, 1.5, 1.0])
"""How far a correction reaches, in log input tokens, log output tokens, log requests together:
a factor of 4.5 in the lengths, of 2.7 in the concurrency. With STRAY_SD chosen on replayed
calibrations of the sources in the reference measurements; half or twice does little."""


def stray_covariance(where: Array, other: Array) -> Array:
    """Prior covariance of g between points (n, 3) and others (m, 3), shape (n, m)."""
    distance = (where[:, None, :] - other[None, :, :]) / LENGTHS
    return np.asarray(STRAY_SD**2 * np.exp(-0.5 * (distance**2).sum(axis=2)))


@dataclass(frozen=True, slots=True)
class Residual:
    """g after n measured points: where they lie (n, 3), S^-1 r (n,), and the factor of S.

    S is the covariance of g and noise at the points, r what the physics misses them by.
    """

    where: Array
    pull: Array
    factor: tuple[Array, bool]

    def correction(self, where: Array) -> Array:
        """Mean of g at points (m, 3), shape (m,)."""
        return np.asarray(stray_covariance(where, self.where) @ self.pull)

    def weights(self, where: Array) -> Array:
        """S^-1 cov(g at the measured points, g at ``where``), shape (n, m)."""
        return np.asarray(cho_solve(self.factor, stray_covariance(self.where, where)))


def residual_of(where: Array, misfit: Array, noise: Array) -> Residual:
    """What n points (n, 3) say of g that the physics misses by ``misfit`` (n,).

    ``noise`` is the variance of each point, shape (n,).
    """
    factor = cho_factor(stray_covariance(where, where) + np.diag(noise))
    return Residual(where, cho_solve(factor, misfit), factor)
