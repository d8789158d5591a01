"""Forecasts for any deployment and load point, and what each of them rests on."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from planner.answer_times import closed_loop, poisson_arrivals
from planner.basis import Work, by_cause, effective_concurrency, work_of
from planner.catalog import Catalog
from planner.curve import Curve
from planner.deployment import Deployment
from planner.effects import EFFECT_SD_CSV, PRIOR_MEAN, Labels, labels_of
from planner.errors import InputError
from planner.first_token import STRAY_TTFT, TTFT_NOISE_SD, measured_ttft
from planner.forecast import ArrivalForecast, Basis, Forecast, Interval, SettingEffect
from planner.load_points import load_points, points_of
from planner.measurement import Measurement
from planner.observations import Observed, Skipped, observe
from planner.posterior import Posterior
from planner.residual import Residual
from planner.setting_effects import described, measured_settings, widened
from planner.throughput import Z90, ThroughputModel

Array = NDArray[np.float64]

MODEL_REVISION = "4"
"""Raised whenever the model's equations or constants change results; see CHANGELOG."""

TRANSFER = 0.5
"""Share of the source and run variance that remains for *your* machine when another
author measured the same deployment: part of what differs between authors is their
workload, which the basis knows."""

NOT_YOUR_OWN = 2.0
"""Factor on the standard deviation of a forecast for hardware that you did not measure:
clients, settings and workloads differ between authors in more than the labels say. Chosen so
that 90 % intervals hold about that share of sources left out: 92 % on the nine it was chosen
on, 81 % on eighteen others, most of whose misses are one-off bursts."""

NEW_MACHINE = 2.0**0.5
"""The same factor where points of this machine are about to be measured, and then say more than
a prior; chosen on replayed calibrations, where half or twice does little."""

CALIBRATION_NOISE_SD = 0.025
"""Relative error of a single point on one machine in one run, where nobody else's habits differ:
the likeliest value on 77 published sweeps, beside what strays smoothly from the physics."""

SAME_POINT = 0.02
"""Lengths and concurrency within 2 % are one load point: bench tools drift by a few tokens."""

_CURVES_KEPT = 20_000  # a bound on a long-lived server's memory: a curve is at most 25 kB


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


