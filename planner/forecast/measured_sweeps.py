"""Measured sweeps: measurements that differ in one quantity alone, and the forecast along it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import median

import numpy as np
from numpy.typing import NDArray

from planner.catalog.gpu import gpu_group
from planner.catalog.lookup import Catalog
from planner.forecast.article_analyses import LARGEST_LENGTHS, Analysis, Quantity, is_vllm
from planner.forecast.forecast_values import Interval
from planner.forecast.forecaster import Forecaster
from planner.learning.from_measurements import (
    Observed,
    concurrency_of,
    deployment_of,
    observe,
    output_tokens_of,
)
from planner.learning.throughput import Z90
from planner.records.measurement import Measurement
from planner.vllm.deployment import Deployment

Array = NDArray[np.float64]

SAME = 1.1
"""Lengths and concurrencies within a tenth of the smallest are of one sweep: measured means
differ from point to point."""

NOT_STATED = "not stated"

LENGTHS: tuple[Quantity, ...] = ("input_tokens", "output_tokens", "concurrency")


@dataclass(frozen=True, slots=True)
class MeasuredRow:
    """A measurement with the deployment that it names, as far as the catalogue knows it.

    ``observed`` is None if no forecast can be made under its conditions. ``lengths_stated`` is
    False if they are the article's largest lengths, which stand in for lengths not stated.
    """

    measurement: Measurement
    deployment: Deployment | None
    observed: Observed | None
    own: bool
    lengths_stated: bool = True

    @property
    def gpu(self) -> str:
        """The catalogue's name of the GPU, else the measurement's."""
        return self.measurement.gpu if self.deployment is None else self.deployment.gpu.name

    @property
    def model(self) -> str:
        """The catalogue's model whose shape it has, else the measurement's own name."""
        return self.measurement.model if self.deployment is None else self.deployment.model.hf_id

    @property
    def quantization(self) -> str:
        """The format of the weights."""
        if self.deployment is None:
            return self.measurement.quantization or NOT_STATED
        return self.deployment.quantization

    @property
    def output_tokens_per_s(self) -> float | None:
        """Over all requests, as stated or from the requests per second."""
        m, outputs = self.measurement, output_tokens_of(self.measurement)
        if m.output_tokens_per_s is None and m.requests_per_s and outputs:
            return m.requests_per_s * outputs
        return m.output_tokens_per_s

    def at(self, quantity: Quantity) -> float | str | None:
        """Tokens, requests in flight, or the GPUs by name; None if not stated."""
        if quantity == "gpu":
            count = self.measurement.gpu_count
            return self.gpu if count == 1 else gpu_group(count, self.gpu)
        if quantity == "input_tokens":
            return self.measurement.input_tokens
        if quantity == "output_tokens":
            return output_tokens_of(self.measurement)
        return concurrency_of(self.measurement)


@dataclass(frozen=True, slots=True)
class Sweep:
    """Measurements that differ in ``varied`` alone, in its order; that of GPUs is by speed."""

    varied: Quantity
    rows: tuple[MeasuredRow, ...]

    @property
    def own(self) -> bool:
        """True if the user measured any of its rows."""
        return any(row.own for row in self.rows)

    def typical(self, quantity: Quantity) -> float | None:
        """Median of a quantity that does not vary; None if not stated."""
        values = [v for row in self.rows if isinstance(v := row.at(quantity), float | int)]
        return median(values) if values else None


@dataclass(frozen=True, slots=True)
class SweepForecast:
    """Forecast output tokens/s along a sweep, each with its 90 % interval."""

    at: tuple[float, ...]
    output_tokens_per_s: tuple[Interval, ...]


def measured_rows(fitted: Forecaster) -> tuple[MeasuredRow, ...]:
    """Every measurement of the forecaster, those that it cannot learn from included."""
    learnt = (_row(row.measurement, row, fitted) for row in fitted.observed)
    others = (_row(skipped.measurement, None, fitted) for skipped in fitted.skipped)
    return (*learnt, *others)


def _row(measurement: Measurement, observed: Observed | None, fitted: Forecaster) -> MeasuredRow:
    own = measurement.source_id in fitted.own_sources
    if observed is not None:
        return MeasuredRow(measurement, observed.deployment, observed, own)
    deployment = deployment_of(measurement, fitted.catalog)
    known = None if isinstance(deployment, str) else deployment
    return MeasuredRow(measurement, known, None, own)


def sweeps_of(rows: Iterable[MeasuredRow], analysis: Analysis, catalog: Catalog) -> list[Sweep]:
    """The sweeps of an analysis, each of at least two points that differ.

    A single point of another engine than vLLM counts too, because it is what vLLM is compared
    with, and so does one GPU of the user's own.
    """
    groups: dict[tuple[object, ...], list[MeasuredRow]] = {}
    for row in rows:
        if not analysis.counts(row.measurement) or row.output_tokens_per_s is None:
            continue
        if row.at(analysis.varied) is None:
            continue
        if analysis.varied == "gpu":
            row = _with_lengths(row, catalog)
        groups.setdefault(_conditions(row, analysis.varied), []).append(row)
    parts = list(groups.values())
    for quantity in LENGTHS:
        if quantity != analysis.varied:
            parts = [alike for part in parts for alike in _alike(part, quantity)]
    return [_sweep(part, analysis.varied) for part in parts if _is_sweep(part, analysis.varied)]


def _with_lengths(row: MeasuredRow, catalog: Catalog) -> MeasuredRow:
    """The row as if measured at the article's largest lengths, if it states none."""
    m = row.measurement
    if m.input_tokens is not None or m.output_tokens is not None or not is_vllm(m):
        return row
    inputs, outputs = LARGEST_LENGTHS
    observed, _ = observe([replace(m, input_tokens=inputs, output_tokens=outputs)], catalog)
    return replace(row, observed=observed[0] if observed else None, lengths_stated=False)


