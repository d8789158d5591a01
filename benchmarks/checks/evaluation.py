"""Forecast errors and interval coverage on the groups of a measurement file.

Each group is forecast twice: without its own source's data, as before a purchase, and again
with a few of its own points as a calibration, which the calibration design chooses. Loads with
arrivals at a rate are forecast from the rate, never from the measured latency.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from statistics import mean, median

import numpy as np
from numpy.typing import NDArray

from benchmarks.checks.arrivals import log_seconds_per_request
from benchmarks.design.optimal_design import next_point
from planner.catalog.lookup import Catalog
from planner.forecast.evidence import CALIBRATION_NOISE_SD
from planner.forecast.forecaster import Forecaster
from planner.learning.from_measurements import (
    Observed,
    group_name,
    is_open_loop,
    observe,
    throughput_per_s,
)
from planner.learning.observation import points_of
from planner.learning.posterior import Posterior
from planner.learning.throughput import Z90
from planner.physics.load_points import LoadPoints
from planner.records.measurement import Measurement
from planner.records.origin import is_same_origin, origin_of

Array = NDArray[np.float64]

DEFAULT_POINTS = 4

MOST_ROWS = 400
"""Rows of one group that are scored: the calibration design compares each with each."""

Figure = tuple[object, ...]

CLOSE = 0.05
"""Relative error up to which a forecast is within 5 % of the measurement."""


@dataclass(frozen=True, slots=True)
class Score:
    """|predicted / measured - 1| of output tokens/s over a group's rows, and interval coverage."""

    mape: float
    median_ape: float
    coverage90: float


@dataclass(frozen=True, slots=True)
class GroupResult:
    """Scores for one deployment by one author; ``calibrated`` is None if it has too few rows."""

    source_id: str
    gpu: str
    gpu_count: int
    model: str
    quantization: str
    engine_version: str | None
    rows: int
    zero_shot: Score
    calibrated: Score | None
    points: int
    burst: bool = False
    """True if all rows are bursts: their answers differ in length, so they drain slowly."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All groups, and (group or row, reason) for everything that was skipped."""

    groups: tuple[GroupResult, ...]
    skipped: tuple[tuple[str, str], ...]


def evaluate(
    measurements: Iterable[Measurement],
    reference: Sequence[Measurement],
    catalog: Catalog,
    points: int = DEFAULT_POINTS,
) -> Evaluation:
    """Score the model on every group of ``measurements``.

    Forecasts use ``reference`` without the group's own source: the same author or repository
    under any id, and the same figures. No row of ``measurements`` is used to forecast itself:
    zero-shot uses none of them, calibrated only the chosen points, which are not scored.
    """
    kept, left_out = _at_most(MOST_ROWS, measurements)
    observed, unusable = observe(_dated(kept, reference), catalog)
    skipped = left_out + _reasons(unusable_rows=[(s.measurement, s.reason) for s in unusable])
    forecasters: dict[frozenset[str], Forecaster] = {}
    groups: list[GroupResult] = []
    known, ids = _ids_by_figure(reference), {row.source_id for row in reference}
    for name, rows in _by_group(observed).items():
        own = own_sources([row.measurement for row in rows], reference, known) & ids
        if own not in forecasters:
            others = [row for row in reference if row.source_id not in own]
            forecasters[own] = Forecaster(others, catalog)
        result = _evaluate_group(rows, forecasters[own], points)
        if result.calibrated is None:
            skipped.append((name, f"{len(rows)} rows, calibrated needs {points + 4}"))
        groups.append(result)
    return Evaluation(tuple(groups), tuple(skipped))


def summary(evaluation: Evaluation) -> dict[str, float | int | None]:
    """Summary figures over all groups; None if no group has them.

    Forecasts are for steady loads, so bursts are scored apart if there are other groups.
    """
    bursts = [group for group in evaluation.groups if group.burst]
    groups = [group for group in evaluation.groups if not group.burst] or bursts
    zero = [group.zero_shot for group in groups]
    calibrated = [group.calibrated for group in groups if group.calibrated]
    return {
        "groups": len(evaluation.groups),
        "bursts": len(bursts),
        "bursts_median_mape": median(b.zero_shot.mape for b in bursts) if bursts else None,
        "zero_shot_median_mape": median(s.mape for s in zero) if zero else None,
        "calibrated_median_mape": median(s.mape for s in calibrated) if calibrated else None,
        "calibrated_share_within_5pct": (
            mean(float(s.mape <= CLOSE) for s in calibrated) if calibrated else None
        ),
        "zero_shot_coverage90": mean(s.coverage90 for s in zero) if zero else None,
        "calibrated_coverage90": mean(s.coverage90 for s in calibrated) if calibrated else None,
    }