class Forecaster:
    """A fitted model with its catalogue. Building one fits it (about 0.3 s for 1,000 measurements).

    ``own_sources`` are the source ids of the user's own calibration runs.
    Raises InputError where ``exclude_sources`` names an unknown source or
    leaves nothing to fit.
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
        self.model = ThroughputModel().fit(
            [row.observation for row in observed], [row.seconds_per_request for row in observed]
        )
        self.model_version = f"{MODEL_REVISION}-{_fingerprint(kept)}"
        self._runs = _runs_by_deployment(self.observed)
        self._evidence: dict[Labels, Evidence] = {}
        self._full_curves: dict[tuple[Deployment, float, float], Curve] = {}

    def evidence(self, deployment: Deployment, mode: str | None = None) -> Evidence:
        """What the forecast of ``deployment`` rests on (cached by its labels).

        ``mode`` is ``online`` (the default) or ``offline``.
        """
        labels = labels_of(deployment, mode)
        if labels not in self._evidence:
            self._evidence[labels] = self._find_evidence(labels)
        return self._evidence[labels]

    def _find_evidence(self, labels: Labels) -> Evidence:
        run = self._best_run(labels)
        if run is not None:
            if run.own:
                return self._calibrated(run.labels)
            posterior = self.model.posterior(run.labels)
            sd = self.model.effects_.sd
            transfer = TRANSFER * (sd["source"] ** 2 + sd["run"] ** 2)
            sources = {r.labels.source for r in self._runs[labels.deployment]}
            posterior = posterior.widened(transfer).scaled(NOT_YOUR_OWN)
            return Evidence(posterior, "reference", tuple(sorted(sources)), self.model.noise_sd)
        posterior = self.model.posterior(labels).scaled(NOT_YOUR_OWN)
        nearest = _nearest_basis(labels, self.model.labels_)
        return Evidence(posterior, *nearest, self.model.noise_sd)

    def new_machine(self, deployment: Deployment, mode: str | None = None) -> Posterior:
        """What is known of a deployment that its owner is about to measure, before and so far."""
        known = self.evidence(deployment, mode)
        if known.basis == "calibrated":
            return known.posterior
        return self.model.posterior(labels_of(deployment, mode)).scaled(NEW_MACHINE)

    def _calibrated(self, labels: Labels) -> Evidence:
        """What the others say of this run's deployment, then its own points."""
        rows = [row for row in self.observed if row.observation.labels == labels]
        points = points_of([row.observation for row in rows])
        log_seconds = np.log([row.seconds_per_request for row in rows])
        prior = self.model.others_say(labels).scaled(NEW_MACHINE)
        posterior = prior.updated(points, log_seconds, CALIBRATION_NOISE_SD)
        first_token = measured_ttft(posterior, rows)
        return Evidence(
            posterior, "calibrated", (labels.source,), CALIBRATION_NOISE_SD, first_token
        )

    def _best_run(self, labels: Labels) -> _Run | None:
        """The run that speaks for a deployment: the user's own, then most rows, then newest."""
        runs = [
            run
            for run in self._runs.get(labels.deployment, ())
            if not labels.engine or run.labels.engine in (labels.engine, "")
        ]
        runs.sort(key=lambda run: (run.own_in(self.own_sources), run.rows, run.labels.engine))
        return replace(runs[-1], own=runs[-1].own_in(self.own_sources)) if runs else None

    def curve(
        self, deployment: Deployment, input_tokens: float, output_tokens: float, concurrency: Array
    ) -> Curve:
        """Seconds per request over an array of concurrencies (n,)."""
        return self._curve(
            deployment, work_of(deployment), input_tokens, output_tokens, concurrency
        )

    def full_curve(
        self, deployment: Deployment, input_tokens: float, output_tokens: float
    ) -> Curve:
        """The curve over every concurrency from 1 to the most that runs together (cached)."""
        key = (deployment, input_tokens, output_tokens)
        if key not in self._full_curves:
            if len(self._full_curves) >= _CURVES_KEPT:
                self._full_curves.clear()
            work = work_of(deployment)
            point = np.array([[input_tokens], [output_tokens], [np.inf]])
            most = int(effective_concurrency(work, *point)[0])
            concurrency = np.arange(1.0, most + 1.0)
            self._full_curves[key] = self._curve(
                deployment, work, input_tokens, output_tokens, concurrency
            )
        return self._full_curves[key]

    def _curve(
        self, deployment: Deployment, work: Work, inputs: float, outputs: float, concurrency: Array
    ) -> Curve:
        ones = np.ones_like(concurrency)
        lengths = inputs * ones, outputs * ones
        running = effective_concurrency(work, *lengths, concurrency)
        points = load_points(work, *lengths, concurrency)
        known = self.evidence(deployment)
        posterior = known.posterior
        log_sd = posterior.log_sd(points, known.noise_sd)
        measured = self._measured_settings(deployment)
        log_sd = widened(log_sd, deployment, posterior.theta, (*lengths, running), measured)
        return Curve(concurrency, running, posterior.seconds(points), log_sd)

    def settings(
        self, deployment: Deployment, input_tokens: float, output_tokens: float, concurrency: float
    ) -> tuple[SettingEffect, ...]:
        """What each engine setting that is not at its default does at a load point."""
        at = np.array([[input_tokens], [output_tokens], [concurrency]])
        posterior = self.evidence(deployment).posterior
        return described(
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
        correction, left_open = _first_token(evidence, where)
        times = closed_loop(terms, concurrency, running, output_tokens, correction)
        ttft_spread = float(np.exp(Z90 * np.hypot(left_open, curve.log_sd[0])))
        return Forecast(
            output_tokens_per_s=_around(output_tokens / seconds, spread),
            requests_per_s=_around(1.0 / seconds, spread),
            e2e_s_mean=e2e,
            ttft_s_mean=_at_most(_around(times.ttft_s.mean, ttft_spread), e2e),
            tpot_ms_mean=_around(times.tpot_ms.mean, spread),
            basis=self._basis_at(deployment, evidence, input_tokens, output_tokens, concurrency),
            seconds_per_request=by_cause(terms),
            effective_concurrency=running,
            sources=evidence.sources,
            model_version=self.model_version,
            answer_times=times,
            settings=self.settings(deployment, input_tokens, output_tokens, concurrency),
        )

    def arrivals(
        self,
        deployment: Deployment,
        input_tokens: float,
        output_tokens: float,
        requests_per_s: float,
    ) -> ArrivalForecast:
        """Answer times of requests that arrive at random at one replica."""
        curve = self.full_curve(deployment, input_tokens, output_tokens)
        spread = np.exp(Z90 * curve.log_sd)[:, None]
        value, fast, slow = (
            poisson_arrivals(requests_per_s, terms, output_tokens)
            for terms in (curve.terms_s, curve.terms_s / spread, curve.terms_s * spread)
        )
        return ArrivalForecast(value, fast, slow)

    def _basis_at(
        self,
        deployment: Deployment,
        evidence: Evidence,
        input_tokens: float,
        output_tokens: float,
        concurrency: float,
    ) -> Basis:
        unsure = deployment.engine.changed_settings - self._measured_settings(deployment)
        if unsure or evidence.basis != "calibrated":
            return evidence.basis
        wanted = np.array([input_tokens, output_tokens, concurrency])
        name = labels_of(deployment).deployment
        for row in self.observed:
            o = row.observation
            if o.labels.deployment != name or o.labels.source not in self.own_sources:
                continue
            point = np.array([o.input_tokens, o.output_tokens, o.concurrency])
            if np.all(np.abs(point / wanted - 1.0) <= SAME_POINT):
                return "measured"
        return "calibrated"


@dataclass(frozen=True, slots=True)
class _Run:
    labels: Labels
    rows: int
    own: bool = False

    def own_in(self, own_sources: Collection[str]) -> bool:
        return self.labels.source in own_sources


def _around(value: float, spread: float) -> Interval:
    return Interval(value, value / spread, value * spread)


def _at_most(interval: Interval, whole: Interval) -> Interval:
    """A part of a time, which ends before the whole does."""
    return Interval(interval.value, interval.low, min(interval.high, whole.high))


def _first_token(evidence: Evidence, where: Array) -> tuple[float, float]:
    """Log correction of the formula's time to the first token, and what is left open, as sd."""
    if evidence.first_token is None:
        return 0.0, float(np.sqrt(STRAY_TTFT.variance))
    known = evidence.first_token
    left_open = np.sqrt(known.variance(where)[0] + TTFT_NOISE_SD**2)
    return float(known.correction(where)[0]), float(left_open)


def _runs_by_deployment(observed: Iterable[Observed]) -> dict[str, list[_Run]]:
    rows: dict[Labels, int] = {}
    for row in observed:
        rows[row.observation.labels] = rows.get(row.observation.labels, 0) + 1
    runs: dict[str, list[_Run]] = {}
    for labels, count in rows.items():
        runs.setdefault(labels.deployment, []).append(_Run(labels, count))
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
    """Eight hex digits that change whenever the data or the model's constants change."""
    digest = hashlib.sha256(EFFECT_SD_CSV.read_bytes() + PRIOR_MEAN.tobytes())
    constants = (MODEL_REVISION, TRANSFER, NOT_YOUR_OWN, NEW_MACHINE, CALIBRATION_NOISE_SD)
    digest.update(repr(constants).encode())
    for row in sorted(repr(row) for row in rows):
        digest.update(row.encode())
    return digest.hexdigest()[:8]
