"""Posterior of one deployment's speed, before and after points of it are measured."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit

from planner.learning.posterior_mode import STEP_LENGTHS
from planner.learning.residual import Residual, Stray, residual_of
from planner.physics.efficiency import WORST, seconds_and_gradient, theta_of
from planner.physics.load_points import LoadPoints
from planner.physics.terms import PHYSICAL_LIMIT, TERM_COUNT

Array = NDArray[np.float64]

_K = TERM_COUNT
_ITERATIONS = 20
_STUDENT = 4.0  # a misfit of this many standard deviations halves a point's weight
_MOST_POINTS = 400  # more take long and add nothing to so smooth a process
STATED_COUNTS_AS = 2.0
"""Points: how much the stated noise and deviation count beside the misfit of the measured points.
Chosen by the interval score (Gneiting and Raftery 2007) on the sweeps of France Travail and six
other authors after 4, 6 and 8 points, checked on those of InferenceX, Argonne, NVIDIA and five
others: see docs/accuracy.md."""

_UPPER_END = 0.95  # of the two-sided 90 % interval that forecasts state


STRAY = Stray(level_sd=0.0, sd=0.065, lengths=(2.6, 2.6, 1.75), rough=True)
"""Deviation of seconds per request from the physics: 6.5 %, with a correlation of a third at a
factor of 13 in the lengths or of 6 in the concurrency. It is rough, because time rises in steps
if a tile of a matrix product or a captured graph is full. Chosen on replayed calibrations of
published sweeps; half as much or half more changes little, and the likelihood is flat there."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Measured points of this deployment, in log seconds per request, and the prior.

    ``noise_sd`` is the relative error of each point, shape (n,).
    """

    prior: Posterior
    points: LoadPoints
    log_seconds: Array
    noise_sd: Array
    residual: Residual


@dataclass(frozen=True, slots=True)
class Posterior:
    """Mean (K,) and covariance (K, K) of eta, and the measured points, if any.

    ``doubt`` multiplies standard deviations: above 1 if measured points fit worse than their
    noise explains, below 1 if several fit better (``_doubt_of``).
    """

    mean: Array
    covariance: Array
    measured: Measured | None = None
    doubt: float = 1.0
    worst: float = WORST

    @property
    def theta(self) -> Array:
        return theta_of(self.mean, self.worst)

    def seconds(self, points: LoadPoints) -> Array:
        """Seconds per request by term, shape (n, K), never under the physical limit."""
        parts = points.x * self.theta
        if self.measured is None:
            return np.asarray(parts)
        correction = np.exp(self.measured.residual.correction(points.where))
        least = (points.x @ PHYSICAL_LIMIT) / parts.sum(axis=1)
        return np.asarray(parts * np.maximum(correction, least)[:, None])

    def log_seconds(self, points: LoadPoints) -> Array:
        """Log of the seconds per request, shape (n,)."""
        return np.asarray(np.log(self.seconds(points).sum(axis=1)))

    def log_covariance(self, points: LoadPoints) -> Array:
        """Covariance of the log seconds per request, without noise of measuring, shape (n, n)."""
        gradient, stray = self._gradient(points), STRAY.covariance(points.where, points.where)
        if self.measured is not None:
            known = self.measured.residual
            there = STRAY.covariance(points.where, known.where)
            stray = stray - there @ known.weights(points.where)
        return np.asarray(self.doubt**2 * (gradient @ self.covariance @ gradient.T + stray))

    def log_sd(self, points: LoadPoints, noise_sd: float) -> Array:
        """Standard deviation of log seconds per request of a single measurement, shape (n,)."""
        gradient = self._gradient(points)
        stray = np.full(len(points), STRAY.variance)
        if self.measured is not None:
            stray = self.measured.residual.variance(points.where)
        variance = np.einsum("ij,jk,ik->i", gradient, self.covariance, gradient) + stray
        return np.asarray(self.doubt * np.sqrt(np.maximum(variance, 0.0) + noise_sd**2))

    def _gradient(self, points: LoadPoints) -> Array:
        """Gradient of the log seconds by eta (n, K), net of the measured points' correction."""
        _, gradient = seconds_and_gradient(points.x, self.mean, self.worst)
        if self.measured is None:
            return gradient
        _, there = seconds_and_gradient(self.measured.points.x, self.mean, self.worst)
        return np.asarray(gradient - self.measured.residual.weights(points.where).T @ there)

    def updated(self, points: LoadPoints, log_seconds: Array, noise_sd: float | Array) -> Posterior:
        """The posterior after measuring n more points, log seconds per request (n,).

        ``noise_sd`` is the relative error of every point, or of each, shape (n,).
        Gauss-Newton to the mode of eta with the deviation g integrated out, Laplace
        covariance there. A point that is far off loses weight, as with Student errors.
        """
        noise_sd = np.broadcast_to(np.asarray(noise_sd, dtype=float), len(points))
        if self.measured is not None:
            points = self.measured.points.joined(points)
            noise_sd = np.concatenate([self.measured.noise_sd, noise_sd])
            log_seconds = np.concatenate([self.measured.log_seconds, log_seconds])
            return self.measured.prior.updated(points, log_seconds, noise_sd)
        if len(points) > _MOST_POINTS:
            kept = np.linspace(0, len(points) - 1, _MOST_POINTS).astype(np.intp)
            points, log_seconds, noise_sd = points[kept], log_seconds[kept], noise_sd[kept]
        return self._at_mode(points, log_seconds, noise_sd) if len(points) else self

    def _at_mode(self, points: LoadPoints, log_seconds: Array, noise_sd: Array) -> Posterior:
        prior_precision = np.linalg.inv(self.covariance + 1e-9 * np.eye(_K))
        stray = STRAY.covariance(points.where, points.where)
        expected = STRAY.variance + noise_sd**2

        def misfit(eta: Array) -> Array:
            return np.asarray(log_seconds - np.log(points.x @ theta_of(eta, self.worst)))

        def loss(eta: Array) -> float:
            away, missed = eta - self.mean, misfit(eta)
            return float(missed @ precision @ missed + away @ prior_precision @ away)

        eta = self.mean.copy()
        for _ in range(_ITERATIONS):
            missed = misfit(eta)
            noise = noise_sd**2 * (1.0 + missed**2 / (_STUDENT**2 * expected))
            precision = np.linalg.inv(stray + np.diag(noise))
            _, gradient = seconds_and_gradient(points.x, eta, self.worst)
            information = gradient.T @ precision @ gradient + prior_precision
            pull = gradient.T @ (precision @ missed) - prior_precision @ (eta - self.mean)
            step = np.linalg.solve(information, pull)
            length = next((n for n in STEP_LENGTHS if loss(eta + n * step) < loss(eta)), 0.0)
            eta = eta + length * step
            if length * float(np.abs(step).max()) < 1e-3:
                break
        residual = residual_of(STRAY, points.where, misfit(eta), noise)
        measured = Measured(self, points, log_seconds, noise_sd, residual)
        doubt = _doubt_of(loss(eta), len(points))
        return Posterior(eta, np.asarray(np.linalg.inv(information)), measured, doubt, self.worst)

    def moved(self, by: Array) -> Posterior:
        """The same with ``by`` (K,) added to the mean of eta."""
        return replace(self, mean=self.mean + by)

    def with_extra_variance(self, extra_variance: Array) -> Posterior:
        """The same with ``extra_variance`` (K, K) added."""
        return replace(self, covariance=self.covariance + extra_variance)

    def with_sd_times(self, factor: float) -> Posterior:
        """The same with ``factor`` times the standard deviation of eta."""
        return replace(self, covariance=self.covariance * factor**2)


def _doubt_of(loss: float, points: int) -> float:
    """The factor on all standard deviations that the misfit of ``points`` measured points gives.

    ``loss`` is their squared misfit and that of eta, in units of the stated variances: about
    ``points`` if those are right. With an inverse gamma prior of the common factor on all
    variances, worth ``STATED_COUNTS_AS`` points, a forecast is Student-distributed (Gelman et
    al., "Bayesian Data Analysis", 3rd ed., ch. 3.2): scale sqrt((k + loss) / (k + n)), with
    k + n degrees of freedom. Intervals are stated as those of a normal distribution, so the factor
    has the ratio of both upper ends in it: few points may fit by chance.
    """
    freedom = STATED_COUNTS_AS + points
    wider = stdtrit(freedom, _UPPER_END) / ndtri(_UPPER_END)
    return float(np.sqrt((STATED_COUNTS_AS + loss) / freedom) * wider)
