"""The most probable eta of all measured deployments at once, and its precision.

Gauss-Newton on the log of the seconds under a Gaussian prior. Student weights keep an outlier
from bending a sweep. A line search is needed because the linearization is too optimistic
if a term is near its physical limit.

The information A of the points is block-diagonal, a block per deployment, and few deployments
have more points than terms. So A = R' R with a thin root R: at most K rows for each deployment,
m in all, and all large matrices are (m, m).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.linalg.lapack import dpotri

from planner.physics.efficiency import seconds_and_gradient
from planner.physics.terms import TERM_COUNT

Array = NDArray[np.float64]

STEP_LENGTHS = (1.0, 0.5, 0.25, 0.1, 0.03)
"""Fractions of a Gauss-Newton step to try, in this order."""

_ENOUGH = 0.1  # of minus twice the log posterior: stop at a smaller gain
_STUDENT_SCALE = 4.0  # residuals beyond 4 noise sd lose weight
_K = TERM_COUNT


@dataclass(frozen=True)
class Points:
    """Measured points: basis (n, K), and of shape (n,) log seconds, deployment and variance.

    ``worst`` (n,) is the upper bound of theta for terms with a physical limit.
    """

    x: Array
    log_seconds: Array
    group: NDArray[np.intp]
    noise: Array
    worst: Array

    def at(self, eta: Array) -> tuple[Array, Array]:
        """Log seconds left over (n,) and the gradient (n, K) if the deployments have ``eta``."""
        seconds, gradient = seconds_and_gradient(self.x, eta[self.group], self.worst[:, None])
        return self.log_seconds - np.log(seconds), gradient


@dataclass(frozen=True)
class Prior:
    """Gaussian prior of all eta: mean (G, K), and the covariance that deployments share.

    ``shared`` is (G, G, K + 1): of each term with itself, then of all pairs of terms.
    """

    mean: Array
    shared: Array

    def times(self, pull: Array) -> Array:
        """Prior covariance times a vector (G, K), shape (G, K)."""
        by_term = np.einsum("ijk,jk->ik", self.shared[:, :, :-1], pull)
        return np.asarray(by_term + (self.shared[:, :, -1] @ pull.sum(axis=1))[:, None])


@dataclass(frozen=True)
class Root:
    """Root R of the information R' R: rows (m, K), each of one deployment, ``owner`` (m,).

    Rows of one deployment follow each other, in the order of the deployments.
    """

    rows: Array
    owner: NDArray[np.intp]

    def times(self, vector: Array) -> Array:
        """R times a vector (G, K), shape (m,)."""
        return np.asarray((self.rows * vector[self.owner]).sum(axis=1))

    def transposed_times(self, vector: Array, groups: int) -> Array:
        """R' times a vector (m,), shape (G, K)."""
        product = np.zeros((groups, _K))
        np.add.at(product, self.owner, self.rows * vector[:, None])
        return product

    def blocks(self) -> Iterator[tuple[int, slice]]:
        """Each deployment that has rows, with its rows."""
        starts = np.flatnonzero(np.diff(self.owner, prepend=-1))
        for start, end in pairwise((*starts.tolist(), len(self.owner))):
            yield int(self.owner[start]), slice(start, end)


@dataclass(frozen=True)
class Precision:
    """Precision (K + A^-1)^-1 = R' ``inner`` R of all eta: a root and its inner matrix (m, m)."""

    root: Root
    inner: Array


def find_mode(
    points: Points, prior: Prior, max_iterations: int, start: Array | None = None
) -> tuple[Array, Array, Precision]:
    """eta (G, K), its pull K^-1 (eta - mean) (G, K), and the precision at the mode.

    ``start`` is the initial pull, (G, K).
    """
    groups = len(prior.mean)
    pull = np.zeros((groups, _K)) if start is None else start
    eta, loss = _at(pull, prior, points)
    for _ in range(max_iterations):
        root, score = _linearized(points, eta, prior.mean)
        inner = cho_solve(_factored(root, prior), root.times(prior.times(score)))
        step = score - root.transposed_times(inner, groups) - pull
        for length in STEP_LENGTHS:
            moved, lower = _at(pull + length * step, prior, points)
            if lower < loss:
                break
        else:
            break
        pull, eta, gain, loss = pull + length * step, moved, loss - lower, lower
        if gain < _ENOUGH:
            break
    root, _ = _linearized(points, eta, prior.mean)
    return eta, pull, Precision(root, _inverse(_factored(root, prior)))


def _inverse(factor: tuple[Array, bool]) -> Array:
    """Inverse of the matrix with this Cholesky factor, in a third of the time of solving for it."""
    triangle, failed = dpotri(factor[0], lower=factor[1], overwrite_c=True)
    if failed:
        raise np.linalg.LinAlgError(f"dpotri failed with {failed}")
    lower = np.tril(triangle) if factor[1] else np.triu(triangle).T
    return np.asarray(lower + np.tril(lower, -1).T)


def _at(pull: Array, prior: Prior, points: Points) -> tuple[Array, float]:
    """eta = mean + K pull, shape (G, K), and minus twice the log posterior there."""
    away = prior.times(pull)
    eta = prior.mean + away
    residual, _ = points.at(eta)
    return eta, student_loss(residual, points.noise) + float((away * pull).sum())


def _linearized(points: Points, eta: Array, mean: Array) -> tuple[Root, Array]:
    """Root of the information, and the score (G, K), of a Gauss-Newton step at eta."""
    group = points.group
    residual, gradient = points.at(eta)
    weight = student_weight(residual, points.noise)
    target = residual + (gradient * (eta - mean)[group]).sum(axis=1)
    score = np.zeros(eta.shape)
    np.add.at(score, group, gradient * (target * weight)[:, None])
    return _thin_root(gradient * np.sqrt(weight)[:, None], group, len(eta)), score


def _thin_root(rows: Array, group: NDArray[np.intp], groups: int) -> Root:
    """Root of the information of weighted gradients (n, K): at most K rows per deployment."""
    parts = [np.linalg.qr(rows[group == i], mode="r") for i in range(groups)]
    owner = np.repeat(np.arange(groups), [len(part) for part in parts])
    return Root(np.concatenate(parts), owner)


def _factored(root: Root, prior: Prior) -> tuple[Array, bool]:
    """Cholesky factor of I + R K R', shape (m, m), for the prior covariance K.

    Rasmussen and Williams, "Gaussian Processes for Machine Learning", eq. 3.26.
    """
    # K R': of each deployment's K terms with each of the m rows.
    shared = prior.shared[:, root.owner]
    covariance = np.moveaxis(shared[:, :, :-1] * root.rows, 2, 1)
    covariance += (shared[:, :, -1] * root.rows.sum(axis=1))[:, None, :]
    whitened = np.empty((len(root.owner), len(root.owner)))
    for deployment, rows in root.blocks():
        whitened[rows] = root.rows[rows] @ covariance[deployment]
    whitened[np.diag_indices_from(whitened)] += 1.0
    factor, lower = cho_factor(whitened, overwrite_a=True, check_finite=False)
    return factor, lower


def student_weight(residual: Array, noise: Array) -> Array:
    """Weight of each point: 1 / noise near its curve, less for outliers (Student errors, IRLS)."""
    return np.asarray(1.0 / noise / (1.0 + residual**2 / (_STUDENT_SCALE**2 * noise)))


def student_loss(residual: Array, noise: Array) -> float:
    """Minus twice the log likelihood that has the weights of ``student_weight``."""
    scale = _STUDENT_SCALE**2
    return float(scale * np.log1p(residual**2 / (scale * noise)).sum())
