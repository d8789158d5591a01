"""The performance model: seconds per request from the physics, with an interval.

``s = sum_k theta_k x_k`` with theta_k of eta_k by ``efficiency.py``: a forecast can
never beat the hardware. eta is estimated for every measured deployment at
once, as a posterior under the crossed random effects of ``effects.py``, by
Gauss-Newton on the relative error (the log of s), with Student weights so that
a stray point does not bend a sweep. A deployment that nobody measured gets the
posterior of the labels that it shares; one that was measured gets its own.
Rasmussen and Williams, "Gaussian Processes for Machine Learning", ch. 3.4, for
the Laplace approximation used for the interval.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from planner.basis import TERMS, Work, basis, effective_concurrency
from planner.effects import PRIOR_MEAN, Effects, Labels, packaged_effects
from planner.efficiency import seconds_and_gradient, theta_of
from planner.mode import STEP_LENGTHS, find_mode, student_loss, student_weight

Array = NDArray[np.float64]

Z90 = 1.6448536269514722
"""Two-sided 90 % quantile of the normal distribution."""

_K = len(TERMS)
_UPDATE_ITERATIONS = 20
_ROWS_WITH_INDEPENDENT_ERRORS = 30  # misfit within a sweep is shared: more rows say little more


@dataclass(frozen=True, slots=True)
class Observation:
    """A load point on a labelled deployment; ``concurrency`` as requested, not cut by limits.

    ``scatter_sd`` is its relative error beyond that of a point under steady load.
    """

    labels: Labels
    work: Work
    input_tokens: float
    output_tokens: float
    concurrency: float
    scatter_sd: float = 0.0


@dataclass(frozen=True, slots=True)
class Posterior:
    """What is known of one deployment: mean (10,) and covariance (10, 10) of eta."""

    mean: Array
    covariance: Array

    @property
    def theta(self) -> Array:
        return theta_of(self.mean)

    def seconds(self, x: Array) -> Array:
        """Seconds per request by term, shape (n, 10), for a basis of shape (n, 10)."""
        return np.asarray(x * self.theta)

    def log_sd(self, x: Array, noise_sd: float) -> Array:
        """Standard deviation of log(seconds per request), shape (n,)."""
        _, gradient = seconds_and_gradient(x, self.mean)
        variance = np.einsum("ij,jk,ik->i", gradient, self.covariance, gradient)
        return np.asarray(np.sqrt(np.maximum(variance, 0.0) + noise_sd**2))

    def scatter_sd(self, x: Array, log_seconds: Array, noise_sd: float) -> float:
        """Relative error of a point beside the n that were fitted: noise and their misfit.

        Coefficients that followed the n points hide misfit from them: times sqrt(1 + 10 / n).
        """
        misfit = log_seconds - np.log(self.seconds(x).sum(axis=1))
        hidden = 1.0 + _K / len(misfit)
        return float(np.sqrt(noise_sd**2 + hidden * np.mean(misfit**2)))

    def updated(self, x: Array, log_seconds: Array, noise_sd: float) -> Posterior:
        """The posterior after measuring n more points: basis (n, 10), log seconds per request (n,).

        Gauss-Newton to the mode, Laplace covariance there; the same Student
        weights as in the fit.
        """
        prior_precision = np.linalg.inv(self.covariance + 1e-9 * np.eye(_K))
        noise = np.full(len(x), noise_sd**2)

        def loss(eta: Array) -> float:
            residual = log_seconds - np.log(x @ theta_of(eta))
            away = eta - self.mean
            return student_loss(residual, noise) + float(away @ prior_precision @ away)

        eta = self.mean.copy()
        for _ in range(_UPDATE_ITERATIONS):
            seconds, gradient = seconds_and_gradient(x, eta)
            residual = log_seconds - np.log(seconds)
            weight = student_weight(residual, noise)
            precision = (gradient.T * weight) @ gradient + prior_precision
            pull = gradient.T @ (weight * residual) - prior_precision @ (eta - self.mean)
            step = np.linalg.solve(precision, pull)
            length = next((n for n in STEP_LENGTHS if loss(eta + n * step) < loss(eta)), 0.0)
            eta = eta + length * step
            if length * float(np.abs(step).max()) < 1e-3:
                break
        return Posterior(eta, np.asarray(np.linalg.inv(precision)))

    def widened(self, extra_variance: Array) -> Posterior:
        """The same with ``extra_variance`` (by term, shape (10,)) added."""
        return Posterior(self.mean, self.covariance + np.diag(extra_variance))

    def scaled(self, factor: float) -> Posterior:
        """The same with ``factor`` times the standard deviation."""
        return Posterior(self.mean, self.covariance * factor**2)


class ThroughputModel:
    """Seconds per request of a replica, with the methods of a scikit-learn estimator.

    ``X`` is a sequence of ``Observation``, ``y`` seconds per request (1 /
    requests per second). ``noise_sd`` is the relative error of a single
    measured point around its own sweep's curve; ``effects`` None means those
    estimated on the reference measurements.
    """

    def __init__(
        self, noise_sd: float = 0.06, max_iterations: int = 15, effects: Effects | None = None
    ) -> None:
        self.noise_sd = noise_sd
        self.max_iterations = max_iterations
        self.effects = effects

    def get_params(self, deep: bool = True) -> dict[str, object]:
        """The constructor's arguments, as scikit-learn's tools ask for them."""
        return {
            "noise_sd": self.noise_sd,
            "max_iterations": self.max_iterations,
            "effects": self.effects,
        }

    def fit(self, X: Sequence[Observation], y: Sequence[float] | Array) -> Self:
        """Estimate eta of every labelled deployment in ``X``; ValueError where it is empty."""
        if len(X) == 0:
            raise ValueError("no measurements to fit: give at least one load point")
        self.effects_ = packaged_effects() if self.effects is None else self.effects
        self.labels_ = list(dict.fromkeys(observation.labels for observation in X))
        position = {labels: i for i, labels in enumerate(self.labels_)}
        group = np.array([position[observation.labels] for observation in X])
        scatter = np.array([observation.scatter_sd for observation in X])
        self._solve(design_matrix(X), np.log(np.asarray(y, dtype=float)), group, scatter)
        self._posteriors: dict[Labels, Posterior] = {}
        return self

    def _solve(self, x: Array, log_seconds: Array, group: NDArray[np.intp], scatter: Array) -> None:
        groups = len(self.labels_)
        prior = self._prior_covariance()
        rows = np.bincount(group, minlength=groups)[group]
        noise = self.noise_sd**2 * np.maximum(1.0, rows / _ROWS_WITH_INDEPENDENT_ERRORS)
        noise = noise + scatter**2 * rows
        with threadpool_limits(limits=1, user_api="blas"):  # more threads wait for each other
            self.eta_, self.weights_, precision = find_mode(
                x, log_seconds, group, noise, prior, self.max_iterations
            )
        self.precision_ = precision.reshape(groups, _K, groups, _K)
        by_term = self.precision_.transpose(1, 0, 2, 3).reshape(_K, groups, groups * _K)
        self._precision_by_term = np.ascontiguousarray(by_term)

    def _prior_covariance(self) -> Array:
        """Covariance of all eta, shape (10 G, 10 G); terms are independent of each other."""
        groups = len(self.labels_)
        shared = self.effects_.shared(self.labels_, self.labels_)
        shared[np.arange(groups), np.arange(groups)] = self.effects_.total()
        prior = np.zeros((groups, _K, groups, _K))
        term = np.arange(_K)
        prior[:, term, :, term] = np.moveaxis(shared, 2, 0)
        return prior.reshape(groups * _K, groups * _K)

    def posterior(self, labels: Labels) -> Posterior:
        """What the fit knows of a deployment with these labels (cached)."""
        if labels not in self._posteriors:
            self._posteriors[labels] = self._posterior(labels)
        return self._posteriors[labels]

    def _posterior(self, labels: Labels) -> Posterior:
        shared = self.effects_.shared([labels], self.labels_)[0]
        if labels in self.labels_:
            shared[self.labels_.index(labels)] = self.effects_.total()
        mean = PRIOR_MEAN + (shared * self.weights_).sum(axis=0)
        half = (shared.T[:, None, :] @ self._precision_by_term)[:, 0].reshape(_K, -1, _K)
        explained = np.einsum("khl,hl->kl", half, shared)
        covariance = np.diag(self.effects_.total()) - explained
        return Posterior(mean, (covariance + covariance.T) / 2.0)

    def predict(self, X: Sequence[Observation]) -> Array:
        """Seconds per request, shape (n,)."""
        return self.predict_interval(X)[0]

    def predict_interval(self, X: Sequence[Observation]) -> tuple[Array, Array, Array]:
        """Seconds per request with the nominal 90 % interval: value, low, high, each (n,)."""
        value, sd = np.empty(len(X)), np.empty(len(X))
        for labels in dict.fromkeys(observation.labels for observation in X):
            rows = [i for i, observation in enumerate(X) if observation.labels == labels]
            x = design_matrix([X[i] for i in rows])
            posterior = self.posterior(labels)
            value[rows] = posterior.seconds(x).sum(axis=1)
            sd[rows] = posterior.log_sd(x, self.noise_sd)
        return value, value * np.exp(-Z90 * sd), value * np.exp(Z90 * sd)


def design_matrix(observations: Sequence[Observation]) -> Array:
    """The physical basis of every observation, shape (n, 10)."""
    x = np.empty((len(observations), _K))
    rows_of: dict[int, list[int]] = {}
    for i, observation in enumerate(observations):
        rows_of.setdefault(id(observation.work), []).append(i)
    for rows in rows_of.values():
        points = np.array(
            [
                (
                    observations[i].input_tokens,
                    observations[i].output_tokens,
                    observations[i].concurrency,
                )
                for i in rows
            ]
        )
        work = observations[rows[0]].work
        inputs, outputs, concurrency = points.T
        running = effective_concurrency(work, inputs, outputs, concurrency)
        x[rows] = basis(work, inputs, outputs, running)
    return x
