"""Forecasts of any deployment at any load point, and what each rests on."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from planner.catalog.lookup import Catalog
from planner.errors import InputError
from planner.forecast.answer_times import closed_loop, poisson_arrivals
from planner.forecast.curve import Curve
from planner.forecast.evidence import (
    CALIBRATION_NOISE_SD,
    NOT_YOUR_OWN,
    OPEN_TO_OWN_POINTS,
    TRANSFER,
    Evidence,
    MeasuredRuns,
)
from planner.forecast.forecast_values import (
    ArrivalForecast,
    Basis,
    Forecast,
    Interval,
)
from planner.forecast.measured_first_token import STRAY_TTFT
from planner.forecast.own_runs import DISAGREES_BEYOND, OwnRun, own_history
from planner.forecast.point_noise import RUN_WEIGHT, USUAL_WEIGHT
from planner.forecast.provenance import Provenance, PublishedMeasurements
from planner.forecast.setting_effects import (
    describe_settings,
    log_sd_with_settings,
    measured_settings,
)
from planner.forecast.setting_figures import SettingEffect
from planner.learning.from_measurements import Observed, Skipped, observe
from planner.learning.posterior import STATED_COUNTS_AS, STRAY, Posterior
from planner.learning.random_effects import (
    EFFECT_SD_CSV,
    PRIOR_THETA,
    STEP_OVERHEAD_MS,
    labels_of,
)
from planner.learning.throughput import Z90, ThroughputModel
from planner.physics.concurrency import effective_concurrency, most_of_a_mix
from planner.physics.efficiency import WORST
from planner.physics.load_points import LoadPoints, MeanLoad, load_points, mixed_load_points
from planner.physics.terms import by_cause
from planner.physics.work import work_of
from planner.records.measurement import Measurement, stated_columns
from planner.vllm.deployment import Deployment
from planner.vllm.scheduler import keeps_prompts_apart
from planner.workload.request_mix import RequestMix

Array = NDArray[np.float64]

MODEL_REVISION = "11"
"""Increase it whenever equations or constants change results, and say so in CHANGELOG.md."""

_CURVES_KEPT = 20_000  # a bound on a long-lived server's memory: a curve is at most 25 kB


class Forecaster:
    """A fitted model with its catalogue.

    The constructor fits the model, which takes about 0.3 s for 1,000 measurements.
    ``own_sources`` are the source ids of the user's own calibration runs.
    Raises InputError if ``exclude_sources`` names an unknown source or leaves nothing to fit.
    """

    def __init__(
        self,
        measurements: Iterable[Measurement],
        catalog: Catalog,
        own_sources: Collection[str] = (),
        exclude_sources: Collection[str] = (),
    ) -> None:
        rows = list(measurements)
        _refuse_unknown_sources(rows, exclude_sources)
        kept = [row for row in rows if row.source_id not in exclude_sources]
        self.catalog = catalog
        self.own_sources = frozenset(own_sources)
        observed, skipped = observe(kept, catalog)
        if not observed:
            raise InputError(
                "no usable measurement is left to forecast from; exclude fewer sources or run "
                "`planner import FILE`",
                field="exclude_sources",
            )
        self.observed: tuple[Observed, ...] = tuple(observed)
        self.skipped: tuple[Skipped, ...] = tuple(skipped)
        own = own_history(observed, self.own_sources)
        fitted = own.fitted(observed)
        self.model = ThroughputModel().fit(
            [row.observation for row in fitted], [row.seconds_per_request for row in fitted]
        )
        self.model_version = f"{MODEL_REVISION}-{_fingerprint(kept)}"
        self._runs = MeasuredRuns(fitted, self.model, own)
        self._full_curves: dict[tuple[Deployment, RequestMix], Curve] = {}

    @property
    def measurements(self) -> tuple[Measurement, ...]:
        """Measurements that forecasts can use; ``skipped`` holds the others with the reason."""
        return tuple(row.measurement for row in self.observed)

    def evidence(self, deployment: Deployment, mode: str | None = None) -> Evidence:
        """What the forecast of ``deployment`` rests on, cached by labels and run.

        ``mode`` is ``online`` (the default) or ``offline``.
        """
        return self._runs.evidence_for(labels_of(deployment, mode), deployment.engine)

    def evidence_like(self, row: Observed) -> Evidence:
        """What the forecast of a measurement's deployment rests on, by its own labels."""
        labels = replace(row.observation.labels, source="", run="")
        return self._runs.evidence_for(labels, row.deployment.engine)

    @cached_property
    def _published(self) -> PublishedMeasurements:
        return PublishedMeasurements(
            row for row in self.observed if row.measurement.source_id not in self.own_sources
        )

    def provenance(self, deployment: Deployment) -> Provenance:
        """What the published measurements share with ``deployment``, and what not."""
        return self._published.provenance(deployment)

    def own_runs(self) -> list[tuple[Deployment, tuple[OwnRun, ...]]]:
        """Each deployment of the user's: its newest run, and the older ones as they are used."""
        return [(run.rows[0].deployment, used) for run, used in self._runs.own_runs()]

    def prior_like(self, row: Observed) -> Posterior:
        """Posterior of a measurement's deployment before it is measured, by its own labels."""
        labels = replace(row.observation.labels, source="", run="")
        return self._runs.prior_for_calibration(labels, row.deployment.engine)

    def prior_for_calibration(self, deployment: Deployment, mode: str | None = None) -> Posterior:
        """Posterior of a deployment before its next measurement, own points included."""
        return self._runs.prior_for_calibration(labels_of(deployment, mode), deployment.engine)

    def curve(
        self, deployment: Deployment, input_tokens: float, output_tokens: float, concurrency: Array
    ) -> Curve:
        """Seconds per request over an array of concurrencies (n,)."""
        work, ones = work_of(deployment), np.ones_like(concurrency)
        lengths = input_tokens * ones, output_tokens * ones
        running = effective_concurrency(work, *lengths, concurrency)
        points = load_points(work, *lengths, concurrency)
        return self._curve(deployment, points, concurrency, running)

    def full_curve(self, deployment: Deployment, mix: RequestMix) -> Curve:
        """The curve over every concurrency from 1 to the most that can run together, cached."""
        key = (deployment, mix)
        if key not in self._full_curves:
            if len(self._full_curves) >= _CURVES_KEPT:
                self._full_curves.clear()
            work = work_of(deployment)
            concurrency = np.arange(1.0, int(most_of_a_mix(work, mix)) + 1.0)
            points = mixed_load_points(work, mix, concurrency)
            self._full_curves[key] = self._curve(deployment, points, concurrency, concurrency)
        return self._full_curves[key]

    def curve_like(
        self, row: Observed, input_tokens: Array, output_tokens: Array, concurrency: Array
    ) -> Curve:
        """Seconds per request under a measurement's conditions at n other loads, each array (n,).

        A static batch is a run of its own; any other load counts as steady.
        """
        at = (input_tokens, output_tokens, concurrency)
        requests = concurrency if row.measurement.load == "static_batch" else None
        points = load_points(row.observation.work, *at, requests)
        running = np.exp(points.where[:, 2])
        return self._curve_on(self.evidence_like(row), row.deployment, points, concurrency, running)

    def _curve(
        self, deployment: Deployment, points: LoadPoints, concurrency: Array, running: Array
    ) -> Curve:
        known = self.evidence(deployment)
        return self._curve_on(known, deployment, points, concurrency, running)

    def _curve_on(
        self,
        known: Evidence,
        deployment: Deployment,
        points: LoadPoints,
        concurrency: Array,
        running: Array,
    ) -> Curve:
        posterior = known.posterior
        log_sd = posterior.log_sd(points, known.noise_sd)
        measured = self._measured_settings(deployment)
        inputs, outputs = np.exp(points.where[:, 0]), np.exp(points.where[:, 1])
        log_sd = log_sd_with_settings(
            log_sd, deployment, posterior.theta, inputs, outputs, running, measured
        )
        return Curve(concurrency, running, posterior.seconds(points), log_sd)

    def settings(
        self, deployment: Deployment, input_tokens: float, output_tokens: float, concurrency: float
    ) -> tuple[SettingEffect, ...]:
        """Effect of each engine setting that is not at its default, at a load point."""
        at = np.array([[input_tokens], [output_tokens], [concurrency]])
        posterior = self.evidence(deployment).posterior
        return describe_settings(
            deployment,
            input_tokens,
            lambda other: float(posterior.seconds(load_points(work_of(other), *at)).sum()),
            self._measured_settings(deployment),
        )

    def _measured_settings(self, deployment: Deployment) -> frozenset[str]:
        return measured_settings(deployment, self.observed, self.own_sources)

    def forecast(
        self, deployment: Deployment, input_tokens: float, output_tokens: float, concurrency: float
    ) -> Forecast:
        """Throughput, latency and causes at one load point, each with its 90 % interval."""
        curve = self.curve(deployment, input_tokens, output_tokens, np.array([concurrency]))
        terms, running = curve.terms_s[0], float(curve.running[0])
        seconds, spread = float(terms.sum()), float(np.exp(Z90 * curve.log_sd[0]))
        e2e = _around(concurrency * seconds, spread)
        evidence = self.evidence(deployment)
        where = np.log([[input_tokens, output_tokens, running]])
        correction, left_open = evidence.first_token_at(where)
        apart = keeps_prompts_apart(deployment)
        times = closed_loop(terms, concurrency, running, output_tokens, correction, apart)
        ttft_spread = float(np.exp(Z90 * np.hypot(left_open, curve.log_sd[0])))
        return Forecast(
            output_tokens_per_s=_around(output_tokens / seconds, spread),
            requests_per_s=_around(1.0 / seconds, spread),
            e2e_s_mean=e2e,
            ttft_s_mean=_at_most(_around(times.ttft_s.mean, ttft_spread), e2e),
            tpot_ms_mean=_around(times.tpot_ms.mean, spread),
            basis=self._basis_at(
                deployment, evidence, MeanLoad(input_tokens, output_tokens, concurrency)
            ),
            seconds_per_request=by_cause(terms),
            effective_concurrency=running,
            sources=evidence.sources,
            model_version=self.model_version,
            answer_times=times,
            settings=self.settings(deployment, input_tokens, output_tokens, concurrency),
            own_runs=evidence.own_runs,
            provenance=self.provenance(deployment),
        )

    def arrivals(
        self,
        deployment: Deployment,
        input_tokens: float,
        output_tokens: float,
        requests_per_s: float,
    ) -> ArrivalForecast:
        """Answer times at one replica if requests arrive at random."""
        mix = RequestMix.of_equal(input_tokens, output_tokens)
        curve = self.full_curve(deployment, mix)
        spread = np.exp(Z90 * curve.log_sd)[:, None]
        apart = keeps_prompts_apart(deployment)
        value, fast, slow = (
            poisson_arrivals(requests_per_s, terms, output_tokens, apart)
            for terms in (curve.terms_s, curve.terms_s / spread, curve.terms_s * spread)
        )
        return ArrivalForecast(value, fast, slow)

    def _basis_at(self, deployment: Deployment, evidence: Evidence, load: MeanLoad) -> Basis:
        if evidence.basis != "calibrated":
            return evidence.basis
        labels, engine = labels_of(deployment), deployment.engine
        return "measured" if self._runs.measured_at(labels, engine, load) else "calibrated"


