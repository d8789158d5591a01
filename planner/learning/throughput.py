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

from planner.learning.fit_start import start_for
from planner.learning.label_sums import LabelSums, keys_of
from planner.learning.observation import Observation, points_of
from planner.learning.posterior import Posterior
from planner.learning.posterior_mode import Points, Prior, find_mode, student_weight
from planner.learning.random_effects import (
    Effects,
    Labels,
    by_pairs,
    packaged_effects,
    prior_mean,
    worst_of,
)
from planner.physics.efficiency import seconds_and_gradient
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
        self._points = Points(
            x=points_of(X).x,
            log_seconds=np.log(np.asarray(y, dtype=float)),
            group=group,
            noise=self._noise_of(X, group),
            worst=np.array([worst_of(labels) for labels in self.labels_])[group],
        )
        start = start_for(self.labels_) if self.effects is None else None
        with threadpool_limits(limits=1, user_api="blas"):  # more threads wait for each other
            self.eta_, self.weights_, precision = find_mode(
                self._points, self._prior(), self.max_iterations, start
            )
        self.sums_ = LabelSums(self.labels_, self.weights_, precision)
        self._variances = {name: by_pairs(sd**2) for name, sd in self.effects_.sd.items()}
        self._posteriors: dict[Labels, Posterior] = {}
        return self

    def _noise_of(self, observations: Sequence[Observation], group: NDArray[np.intp]) -> Array:
        """Variance of each point, shape (n,): larger in sweeps of many points, and by scatter.

        A point that states how unsteady it was has that, too.
        """
        rows = np.bincount(group)[group]
        scatter = np.array([observation.scatter_sd for observation in observations])
        unsteady = np.array([observation.unsteady_sd for observation in observations])
        steady = self.noise_sd**2 * np.maximum(1.0, rows / _ROWS_WITH_INDEPENDENT_ERRORS)
        return np.asarray(steady + scatter**2 * rows + unsteady**2)

    def _prior(self) -> Prior:
        """Prior of all eta: terms share the effects on their level."""
        shared = self.effects_.shared(self.labels_, self.labels_)
        each = np.arange(len(self.labels_))
        shared[each, each] = self.effects_.total()  # empty labels included
        return Prior(np.array([prior_mean(labels) for labels in self.labels_]), shared)

    def posterior(self, labels: Labels) -> Posterior:
        """Posterior of a deployment with these labels, cached."""
        if labels not in self._posteriors:
            self._posteriors[labels] = self._posterior(labels)
        return self._posteriors[labels]

    def _posterior(self, labels: Labels) -> Posterior:
        total, keys = by_pairs(self.effects_.total()), keys_of(labels)
        shared = [(key, self._variances[key[0]]) for key in keys]
        if labels in self.labels_:
            # Its run is its own, so this adds the variance that its empty labels have.
            run = ("run", labels.run)
            rest = total - sum(variance for key, variance in shared if key != run)
            shared = [(key, rest if key == run else variance) for key, variance in shared]
        shared = [(key, variance) for key, variance in shared if key in self.sums_]
        mean = prior_mean(labels) + sum(
            variance @ self.sums_.weights(key) for key, variance in shared
        )
        explained = np.zeros((_K, _K))
        if shared:
            keys, variances = [key for key, _ in shared], np.stack([one for _, one in shared])
            blocks = np.stack([[self.sums_.block(left, right) for right in keys] for left in keys])
            explained = (variances @ (blocks @ variances).sum(axis=1)).sum(axis=0)
        covariance = total - explained
        return Posterior(mean, (covariance + covariance.T) / 2.0, worst=worst_of(labels))

    def posterior_without(self, labels: Labels) -> Posterior:
        """Posterior of a deployment from all measurements except those with these labels.

        Its own points are taken out of its posterior again, which is exact if the model is
        linear (the cavity of expectation propagation; Rasmussen and Williams, "Gaussian
        Processes for Machine Learning", eq. 3.56).
        """
        posterior = self.posterior(labels)
        if labels not in self.labels_:
            return posterior
        points = self._points
        own = points.group == self.labels_.index(labels)
        seconds, gradient = seconds_and_gradient(points.x[own], posterior.mean, posterior.worst)
        misfit = points.log_seconds[own] - np.log(seconds)
        weight = student_weight(misfit, points.noise[own])
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
