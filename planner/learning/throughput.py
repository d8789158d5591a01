"""The performance model: seconds per request from the physics, with an interval.

``s = sum_k theta_k x_k``, where ``physics.efficiency`` maps eta_k to theta_k, so that no
forecast beats the hardware. eta of all measured deployments is estimated at once, under the
crossed random effects of ``random_effects`` (``posterior_mode``). A deployment that nobody
measured gets the posterior of the labels that it shares with others. The interval uses the
Laplace approximation (Rasmussen and Williams, "Gaussian Processes for Machine Learning",
ch. 3.4).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from planner.catalog.gpu import PROCESSOR
from planner.learning.fit_start import start_for
from planner.learning.label_sums import LabelSums, keys_of
from planner.learning.observation import Observation, points_of
from planner.learning.posterior import Posterior
from planner.learning.posterior_mode import find_mode, student_weight
from planner.learning.random_effects import Effects, Labels, by_pairs, packaged_effects, prior_mean
from planner.physics.efficiency import WORST, WORST_OF_A_PROCESSOR, seconds_and_gradient
from planner.physics.terms import TERM_COUNT

Array = NDArray[np.float64]

Z90 = 1.6448536269514722
"""Two-sided 90 % quantile of the normal distribution."""

_K = TERM_COUNT
_ROWS_WITH_INDEPENDENT_ERRORS = 30  # errors within a sweep are correlated: more rows add little


class ThroughputModel:
    """Seconds per request of a replica, with the methods of a scikit-learn estimator.

    ``X`` is a sequence of ``Observation``, ``y`` seconds per request (1 /
    requests per second). ``noise_sd`` is the relative error of a single
    measured point around its own sweep's curve; ``effects`` None means those
    estimated from the reference measurements.
    """

    def __init__(
        self, noise_sd: float = 0.06, max_iterations: int = 15, effects: Effects | None = None
    ) -> None:
        self.noise_sd = noise_sd
        self.max_iterations = max_iterations
        self.effects = effects

    def get_params(self, deep: bool = True) -> dict[str, object]:  # noqa: ARG002 (theirs)
        """The constructor's arguments, as scikit-learn's tools ask for them."""
        return {
            "noise_sd": self.noise_sd,
            "max_iterations": self.max_iterations,
            "effects": self.effects,
        }

    def fit(self, X: Sequence[Observation], y: Sequence[float] | Array) -> Self:
        """Estimate eta of every labelled deployment in ``X``; ValueError if it is empty."""
        if len(X) == 0:
            raise ValueError("no measurements to fit: give at least one load point")
        self.effects_ = packaged_effects() if self.effects is None else self.effects
        self.labels_ = list(dict.fromkeys(observation.labels for observation in X))
        position = {labels: i for i, labels in enumerate(self.labels_)}
        group = np.array([position[observation.labels] for observation in X])
        scatter = np.array([observation.scatter_sd for observation in X])
        self._x, self._group = points_of(X).x, group
        self._log_seconds = np.log(np.asarray(y, dtype=float))
        unsteady = np.array([observation.unsteady_sd for observation in X])
        self._solve(self._x, self._log_seconds, group, scatter, unsteady)
        self._posteriors: dict[Labels, Posterior] = {}
        return self

    def _solve(
        self,
        x: Array,
        log_seconds: Array,
        group: NDArray[np.intp],
        scatter: Array,
        unsteady: Array,
    ) -> None:
        groups = len(self.labels_)
        mean = np.array([prior_mean(labels) for labels in self.labels_])
        prior = self._prior_covariance()
        rows = np.bincount(group, minlength=groups)[group]
        noise = self.noise_sd**2 * np.maximum(1.0, rows / _ROWS_WITH_INDEPENDENT_ERRORS)
        self._noise = noise = noise + scatter**2 * rows + unsteady**2
        start = start_for(self.labels_) if self.effects is None else None
        with threadpool_limits(limits=1, user_api="blas"):  # more threads wait for each other
            self.eta_, self.weights_, precision = find_mode(
                x, log_seconds, group, noise, mean, prior, self.max_iterations, start
            )
        self.precision_ = precision.reshape(groups, _K, groups, _K)
        self._sums = LabelSums(self.labels_, self.weights_, self.precision_)

    def _prior_covariance(self) -> Array:
        """Covariance of all eta, shape (K G, K G): terms share the effects on their level."""
        groups = len(self.labels_)
        shared = self.effects_.shared(self.labels_, self.labels_)
        shared[np.arange(groups), np.arange(groups)] = self.effects_.total()
        prior = np.empty((groups, _K, groups, _K))
        prior[:] = shared[:, None, :, None, -1]
        term = np.arange(_K)
        prior[:, term, :, term] += np.moveaxis(shared[:, :, :-1], 2, 0)
        return prior.reshape(groups * _K, groups * _K)

    def posterior(self, labels: Labels) -> Posterior:
        """Posterior of a deployment with these labels, cached."""
        if labels not in self._posteriors:
            self._posteriors[labels] = self._posterior(labels)
        return self._posteriors[labels]

    def _posterior(self, labels: Labels) -> Posterior:
        total, keys = by_pairs(self.effects_.total()), keys_of(labels)
        shared = [(key, by_pairs(self.effects_.sd[key[0]] ** 2)) for key in keys]
        if labels in self.labels_:
            # Its run is its own, so this adds the variance that its empty labels have.
            run = ("run", labels.run)
            rest = total - sum(variance for key, variance in shared if key != run)
            shared = [(key, rest if key == run else variance) for key, variance in shared]
        shared = [(key, variance) for key, variance in shared if key in self._sums]
        mean = prior_mean(labels) + sum(
            variance @ self._sums.weights(key) for key, variance in shared
        )
        explained = np.zeros((_K, _K))
        for left, before in shared:
            half = sum(self._sums.block(left, right) @ after for right, after in shared)
            explained += before @ half
        covariance = total - explained
        worst = WORST_OF_A_PROCESSOR if labels.architecture == PROCESSOR else WORST
        return Posterior(mean, (covariance + covariance.T) / 2.0, worst=worst)

    def posterior_without(self, labels: Labels) -> Posterior:
        """Posterior of a deployment from all measurements except those with these labels.

        Its own points are taken out of its posterior again, which is exact if the model is
        linear (the cavity of expectation propagation; Rasmussen and Williams, "Gaussian
        Processes for Machine Learning", eq. 3.56).
        """
        posterior = self.posterior(labels)
        if labels not in self.labels_:
            return posterior
        own = self._group == self.labels_.index(labels)
        seconds, gradient = seconds_and_gradient(self._x[own], posterior.mean)
        misfit = self._log_seconds[own] - np.log(seconds)
        weight = student_weight(misfit, self._noise[own])
        precision = np.linalg.inv(posterior.covariance)
        pull = precision @ posterior.mean - gradient.T @ (
            weight * (misfit + gradient @ posterior.mean)
        )
        precision = precision - (gradient.T * weight) @ gradient
        values, vectors = np.linalg.eigh((precision + precision.T) / 2.0)
        # Rounding must not make the others' precision negative.
        values = np.maximum(
            values, 1.0 / float(self.effects_.total()[:-1].max() + self.effects_.total()[-1])
        )
        covariance = (vectors / values) @ vectors.T
        return Posterior(covariance @ pull, covariance, worst=posterior.worst)

    def predict(self, X: Sequence[Observation]) -> Array:
        """Seconds per request, shape (n,)."""
        return self.predict_interval(X)[0]

    def predict_interval(self, X: Sequence[Observation]) -> tuple[Array, Array, Array]:
        """Seconds per request with the nominal 90 % interval: value, low, high, each (n,)."""
        value, sd = np.empty(len(X)), np.empty(len(X))
        for labels in dict.fromkeys(observation.labels for observation in X):
            rows = [i for i, observation in enumerate(X) if observation.labels == labels]
            points, posterior = points_of([X[i] for i in rows]), self.posterior(labels)
            value[rows] = posterior.seconds(points).sum(axis=1)
            sd[rows] = posterior.log_sd(points, self.noise_sd)
        return value, value * np.exp(-Z90 * sd), value * np.exp(Z90 * sd)
