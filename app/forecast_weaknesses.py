"""Sentences on where the forecasts are weak, derived from the accuracy record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from statistics import median

from planner.forecast.accuracy_record import AccuracyRow, LeftOut
from planner.wording.formatting import counted, percent

MOST_NAMED = 3
FEW = 3
"""With this many deployments or fewer, a GPU's figures say little."""

TOO_NARROW = 0.8
"""A 90 % interval is too narrow on a GPU if it holds a smaller share of the points than this."""

BIASED = 1.25
"""Forecasts for a GPU are biased if forecast over measured, or its inverse, exceeds this."""


def weaknesses(
    rows: Sequence[AccuracyRow],
    points: Sequence[LeftOut],
    names: Mapping[str, str],
    gpus: Iterable[str],
) -> tuple[str, ...]:
    """One sentence for each kind of weakness that the record shows.

    ``names`` maps a source's id to its name; ``gpus`` are all GPUs that plans may use.
    """
    before = [row for row in rows if row.stage == "zero_shot"]
    by_gpu = [row for row in before if row.kind == "gpu"]
    by_source = [row for row in before if row.kind == "source"]
    sentences = (
        _largest("By GPU, before any measurement on it", by_gpu, {}),
        _biased(points),
        _narrow(by_gpu),
        _few(by_gpu),
        _largest("By source", by_source, names),
        _unchecked(by_gpu, gpus),
    )
    return tuple(sentence for sentence in sentences if sentence)


def _largest(what: str, rows: Sequence[AccuracyRow], names: Mapping[str, str]) -> str:
    worst = sorted(rows, key=lambda row: -row.median_mape)[:MOST_NAMED]
    listed = ", ".join(
        f"{names.get(row.name, row.name)} ({percent(row.median_mape)}, "
        f"{counted(row.groups, 'deployment')})"
        for row in worst
    )
    return f"{what}, the largest errors: {listed}." if listed else ""


def _biased(points: Sequence[LeftOut]) -> str:
    ratios: dict[str, list[float]] = {}
    for point in points:
        ratios.setdefault(point.gpu, []).append(point.ratio)
    middle = {gpu: median(values) for gpu, values in ratios.items() if len(values) > FEW}
    high = [f"{gpu} ({r:.1f} x)" for gpu, r in sorted(middle.items()) if r > BIASED]
    low = [f"{gpu} ({r:.1f} x)" for gpu, r in sorted(middle.items()) if r < 1 / BIASED]
    parts = [f"too high on {', '.join(high)}"] if high else []
    parts += [f"too low on {', '.join(low)}"] if low else []
    return f"Forecasts are biased: half of the points are {' and '.join(parts)}." if parts else ""


def _narrow(rows: Sequence[AccuracyRow]) -> str:
    narrow = [f"{r.name} ({percent(r.coverage90)})" for r in rows if r.coverage90 < TOO_NARROW]
    return f"The 90 % interval holds too few points on {', '.join(narrow)}." if narrow else ""


def _few(rows: Sequence[AccuracyRow]) -> str:
    few = [f"{row.name} ({row.groups})" for row in rows if row.groups <= FEW]
    if not few:
        return ""
    return f"GPUs with at most {FEW} deployments, so their figures say little: {', '.join(few)}."


def _unchecked(rows: Sequence[AccuracyRow], gpus: Iterable[str]) -> str:
    known = {row.name for row in rows}
    unknown = [gpu for gpu in gpus if gpu not in known]
    if not unknown:
        return ""
    return (
        "No published measurement covers these GPUs, so the error there is unknown: "
        f"{', '.join(unknown)}."
    )