def _at_most(
    most: int, measurements: Iterable[Measurement]
) -> tuple[list[Measurement], list[tuple[str, str]]]:
    """Up to ``most`` rows of each group, spread evenly over the file, and what that leaves out."""
    groups: dict[str, list[Measurement]] = {}
    for row in measurements:
        groups.setdefault(group_name(row), []).append(row)
    kept: list[Measurement] = []
    left_out = []
    for name, rows in groups.items():
        if len(rows) > most:
            left_out.append(
                (name, f"{len(rows)} rows: {most} of them, spread evenly over the file, are scored")
            )
            rows = [rows[i * len(rows) // most] for i in range(most)]
        kept += rows
    return kept, left_out


def _by_group(observed: Iterable[Observed]) -> dict[str, list[Observed]]:
    groups: dict[str, list[Observed]] = {}
    for row in observed:
        groups.setdefault(group_name(row.measurement), []).append(row)
    return groups


def _reasons(unusable_rows: Sequence[tuple[Measurement, str]]) -> list[tuple[str, str]]:
    """One entry per group and reason, with the number of rows."""
    counts: dict[tuple[str, str], int] = {}
    for measurement, reason in unusable_rows:
        key = (group_name(measurement), reason)
        counts[key] = counts.get(key, 0) + 1
    return [(name, f"{count} rows: {reason}") for (name, reason), count in counts.items()]


def _dated(
    measurements: Iterable[Measurement], reference: Iterable[Measurement]
) -> Iterator[Measurement]:
    """Measurements without a date with that of the same author's reference rows, if there is one.

    A date says which engine can have run; no figure of the reference is used.
    """
    dates = {origin_of(row.source): row.date for row in reference}
    for row in measurements:
        date = row.date or dates.get(origin_of(row.source))
        yield row if date == row.date else replace(row, date=date)


def own_sources(
    rows: Iterable[Measurement], reference: Iterable[Measurement], known: Mapping[Figure, set[str]]
) -> frozenset[str]:
    """Ids in ``reference`` of the sources of ``rows``.

    These are their own ids, those of the same author or repository, and those with the same
    figure at the same load (``known``).
    """
    rows = list(rows)
    own = {row.source_id for row in rows}
    for row in rows:
        own |= known.get(_figure(row), set())
    texts, others = {row.source for row in rows}, {(r.source_id, r.source) for r in reference}
    own |= {id for id, text in others if any(_is_same_origin(text, mine) for mine in texts)}
    return frozenset(own)


_is_same_origin = lru_cache(maxsize=100_000)(is_same_origin)


def _ids_by_figure(reference: Iterable[Measurement]) -> dict[Figure, set[str]]:
    known: dict[Figure, set[str]] = {}
    for row in reference:
        known.setdefault(_figure(row), set()).add(row.source_id)
    return known


def _figure(m: Measurement) -> Figure:
    """A load and its measured speed to four digits, which no two authors share by chance.

    The number of requests is no part of it: a copy often leaves it blank.
    """
    load = (m.input_tokens, m.output_tokens, m.concurrency, m.request_rate_per_s)
    speed = throughput_per_s(m)
    return (*load, None if speed is None else f"{speed:.4g}")


def _evaluate_group(rows: list[Observed], forecaster: Forecaster, points: int) -> GroupResult:
    first = rows[0].measurement
    evidence = forecaster.evidence_like(rows[0])
    load = points_of([row.observation for row in rows])
    measured = np.log([row.seconds_per_request for row in rows])
    calibrated = None
    if len(rows) >= points + 4:
        prior = forecaster.prior_like(rows[0])
        posterior, chosen = calibrate(prior, load, measured, points)
        rest = [row for i, row in enumerate(rows) if i not in chosen]
        calibrated = _score(posterior, rest, CALIBRATION_NOISE_SD)
    return GroupResult(
        source_id=first.source_id,
        gpu=rows[0].deployment.gpu.name,
        gpu_count=first.gpu_count,
        model=first.model,
        quantization=rows[0].deployment.quantization,
        engine_version=first.engine_version,
        rows=len(rows),
        zero_shot=_score(evidence.posterior, rows, forecaster.model.noise_sd),
        calibrated=calibrated,
        points=points,
        burst=all(row.measurement.load == "burst" for row in rows),
    )


def calibrate(
    prior: Posterior, load: LoadPoints, log_seconds: Array, points: int
) -> tuple[Posterior, list[int]]:
    """The posterior after ``points`` rows, chosen one after the other, and their indices."""
    chosen: list[int] = []
    posterior = prior
    for _ in range(points):
        left = points - len(chosen)
        index = next_point(posterior, load, load, CALIBRATION_NOISE_SD, count=left, taken=chosen)
        if index is None:
            break
        chosen.append(index)
        posterior = prior.updated(load[chosen], log_seconds[chosen], CALIBRATION_NOISE_SD)
    return posterior, chosen


def _score(posterior: Posterior, rows: Sequence[Observed], noise_sd: float) -> Score:
    """Throughput is 1 / seconds, so predicted / measured = exp(log measured - log predicted)."""
    load = points_of([row.observation for row in rows])
    predicted = posterior.log_seconds(load)
    sd = posterior.log_sd(load, noise_sd)
    measured = np.log([row.seconds_per_request for row in rows])
    for i, row in enumerate(rows):
        rate, delivered = row.measurement.request_rate_per_s, throughput_per_s(row.measurement)
        if is_open_loop(row.measurement) and rate and delivered:
            measured[i] = -np.log(delivered)
            predicted[i], sd[i] = log_seconds_per_request(
                posterior, row.observation, rate, row.measurement.requests, noise_sd
            )
    error = np.abs(np.exp(measured - predicted) - 1.0)
    inside = np.abs(measured - predicted) <= Z90 * sd
    return Score(float(error.mean()), float(np.median(error)), float(inside.mean()))
