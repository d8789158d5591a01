"""Checks the forecasts on the packaged measurements, and writes the errors.

Every source's sweeps are forecast without that source's data, and again after four and six of
their points, which the calibration design chooses. Writes
``planner/data/accuracy.csv``, ``planner/data/left_out.csv`` (each point with its
forecast) and the README's section on trust, in about a minute:

    python -m benchmarks.checks.accuracy            print the tables
    python -m benchmarks.checks.accuracy --write    print and write them
"""

from __future__ import annotations

import csv
import math
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from statistics import mean, median

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # these systems are too small to share out

from benchmarks.checks.arrivals import log_seconds_per_request
from benchmarks.checks.evaluation import CLOSE, GroupResult, Score, evaluate, own_sources
from benchmarks.checks.latency_accuracy import check_times, latency_rows
from planner.catalog.lookup import Catalog, load_catalog
from planner.forecast.accuracy_record import (
    ACCURACY_CSV,
    LATENCY_STAGES,
    LEFT_OUT_CSV,
    STAGES,
    AccuracyRow,
    LeftOut,
    accuracy_rows,
    left_out_rows,
)
from planner.forecast.forecast_values import Interval
from planner.forecast.forecaster import Forecaster
from planner.learning.from_measurements import Observed, group_name, is_open_loop, throughput_per_s
from planner.learning.observation import points_of
from planner.learning.posterior import Posterior
from planner.learning.random_effects import engine_generation
from planner.learning.throughput import Z90
from planner.records.measurement import Measurement
from planner.records.reference import reference_measurements, source_name
from planner.wording.formatting import percent

README = Path(__file__).parents[2] / "README.md"
ACCURACY_PAGE = README.parent / "docs" / "accuracy.md"
KINDS = {"quantization": "quantization", "gpus": "GPUs of a replica", "engine": "vLLM generation"}
BEGIN, END = "<!-- accuracy: begin -->", "<!-- accuracy: end -->"


def measure_accuracy(
    measurements: Sequence[Measurement], groups: Sequence[GroupResult]
) -> list[AccuracyRow]:
    """The record by stage: over all groups, by source and, for speeds, by kind of deployment.

    ``groups`` are those of ``measurements``, evaluated with 4 points.
    """
    catalog = load_catalog()
    rows = _by_kind("zero_shot", [(g, g.zero_shot, g.rows) for g in groups])
    rows += _calibrated("calibrated_4", groups)
    swept = evaluate(_in_long_sweeps(measurements, 6 + 4), measurements, catalog, 6).groups
    rows += _calibrated("calibrated_6", swept)
    return rows + latency_rows(list(check_times(measurements, measurements, catalog)))


def _in_long_sweeps(measurements: Sequence[Measurement], rows: int) -> list[Measurement]:
    """The rows of groups with at least ``rows``; smaller groups cannot be calibrated and scored."""
    groups = Counter(group_name(row) for row in measurements)
    return [row for row in measurements if groups[group_name(row)] >= rows]


Scored = tuple[GroupResult, Score, int]


def _calibrated(stage: str, groups: Iterable[GroupResult]) -> list[AccuracyRow]:
    return _by_kind(stage, [(g, g.calibrated, g.rows - g.points) for g in groups if g.calibrated])


def _by_kind(stage: str, scored: Sequence[Scored]) -> list[AccuracyRow]:
    kinds: tuple[tuple[str, Callable[[GroupResult], str]], ...] = (
        ("all", lambda _group: ""),
        ("source", lambda group: group.source_id),
        ("gpu", lambda group: group.gpu),
        ("quantization", lambda group: group.quantization),
        ("gpus", lambda group: str(group.gpu_count)),
        ("engine", lambda group: engine_generation(group.engine_version) or "not stated"),
    )
    return [
        _row(stage, kind, name, [entry for entry in scored if name_of(entry[0]) == name])
        for kind, name_of in kinds
        for name in sorted({name_of(group) for group, _, _ in scored})
    ]


def _row(stage: str, kind: str, name: str, scored: Sequence[Scored]) -> AccuracyRow:
    rows = sum(count for _, _, count in scored)
    return AccuracyRow(
        stage=stage,
        kind=kind,
        name=name,
        groups=len(scored),
        rows=rows,
        median_mape=round(median(score.mape for _, score, _ in scored), 4),
        share_within_5pct=round(mean(float(score.mape <= CLOSE) for _, score, _ in scored), 4),
        coverage90=round(sum(s.coverage90 * count for _, s, count in scored) / rows, 4),
    )