def _conditions(row: MeasuredRow, varied: Quantity) -> tuple[object, ...]:
    """Everything that the rows of a sweep share, apart from lengths and concurrency."""
    m = row.measurement
    kv_format = None if row.deployment is None else row.deployment.engine.kv_cache_dtype
    served = (row.model, row.quantization, kv_format, m.engine.lower(), m.mode, m.engine_settings)
    if varied == "gpu":
        return served
    return (*served, m.source_id, row.gpu, m.gpu_memory_gb, m.gpu_count, m.model,
            m.quantization, m.engine_version, m.load)  # fmt: skip


def _alike(rows: Sequence[MeasuredRow], quantity: Quantity) -> list[list[MeasuredRow]]:
    """The rows in groups whose quantity differs by at most a tenth; one for those without it."""
    stated = [(float(v), row) for row in rows if isinstance(v := row.at(quantity), float | int)]
    groups: list[list[MeasuredRow]] = []
    start = 0.0
    for value, row in sorted(stated, key=lambda pair: pair[0]):
        if not groups or value > SAME * start:
            groups.append([])
            start = value
        groups[-1].append(row)
    without = [row for row in rows if row.at(quantity) is None]
    return [*groups, without] if without else groups


def _is_sweep(rows: Sequence[MeasuredRow], varied: Quantity) -> bool:
    """True if what varies does so by more than a tenth, or another engine was measured.

    One GPU of the user's own is a sweep too: it stands beside those of others.
    """
    if not all(is_vllm(row.measurement) for row in rows):
        return True
    if varied == "gpu":
        return len({row.at(varied) for row in rows}) > 1 or any(row.own for row in rows)
    places = [float(row.at(varied) or 0.0) for row in rows]
    return max(places) > SAME * min(places)


def _sweep(rows: Sequence[MeasuredRow], varied: Quantity) -> Sweep:
    if varied == "gpu":
        return Sweep(varied, tuple(sorted(rows, key=lambda row: -(row.output_tokens_per_s or 0))))
    return Sweep(varied, tuple(sorted(rows, key=lambda row: float(row.at(varied) or 0))))


def forecast_along(fitted: Forecaster, sweep: Sweep, at: Sequence[float]) -> SweepForecast | None:
    """The forecast at values of what varies, under the sweep's other conditions.

    None if nothing can be forecast there: another engine, or a GPU or model not known.
    """
    seen = [row.observed for row in sweep.rows if row.observed is not None]
    if sweep.varied == "gpu" or not seen:
        return None
    # In a static batch, the largest batch is what its engine has room for.
    like = max(seen, key=lambda row: row.observation.concurrency)
    values = {name: np.full(len(at), sweep.typical(name) or 0.0) for name in LENGTHS}
    values[sweep.varied] = np.asarray(at, dtype=float)
    curve = fitted.curve_like(like, *(values[name] for name in LENGTHS))
    speed, spread = values["output_tokens"] / curve.seconds, np.exp(Z90 * curve.log_sd)
    intervals = zip(speed, speed / spread, speed * spread, strict=True)
    return SweepForecast(tuple(at), tuple(Interval(*map(float, found)) for found in intervals))


def forecast_like(fitted: Forecaster, row: MeasuredRow) -> Interval | None:
    """Forecast output tokens/s under the conditions of one measurement; None if not known."""
    if row.observed is None:
        return None
    at = row.observed.observation
    loads = (np.array([v]) for v in (at.input_tokens, at.output_tokens, at.concurrency))
    curve = fitted.curve_like(row.observed, *loads)
    speed = at.output_tokens / float(curve.seconds[0])
    spread = float(np.exp(Z90 * curve.log_sd[0]))
    return Interval(speed, speed / spread, speed * spread)
