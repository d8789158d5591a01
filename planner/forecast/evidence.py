"""What the forecast of a deployment rests on: own measurements, published ones, or similar ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from planner.forecast.forecast_values import Basis
from planner.forecast.measured_first_token import STRAY_TTFT, TTFT_NOISE_SD, measured_ttft
from planner.forecast.own_runs import OwnHistory, OwnRun, Run, compare
from planner.forecast.point_noise import SAME_POINT, point_noise, spreads
from planner.learning.from_measurements import Observed
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


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of a deployment's speed: posterior, basis, and the sources behind it.

    ``noise_sd`` is the relative error of a single point around the curve. ``first_token``
    corrects the formula for the time to the first token, None if the owner measured none.
    ``own_runs`` are the user's runs of this deployment, the one that speaks first.
    """

    posterior: Posterior
    basis: Basis
    sources: tuple[str, ...]
    noise_sd: float
    first_token: Residual | None = None
    own_runs: tuple[OwnRun, ...] = ()

    def first_token_at(self, where: Array) -> tuple[float, float]:
        """Log of the correction to the time to the first token at (1, 3), and its sd."""
        if self.first_token is None:
            return 0.0, float(np.sqrt(STRAY_TTFT.variance))
        left_open = np.sqrt(self.first_token.variance(where)[0] + TTFT_NOISE_SD**2)
        return float(self.first_token.correction(where)[0]), float(left_open)


class MeasuredRuns:
    """The measurements that a model was fitted to, by run, and the user's own runs."""

    def __init__(self, fitted: Iterable[Observed], model: ThroughputModel, own: OwnHistory) -> None:
        self._model = model
        self._own = own
        self._runs = _runs_by_deployment(fitted)
        self._known: dict[tuple[Labels, Labels | None], Evidence] = {}
        self._calibrations: dict[Labels, tuple[Evidence, tuple[Observed, ...]]] = {}

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
        """True if the user measured this deployment at this load under these settings.

        Points of a run that the newest one contradicts do not count.
        """
        for run in self._own.speaking:
            if run.deployment != labels.deployment:
                continue
            for row in self._calibrated(run)[1]:
                same = row.deployment.engine.same_settings(engine)
                if same and row.observation.load.is_near(load, SAME_POINT):
                    return True
        return False

    def own_runs(self) -> list[tuple[Run, tuple[OwnRun, ...]]]:
        """Each of the user's runs that speaks, with it and the older ones as they are used."""
        return [
            (run, self._calibrated(labels)[0].own_runs)
            for labels, run in self._own.speaking.items()
        ]

    def _is_own(self, labels: Labels) -> bool:
        return labels in self._own.speaking

    def _resting_on(self, run: Labels | None, labels: Labels) -> Evidence:
        noise_sd = self._model.noise_sd
        if run is None:
            posterior = self._model.posterior(labels).with_sd_times(NOT_YOUR_OWN)
            return Evidence(posterior, *_nearest_basis(labels, self._model.labels_), noise_sd)
        if self._is_own(run):
            known = self._calibrated(run)[0]
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

    def _calibrated(self, labels: Labels) -> tuple[Evidence, tuple[Observed, ...]]:
        """Evidence of a calibration, and the rows of the user's that it rests on, cached."""
        if labels not in self._calibrations:
            self._calibrations[labels] = self._calibrate(labels)
        return self._calibrations[labels]

    def _calibrate(self, labels: Labels) -> tuple[Evidence, tuple[Observed, ...]]:
        """All other measurements, updated with the newest run and the older ones that agree."""
        newest = self._own.speaking[labels]
        prior = self._model.posterior_without(labels).with_sd_times(OPEN_TO_OWN_POINTS)
        noise = newest.noise(CALIBRATION_NOISE_SD)
        posterior = prior.updated(newest.points, newest.log_seconds, noise.points_sd)
        used, rows = [newest.used("speaks", 1.0, noise.sd)], newest.rows
        alone = posterior
        for older in self._own.older.get(labels, ()):
            noise = older.noise(CALIBRATION_NOISE_SD)
            used.append(compare(older, alone, noise))
            if used[-1].role == "supports":
                posterior = posterior.updated(older.points, older.log_seconds, noise.points_sd)
                rows = (*rows, *older.rows)
        sources = tuple(dict.fromkeys(run.source for run in used if run.role != "disagrees"))
        noise_sd = _noise_of(rows)
        first_token = measured_ttft(posterior, rows)
        evidence = Evidence(posterior, "calibrated", sources, noise_sd, first_token, tuple(used))
        return evidence, rows

    def _translated(self, known: Evidence, run: Labels, labels: Labels) -> Evidence:
        """Evidence of a calibration, moved to another KV format by what the others say of both."""
        there, here = (
            self._model.posterior(replace(one, source="", run="")) for one in (run, labels)
        )
        either = by_pairs(2.0 * self._model.effects_.sd["kv_format"] ** 2)
        posterior = known.posterior.moved(here.mean - there.mean).with_extra_variance(either)
        return replace(known, posterior=posterior)

    def _best_run(self, labels: Labels, engine: EngineConfig) -> Labels | None:
        """Choose a deployment's run: the user's own first, then the same mode.

        Of the user's own those under the same engine settings come first, then the newest; of
        published ones the run with the most rows.
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
                self._own.speaking[run].rank if self._is_own(run) else 0,
                runs[run].total(),
                run.engine,
            ),
            default=None,
        )


def _noise_of(rows: Sequence[Observed]) -> float:
    """Relative error of a further point on the machine that these rows were measured on."""
    return point_noise(spreads(rows), CALIBRATION_NOISE_SD).sd


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