def leave_out(measurements: Sequence[Measurement], catalog: Catalog) -> Iterator[LeftOut]:
    """Every usable point with its forecast from a model without the point's source.

    Sources of one author or repository are left out together.
    """
    every = Forecaster(measurements, catalog)
    for source in sorted({row.measurement.source_id for row in every.observed}):
        rows = [row for row in measurements if row.source_id == source]
        others = Forecaster(
            measurements, catalog, exclude_sources=own_sources(rows, measurements, {})
        )
        for row in every.observed:
            if row.measurement.source_id == source:
                yield _left_out(row, others, every.model_version)


def _left_out(row: Observed, others: Forecaster, model_version: str) -> LeftOut:
    m, at = row.measurement, row.observation
    evidence = others.evidence_like(row)
    delivered, log_seconds, sd = _compared(row, evidence.posterior, others.model.noise_sd)
    tokens_per_s, spread = at.output_tokens / math.exp(log_seconds), math.exp(Z90 * sd)
    return LeftOut(
        source_id=m.source_id,
        source=source_name(m.source),
        gpu=row.deployment.gpu.name,
        gpu_count=m.gpu_count,
        model=m.model,
        quantization=row.deployment.quantization,
        engine_version=m.engine_version,
        input_tokens=at.input_tokens,
        output_tokens=at.output_tokens,
        concurrency=at.concurrency,
        measured=at.output_tokens * delivered,
        forecast=Interval(tokens_per_s, tokens_per_s / spread, tokens_per_s * spread),
        basis=evidence.basis,
        model_version=model_version,
    )


def _compared(row: Observed, posterior: Posterior, noise_sd: float) -> tuple[float, float, float]:
    """Measured requests per second; forecast of log seconds per request, and its sd.

    If requests arrived at a rate, the forecast knows that rate, as in ``evaluate``.
    """
    m = row.measurement
    delivered, rate = throughput_per_s(m), m.request_rate_per_s
    if is_open_loop(m) and rate and delivered:
        return delivered, *log_seconds_per_request(
            posterior, row.observation, rate, m.requests, noise_sd
        )
    point = points_of([row.observation])
    log_seconds, sd = posterior.log_seconds(point), posterior.log_sd(point, noise_sd)
    return 1.0 / row.seconds_per_request, float(log_seconds[0]), float(sd[0])


def write_accuracy(rows: Iterable[AccuracyRow], path: Path = ACCURACY_CSV) -> None:
    """Store the record that ``accuracy_rows`` reads."""
    names = AccuracyRow.__slots__
    _write(path, names, ([getattr(row, name) for name in names] for row in rows))


_FORECAST = ("predicted", "low", "high")
_FACTS = tuple(name for name in LeftOut.__slots__ if name != "forecast")


def write_left_out(rows: Iterable[LeftOut], path: Path = LEFT_OUT_CSV) -> None:
    """Store the points that ``left_out_rows`` reads; forecasts with six significant digits."""
    _write(path, (*_FACTS, *_FORECAST), (_cells(row) for row in rows))


def _cells(row: LeftOut) -> list[object]:
    values = [getattr(row, name) for name in _FACTS]
    figures = (row.forecast.value, row.forecast.low, row.forecast.high)
    return [f"{v:.6g}" if isinstance(v, float) else v for v in (*values, *figures)]


