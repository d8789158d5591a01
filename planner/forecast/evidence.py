"""What the forecast of a deployment rests on: own measurements, published ones, or similar ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from planner.forecast.forecast_values import Basis
from planner.forecast.measured_first_token import STRAY_TTFT, TTFT_NOISE_SD, measured_ttft
from planner.learning.from_measurements import Observed
from planner.learning.observation import points_of
from planner.learning.posterior import Posterior
from planner.learning.random_effects import Labels, by_pairs
from planner.learning.residual import Residual
from planner.learning.throughput import ThroughputModel
from planner.physics.load_points import MeanLoad
from planner.vllm.engine_settings import EngineConfig

Array = NDArray[np.float64]

TRANSFER = 0.5
"""Share of the source and run variance that remains for *your* machine if another author
measured the same deployment. The rest of what differs between authors is their workload,
which the physics accounts for."""

NOT_YOUR_OWN = 1.2
"""Factor on the standard deviation for hardware that you did not measure: clients, settings and
workloads differ between authors in more than the labels say. With it 90 % intervals hold about
that share of the sources that are left out."""

OPEN_TO_OWN_POINTS = 2.0
"""The same factor before own measurements are taken in. They weigh more because of it; half or
twice of it changes replayed calibrations little."""

CALIBRATION_NOISE_SD = 0.025
"""Relative error of a single point on one machine in one run: the most likely value on 77
published sweeps, in addition to the smooth deviation from the physics (``posterior.STRAY``)."""

SAME_POINT = 0.02
"""Lengths and concurrency within 2 % are one load point: bench tools drift by a few tokens."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of a deployment's speed: posterior, basis, and the sources behind it.

    ``noise_sd`` is the relative error of a single point around the curve. ``first_token``
    corrects the formula for the time to the first token, None if the owner measured none.
    """

    posterior: Posterior
    basis: Basis
    sources: tuple[str, ...]
    noise_sd: float
    first_token: Residual | None = None

    def first_token_at(self, where: Array) -> tuple[float, float]:
        """Log of the correction to the time to the first token at (1, 3), and its sd."""
        if self.first_token is None:
            return 0.0, float(np.sqrt(STRAY_TTFT.variance))
        left_open = np.sqrt(self.first_token.variance(where)[0] + TTFT_NOISE_SD**2)
        return float(self.first_token.correction(where)[0]), float(left_open)


class MeasuredRuns:
    """All usable measurements by run, with the fit to them and the user's own source ids."""

    def __init__(
        self, observed: Sequence[Observed], model: ThroughputModel, own_sources: Collection[str]
    ) -> None:
        self._observed = observed
        self._model = model
        self._own_sources = frozenset(own_sources)
        self._runs = _runs_by_deployment(observed)
        self._known: dict[tuple[Labels, Labels | None], Evidence] = {}

    def evidence_for(self, labels: Labels, engine: EngineConfig) -> Evidence:
        """Evidence for a deployment, cached: the user's own run, else the best published run, else
        what similar deployments say.
        """
        run = self._best_run(labels, engine)
        if (labels, run) not in self._known:
            self._known[labels, run] = self._resting_on(run, labels)
        return self._known[labels, run]

    def prior_for_calibration(self, labels: Labels, engine: EngineConfig) -> Posterior:
        """Posterior of a deployment before its next measurement, own points included."""
        known = self.evidence_for(labels, engine)
        if known.basis == "calibrated":
            return known.posterior
        return self._model.posterior(labels).with_sd_times(OPEN_TO_OWN_POINTS)

    def measured_at(self, labels: Labels, engine: EngineConfig, load: MeanLoad) -> bool:
        """True if the user measured this deployment at this load under these settings."""
        for row in self._observed:
            at = row.observation
            if at.labels.deployment != labels.deployment or not self._is_own(at.labels):
                continue
            if not row.deployment.engine.same_settings(engine):
                continue
            if at.load.is_near(load, SAME_POINT):
                return True
        return False

    def _is_own(self, labels: Labels) -> bool:
        return labels.source in self._own_sources

    def _resting_on(self, run: Labels | None, labels: Labels) -> Evidence:
        noise_sd = self._model.noise_sd
        if run is None:
            posterior = self._model.posterior(labels).with_sd_times(NOT_YOUR_OWN)
            return Evidence(posterior, *_nearest_basis(labels, self._model.labels_), noise_sd)
        if self._is_own(run):
            known = self._calibrated(run)
            return (
                known if run.kv_format == labels.kv_format else self._translated(known, run, labels)
            )
        sd = self._model.effects_.sd
        transfer = TRANSFER * by_pairs(sd["source"] ** 2 + sd["run"] ** 2)
        posterior = (
            self._model.posterior(run).with_extra_variance(transfer).with_sd_times(NOT_YOUR_OWN)
        )
        sources = {other.source for other in self._runs[labels.deployment]}
        return Evidence(posterior, "reference", tuple(sorted(sources)), noise_sd)

    def _calibrated(self, run: Labels) -> Evidence:
        """Evidence of a calibration: all other measurements, updated with its own points."""
        rows = [row for row in self._observed if row.observation.labels == run]
        points = points_of([row.observation for row in rows])
        log_seconds = np.log([row.seconds_per_request for row in rows])
        prior = self._model.posterior_without(run).with_sd_times(OPEN_TO_OWN_POINTS)
        posterior = prior.updated(points, log_seconds, CALIBRATION_NOISE_SD)
        first_token = measured_ttft(posterior, rows)
        return Evidence(posterior, "calibrated", (run.source,), CALIBRATION_NOISE_SD, first_token)

    def _translated(self, known: Evidence, run: Labels, labels: Labels) -> Evidence:
        """Evidence of a calibration, moved to another KV format by what the others say of both."""
        there, here = (
            self._model.posterior(replace(one, source="", run="")) for one in (run, labels)
        )
        either = by_pairs(2.0 * self._model.effects_.sd["kv_format"] ** 2)
        posterior = known.posterior.moved(here.mean - there.mean).with_extra_variance(either)
        return replace(known, posterior=posterior)

    def _best_run(self, labels: Labels, engine: EngineConfig) -> Labels | None:
        """Choose a deployment's run: the user's own first, then the same mode, then the most rows.

        Among the user's own runs those under the same engine settings come first.
        """
        runs = {
            run: rows
            for run, rows in self._runs.get(labels.deployment, {}).items()
            if (not labels.engine or run.engine in (labels.engine, ""))
            and (not labels.era or run.era in (labels.era, ""))
            and (self._is_own(run) or run.kv_format == labels.kv_format)
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
    """Number of rows of each run of each deployment, by engine settings."""
    runs: dict[str, dict[Labels, Counter[EngineConfig]]] = {}
    for row in observed:
        labels = row.observation.labels
        of_deployment = runs.setdefault(labels.deployment, {})
        of_deployment.setdefault(labels, Counter())[row.deployment.engine] += 1
    return runs


def _nearest_basis(labels: Labels, known: Iterable[Labels]) -> tuple[Basis, tuple[str, ...]]:
    """Basis and sources of a deployment that was not measured itself.

    ``reference`` if its GPU was measured with its quantization, else ``extrapolated``.
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
