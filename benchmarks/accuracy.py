"""Checks the forecasts on the packaged measurements, and writes what came out.

Every source's sweeps are forecast without that source's data, then again after
four and six of their points, chosen by the calibration design. Writes
``planner/data/accuracy.csv`` and the README's section on trust:

    python -m benchmarks.accuracy            print the tables
    python -m benchmarks.accuracy --write    print and write them
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from statistics import mean, median

from benchmarks.evaluation import GroupResult, Score, evaluate
from planner.accuracy import ACCURACY_CSV, STAGES, AccuracyRow, accuracy_rows
from planner.catalog import load_catalog
from planner.measurement import Measurement
from planner.reference import reference_measurements, source_name

README = Path(__file__).parent.parent / "README.md"
BEGIN, END = "<!-- accuracy: begin -->", "<!-- accuracy: end -->"
POINTS = {"calibrated_4": 4, "calibrated_6": 6}


def measure_accuracy(measurements: Sequence[Measurement]) -> list[AccuracyRow]:
    """The record by stage: over all groups, by source and by card."""
    rows: list[AccuracyRow] = []
    catalog = load_catalog()
    for stage, points in POINTS.items():
        groups = evaluate(measurements, measurements, catalog, points).groups
        if stage == "calibrated_4":
            rows += _by_kind("zero_shot", [(g, g.zero_shot, g.rows) for g in groups])
        calibrated = [(g, g.calibrated, g.rows - points) for g in groups if g.calibrated]
        rows += _by_kind(stage, calibrated)
    return rows


Scored = tuple[GroupResult, Score, int]


def _by_kind(stage: str, scored: Sequence[Scored]) -> list[AccuracyRow]:
    kinds: tuple[tuple[str, Callable[[GroupResult], str]], ...] = (
        ("all", lambda group: ""),
        ("source", lambda group: group.source_id),
        ("gpu", lambda group: group.gpu),
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
        share_within_5pct=round(mean(float(score.mape <= 0.05) for _, score, _ in scored), 4),
        coverage90=round(sum(s.coverage90 * count for _, s, count in scored) / rows, 4),
    )


def write_csv(rows: Iterable[AccuracyRow], path: Path = ACCURACY_CSV) -> None:
    names = AccuracyRow.__slots__
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(names)
        writer.writerows([getattr(row, name) for name in names] for row in rows)


def section(rows: Sequence[AccuracyRow]) -> str:
    """The README's section between its two marks, from the record alone."""
    sources = {row.name for row in rows if row.kind == "source"}
    lines = [
        f"Checked on {_of('zero_shot', rows).groups} published deployments by {len(sources)} "
        "sources, each forecast without its own source's data "
        "(`python -m benchmarks.accuracy`). Errors are of output tokens per second.",
        "",
        "| | deployments | median error | within 5 % | 90 % interval holds |",
        "|---|---:|---:|---:|---:|",
    ]
    lines += [_line(meaning, _of(stage, rows)) for stage, meaning in STAGES.items()]
    lines += [
        "",
        "By card, before any measurement on it and after 4 points:",
        "",
        "| card | deployments | median error | interval holds | calibrated: median error |",
        "|---|---:|---:|---:|---:|",
    ]
    after = {r.name: r for r in rows if r.stage == "calibrated_4" and r.kind == "gpu"}
    for row in rows:
        if row.stage == "zero_shot" and row.kind == "gpu":
            calibrated = (
                f"{after[row.name].median_mape:.1%}" if row.name in after else "too few points"
            )
            lines.append(
                f"| {row.name} | {row.groups} | {row.median_mape:.0%} | {row.coverage90:.0%} "
                f"| {calibrated} |"
            )
    return "\n".join(lines)


def _of(stage: str, rows: Sequence[AccuracyRow]) -> AccuracyRow:
    return next(row for row in rows if row.stage == stage and row.kind == "all")


def _line(meaning: str, row: AccuracyRow) -> str:
    return (
        f"| {meaning} | {row.groups} | {row.median_mape:.1%} | {row.share_within_5pct:.0%} "
        f"| {row.coverage90:.0%} |"
    )


def with_section(readme: str, text: str) -> str:
    """The README with its section on accuracy replaced."""
    before, rest = readme.split(BEGIN, 1)
    return f"{before}{BEGIN}\n{text}\n{END}{rest.split(END, 1)[1]}"


def source_table(rows: Sequence[AccuracyRow], measurements: Sequence[Measurement]) -> str:
    """The record by source, for the terminal."""
    names = {m.source_id: source_name(m.source)[:60] for m in reversed(measurements)}
    return "\n".join(
        f"{row.stage:13} {row.name:8} {row.groups:3} groups {row.rows:5} rows  error "
        f"{row.median_mape:6.1%}  holds {row.coverage90:4.0%}  {names.get(row.name, '')}"
        for row in rows
        if row.kind == "source"
    )


def main() -> None:
    measurements = reference_measurements()
    rows = measure_accuracy(measurements)
    print(section(rows), source_table(rows, measurements), sep="\n\n")
    if "--write" in sys.argv[1:]:
        write_csv(rows)
        accuracy_rows.cache_clear()
        README.write_text(with_section(README.read_text("utf-8"), section(rows)), "utf-8")


if __name__ == "__main__":
    main()