def _around(value: float, spread: float) -> Interval:
    return Interval(value, value / spread, value * spread)


def _at_most(interval: Interval, whole: Interval) -> Interval:
    """``interval``, its upper end cut at that of ``whole``: a part ends before the whole does."""
    return Interval(interval.value, interval.low, min(interval.high, whole.high))


def _refuse_unknown_sources(rows: list[Measurement], exclude: Collection[str]) -> None:
    known = {row.source_id for row in rows}
    for source in exclude:
        if source not in known:
            raise InputError(
                f"unknown source {source!r}; known are {', '.join(sorted(known))}: "
                "see `planner catalog sources`",
                field="exclude_sources",
            )


def _fingerprint(rows: Iterable[Measurement]) -> str:
    """Eight hex digits that change if the data or the model's constants change."""
    digest = hashlib.sha256(EFFECT_SD_CSV.read_bytes())
    constants = (
        *(MODEL_REVISION, PRIOR_THETA, STEP_OVERHEAD_MS, WORST, TRANSFER, NOT_YOUR_OWN),
        *(OPEN_TO_OWN_POINTS, CALIBRATION_NOISE_SD, STRAY, STRAY_TTFT),
        *(DISAGREES_BEYOND, USUAL_WEIGHT, RUN_WEIGHT, STATED_COUNTS_AS),
    )
    digest.update(repr(constants).encode())
    for row in sorted(map(_content, rows)):
        digest.update(row.encode())
    return digest.hexdigest()[:8]


def _content(row: Measurement) -> str:
    """The row as ``repr`` writes it, without later columns that it does not state."""
    values = (f"{name}={getattr(row, name)!r}" for name in stated_columns([row]))
    return f"{type(row).__name__}({', '.join(values)})"
