"""The most probable eta of all measured deployments at once, and its precision.

Gauss-Newton on the log of the seconds under a Gaussian prior. Student weights keep an outlier
from bending a sweep. A line search is needed because the linearization is too optimistic
if a term is near its physical limit.
"""

from __future__ import annotations

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


def find_mode(
    x: Array,
    log_seconds: Array,
    group: NDArray[np.intp],
    noise: Array,
    mean: Array,
    prior: Array,
    max_iterations: int,
    start: Array | None = None,
) -> tuple[Array, Array, Array]:
    """eta (G, K), its pull K^-1 (eta - mean) (G, K), and the precision (K G, K G).

    ``x`` (n, K) is the basis, ``group`` (n,) the deployment and ``noise`` (n,) the
    variance of each point, ``prior`` the covariance K (K G, K G). The precision
    is (K + A^-1)^-1 for the information A of the points at the mode. ``start`` is the
    initial pull, (G, K).
    """
    groups = len(prior) // _K
    pull = np.zeros((groups, _K)) if start is None else start
    eta, loss = _at(pull, mean, prior, x, log_seconds, group, noise)
    for _ in range(max_iterations):
        root, factor, score = _system(x, log_seconds, group, noise, eta, mean, prior)
        step = _whitened_solve(root, factor, prior, score).reshape(groups, _K) - pull
        for length in STEP_LENGTHS:
            moved, lower = _at(pull + length * step, mean, prior, x, log_seconds, group, noise)
            if lower < loss:
                break
        else:
            break
        pull, eta, gain, loss = pull + length * step, moved, loss - lower, lower
        if gain < _ENOUGH:
            break
    root, factor, _ = _system(x, log_seconds, group, noise, eta, mean, prior)
    half = _blocks_times(root, _inverse(factor))
    return eta, pull, _blocks_times(root, half.T)


def _inverse(factor: tuple[Array, bool]) -> Array:
    """Inverse of the matrix with this Cholesky factor, in a third of the time of solving for it."""
    triangle, failed = dpotri(factor[0], lower=factor[1], overwrite_c=True)
    if failed:
        raise np.linalg.LinAlgError(f"dpotri failed with {failed}")
    lower = np.tril(triangle) if factor[1] else np.triu(triangle).T
    return np.asarray(lower + np.tril(lower, -1).T)


def _system(
    x: Array,
    log_seconds: Array,
    group: NDArray[np.intp],
    noise: Array,
    eta: Array,
    mean: Array,
    prior: Array,
) -> tuple[Array, tuple[Array, bool], Array]:
    information, score = _linearized(x, log_seconds, group, noise, eta, mean)
    return *_factored(information, prior), score


def _at(
    pull: Array,
    mean: Array,
    prior: Array,
    x: Array,
    log_seconds: Array,
    group: NDArray[np.intp],
    noise: Array,
) -> tuple[Array, float]:
    """eta = mean + K pull, shape (G, K), and minus twice the log posterior there."""
    away = (prior @ pull.ravel()).reshape(pull.shape)
    eta = mean + away
    residual = log_seconds - np.log(seconds_and_gradient(x, eta[group])[0])
    return eta, student_loss(residual, noise) + float((away * pull).sum())


def _linearized(
    x: Array,
    log_seconds: Array,
    group: NDArray[np.intp],
    noise: Array,
    eta: Array,
    mean: Array,
) -> tuple[Array, Array]:
    """Information (G, K, K) and score (G, K) of a Gauss-Newton step at eta."""
    groups = len(eta)
    seconds, gradient = seconds_and_gradient(x, eta[group])
    residual = log_seconds - np.log(seconds)
    weight = student_weight(residual, noise)
    target = residual + (gradient * (eta - mean)[group]).sum(axis=1)
    blocks = np.zeros((groups, _K, _K))
    score = np.zeros((groups, _K))
    np.add.at(blocks, group, gradient[:, :, None] * gradient[:, None, :] * weight[:, None, None])
    np.add.at(score, group, gradient * (target * weight)[:, None])
    return blocks, score


def _factored(information: Array, prior: Array) -> tuple[Array, tuple[Array, bool]]:
    """Root R of the block-diagonal information R R', and the Cholesky factor of I + R' K R.

    K is the prior covariance. Rasmussen and Williams, "Gaussian Processes for
    Machine Learning", eq. 3.26: well conditioned, and half the work of an LU.
    """
    tiny = 1e-12 * np.trace(information, axis1=1, axis2=2)[:, None, None] * np.eye(_K)
    root = np.linalg.cholesky(information + tiny + 1e-12 * np.eye(_K))
    transposed = np.swapaxes(root, 1, 2)
    whitened = _blocks_times(transposed, _blocks_times(transposed, prior).T)
    whitened[np.diag_indices_from(whitened)] += 1.0
    return root, cho_factor(whitened, overwrite_a=True, check_finite=False)


def _whitened_solve(root: Array, factor: tuple[Array, bool], prior: Array, score: Array) -> Array:
    """(I + A K)^-1 b for the information A = R R' and the score b, shape (K G,)."""
    b = score.ravel()
    transposed = np.swapaxes(root, 1, 2)
    inner = cho_solve(factor, _blocks_times(transposed, (prior @ b)[:, None]))
    return np.asarray(b - _blocks_times(root, inner)[:, 0])


def _blocks_times(blocks: Array, matrix: Array) -> Array:
    """Block-diagonal matrix, given as its blocks (G, K, K), times (K G, m)."""
    groups = len(blocks)
    return np.asarray((blocks @ matrix.reshape(groups, _K, -1)).reshape(matrix.shape))


def student_weight(residual: Array, noise: Array) -> Array:
    """Weight of each point: 1 / noise near its curve, less for outliers (Student errors, IRLS)."""
    return np.asarray(1.0 / noise / (1.0 + residual**2 / (_STUDENT_SCALE**2 * noise)))


def student_loss(residual: Array, noise: Array) -> float:
    """Minus twice the log likelihood that has the weights of ``student_weight``."""
    scale = _STUDENT_SCALE**2
    return float(scale * np.log1p(residual**2 / (scale * noise)).sum())
