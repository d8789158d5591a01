"""What the forecast of a deployment rests on: its owner's points, other people's, or its like."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.forecast.first_token import STRAY_TTFT, TTFT_NOISE_SD, measured_ttft
from planner.forecast.forecast_values import Basis
from planner.learning.observation import points_of
from planner.learning.observations import Observed
from planner.learning.posterior import Posterior
from planner.learning.random_effects import Labels
from planner.learning.residual import Residual
from planner.learning.throughput import ThroughputModel
from planner.vllm.engine_settings import EngineConfig

Array = NDArray[np.float64]

TRANSFER = 0.5
"""Share of the source and run variance that remains for *your* machine when another
author measured the same deployment: part of what differs between authors is their
workload, which the basis knows."""

NOT_YOUR_OWN = 2.0
"""Factor on the standard deviation of what is known of hardware that you did not measure:
clients, settings and workloads differ between authors in more than the labels say. Chosen so
that 90 % intervals hold about that share of sources left out. Where points of the machine are
taken in, they then weigh the more; half or twice of it does little to replayed calibrations."""

CALIBRATION_NOISE_SD = 0.025
"""Relative error of a single point on one machine in one run, where nobody else's habits differ:
the likeliest value on 77 published sweeps, beside what strays smoothly from the physics."""

SAME_POINT = 0.02
"""Lengths and concurrency within 2 % are one load point: bench tools drift by a few tokens."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of a deployment's speed: posterior, basis, and the sources behind it.

    ``noise_sd`` is the relative error of a single point around the curve, ``first_token``
    what the owner's measurements say of the time to the first token.
    """

    posterior: Posterior
    basis: Basis
    sources: tuple[str, ...]
    noise_sd: float
    first_token: Residual | None = None

    def first_token_at(self, where: Array) -> tuple[float, float]:
        """Log correction of the formula's time to the first token at (1, 3), and its sd."""
        if self.first_token is None:
            return 0.0, float(np.sqrt(STRAY_TTFT.variance))
        left_open = np.sqrt(self.first_token.variance(where)[0] + TTFT_NOISE_SD**2)
        return float(self.first_token.correction(where)[0]), float(left_open)


class Witnesses:
    """Everything that was measured, with the fit to it and which sources are the user's own."""

    def __init__(
        self, observed: Sequence[Observed], model: ThroughputModel, own_sources: Collection[str]
    ) -> None:
        self._observed = observed
        self._model = model
        self._own_sources = frozenset(own_sources)
        self._runs = _runs_by_deployment(observed)
        self._known: dict[tuple[Labels, Labels | None], Evidence] = {}

    def of(self, labels: Labels, engine: EngineConfig) -> Evidence:
        """The user's own run of a deployment, else the best of others, else its like (cached)."""
        run = self._best_run(labels, engine)
        if (labels, run) not in self._known:
            self._known[labels, run] = self._resting_on(run, labels)
        return self._known[labels, run]

    def before_measuring(self, labels: Labels, engine: EngineConfig) -> Posterior:
        """What is known of a deployment that its owner is about to measure, or measures."""
        known = self.of(labels, engine)
        if known.basis == "calibrated":
            return known.posterior
        return self._model.posterior(labels).scaled(NOT_YOUR_OWN)

    def measured_at(
        self, labels: Labels, engine: EngineConfig, load: tuple[float, float, float]
    ) -> bool:
        """Whether the owner measured this deployment at this very load, under these settings.

        ``load`` is input tokens, output tokens and concurrency.
        """
        wanted = np.array(load)
        for row in self._observed:
            at = row.observation
            if at.labels.deployment != labels.deployment or not self._is_own(at.labels):
                continue
            if not row.deployment.engine.same_settings(engine):
                continue
            point = np.array([at.input_tokens, at.output_tokens, at.concurrency])
            if np.all(np.abs(point / wanted - 1.0) <= SAME_POINT):
                return True
        return False

    def _is_own(self, labels: Labels) -> bool:
        return labels.source in self._own_sources

    def _resting_on(self, run: Labels | None, labels: Labels) -> Evidence:
        noise_sd = self._model.noise_sd
        if run is None:
            posterior = self._model.posterior(labels).scaled(NOT_YOUR_OWN)
            return Evidence(posterior, *_nearest_basis(labels, self._model.labels_), noise_sd)
        if self._is_own(run):
            return self._calibrated(run)
        sd = self._model.effects_.sd
        transfer = TRANSFER * (sd["source"] ** 2 + sd["run"] ** 2)
        posterior = self._model.posterior(run).widened(transfer).scaled(NOT_YOUR_OWN)
        sources = {other.source for other in self._runs[labels.deployment]}
        return Evidence(posterior, "reference", tuple(sorted(sources)), noise_sd)

    def _calibrated(self, run: Labels) -> Evidence:
        """What the others say of this run's deployment, then its own points."""
        rows = [row for row in self._observed if row.observation.labels == run]
        points = points_of([row.observation for row in rows])
        log_seconds = np.log([row.seconds_per_request for row in rows])
        prior = self._model.others_say(run).scaled(NOT_YOUR_OWN)
        posterior = prior.updated(points, log_seconds, CALIBRATION_NOISE_SD)
        first_token = measured_ttft(posterior, rows)
        return Evidence(posterior, "calibrated", (run.source,), CALIBRATION_NOISE_SD, first_token)

    def _best_run(self, labels: Labels, engine: EngineConfig) -> Labels | None:
        """The run that speaks for a deployment: the user's own, of the same mode, of most rows.

        Of the user's own runs, one under the same settings before all others.
        """
        runs = {
            run: rows
            for run, rows in self._runs.get(labels.deployment, {}).items()
            if not labels.engine or run.engine in (labels.engine, "")
        }
        return max(
            runs,
            key=lambda run: (
                self._is_own(run),
                run.mode == labels.mode,
                self._is_own(run) and any(map(engine.same_settings, runs[run])),
                runs[run].total(),
                run.engine,
            ),
            default=None,
        )


def _runs_by_deployment(
    observed: Iterable[Observed],
) -> dict[str, dict[Labels, Counter[EngineConfig]]]:
    """How many rows each run of each deployment has, by the engine settings in force."""
    runs: dict[str, dict[Labels, Counter[EngineConfig]]] = {}
    for row in observed:
        labels = row.observation.labels
        of_deployment = runs.setdefault(labels.deployment, {})
        of_deployment.setdefault(labels, Counter())[row.deployment.engine] += 1
    return runs


def _nearest_basis(labels: Labels, known: Iterable[Labels]) -> tuple[Basis, tuple[str, ...]]:
    """Basis and sources of a deployment that was not measured itself.

    Those of its card with its quantization; else of its like, extrapolated.
    """
    known = list(known)
    on_this_card = {
        other.source
        for other in known
        if (other.gpu, other.quantization) == (labels.gpu, labels.quantization)
    }
    if on_this_card:
        return "reference", tuple(sorted(on_this_card))
    alike = {other.source for other in known if other.architecture == labels.architecture}
    return "extrapolated", tuple(sorted(alike or {other.source for other in known}))