def _write(path: Path, names: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(names)
        writer.writerows(rows)


def section(rows: Sequence[AccuracyRow]) -> str:
    """The README's section between its two marks, from the record alone."""
    sources = {row.name for row in rows if row.stage == "zero_shot" and row.kind == "source"}
    lines = [
        f"Checked on {_of('zero_shot', rows).groups} published deployments by {len(sources)} "
        "sources, each forecast without its own source's data "
        "(`python -m benchmarks.checks.accuracy`). Errors are of output tokens per second.",
        "",
        "| | deployments | median error | within 5 % | 90 % interval holds |",
        "|---|---:|---:|---:|---:|",
    ]
    lines += [_line(meaning, _of(stage, rows)) for stage, meaning in STAGES.items()]
    lines += [
        "",
        "By GPU, before any measurement on it and after 4 points:",
        "",
        "| GPU | deployments | median error | interval holds | calibrated: median error |",
        "|---|---:|---:|---:|---:|",
    ]
    lines += _of_kind("gpu", rows)
    lines += [
        "",
        "Answer times (`python -m benchmarks.checks.latency_accuracy`):",
        "",
        "| | measured points | median error | 90 % interval holds |",
        "|---|---:|---:|---:|",
    ]
    for stage, meaning in LATENCY_STAGES.items():
        row = _of(stage, rows)
        figures = f"{percent(row.median_mape)} | {percent(row.coverage90)}"
        lines.append(f"| {meaning} | {row.rows} | {figures} |")
    return "\n".join(lines)


def _of_kind(kind: str, rows: Sequence[AccuracyRow]) -> Iterator[str]:
    """A line of a table for each one of a kind: before any measurement, and after 4 points."""
    after = {r.name: r for r in rows if r.stage == "calibrated_4" and r.kind == kind}
    for row in rows:
        if row.stage == "zero_shot" and row.kind == kind:
            calibrated = (
                percent(after[row.name].median_mape) if row.name in after else "too few points"
            )
            yield (
                f"| {row.name} | {row.groups} | {percent(row.median_mape)} "
                f"| {percent(row.coverage90)} | {calibrated} |"
            )


def kind_tables(rows: Sequence[AccuracyRow], groups: Sequence[GroupResult]) -> str:
    """The generated part of docs/accuracy.md: by kind of deployment, and the ten worst."""
    lines = []
    for kind, head in KINDS.items():
        lines += [
            f"| {head} | deployments | median error | interval holds | calibrated: median error |",
            "|---|---:|---:|---:|---:|",
            *_of_kind(kind, rows),
            "",
        ]
    lines += ["The ten deployments with the largest error before any measurement:", ""]
    worst = sorted(groups, key=lambda group: -group.zero_shot.mape)[:10]
    for g in worst:
        version = f", vLLM {g.engine_version}" if g.engine_version else ""
        lines.append(
            f"- {percent(g.zero_shot.mape)}: {g.model} ({g.quantization}) on {g.gpu_count} x "
            f"{g.gpu}{version}, {g.rows} points of {g.source_id}"
        )
    return "\n".join(lines)


def _of(stage: str, rows: Sequence[AccuracyRow]) -> AccuracyRow:
    return next(row for row in rows if row.stage == stage and row.kind == "all")


def _line(meaning: str, row: AccuracyRow) -> str:
    return (
        f"| {meaning} | {row.groups} | {percent(row.median_mape)} "
        f"| {percent(row.share_within_5pct)} | {percent(row.coverage90)} |"
    )


def with_section(page: str, text: str) -> str:
    """A page with its generated part replaced."""
    before, rest = page.split(BEGIN, 1)
    return f"{before}{BEGIN}\n{text}\n{END}{rest.split(END, 1)[1]}"


def source_table(rows: Sequence[AccuracyRow], measurements: Sequence[Measurement]) -> str:
    """The record by source, for the terminal."""
    names = {m.source_id: source_name(m.source)[:60] for m in reversed(measurements)}
    return "\n".join(
        f"{row.stage:13} {row.name:8} {row.groups:3} groups {row.rows:5} rows  error "
        f"{percent(row.median_mape):>6}  holds {percent(row.coverage90):>5}  "
        f"{names.get(row.name, '')}"
        for row in rows
        if row.kind == "source"
    )


def main() -> None:
    measurements = reference_measurements()
    groups = evaluate(measurements, measurements, load_catalog(), 4).groups
    rows = measure_accuracy(measurements, groups)
    print(section(rows), source_table(rows, measurements), sep="\n\n")
    if "--write" in sys.argv[1:]:
        write_accuracy(rows)
        write_left_out(leave_out(measurements, load_catalog()))
        accuracy_rows.cache_clear()
        left_out_rows.cache_clear()
        for page, text in ((README, section(rows)), (ACCURACY_PAGE, kind_tables(rows, groups))):
            page.write_text(with_section(page.read_text("utf-8"), text), "utf-8")


if __name__ == "__main__":
    main()
