"""Where the forecasts are weak, in words, from the record of their accuracy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from statistics import median

from planner.forecast.accuracy_record import AccuracyRow, LeftOut
from planner.wording.formatting import counted, percent

MOST_NAMED = 3
FEW = 3
"""Deployments under which a card's figures say little."""

TOO_NARROW = 0.8
"""A 90 % interval that holds fewer of a card's points than this is too narrow there."""

ONE_SIDED = 1.25
"""Forecast over measured, or the inverse, from which a card's forecasts lean to one side."""


def weaknesses(
    rows: Sequence[AccuracyRow],
    points: Sequence[LeftOut],
    names: Mapping[str, str],
    cards: Iterable[str],
) -> tuple[str, ...]:
    """One sentence for each way in which the forecasts are weak.

    ``names`` are sources' names by their id, ``cards`` all cards that can be planned with.
    """
    before = [row for row in rows if row.stage == "zero_shot"]
    by_card = [row for row in before if row.kind == "gpu"]
    by_source = [row for row in before if row.kind == "source"]
    sentences = (
        _largest("By card, before any measurement on it", by_card, {}),
        _leaning(points),
        _narrow(by_card),
        _few(by_card),
        _largest("By source", by_source, names),
        _unchecked(by_card, cards),
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


def _leaning(points: Sequence[LeftOut]) -> str:
    ratios: dict[str, list[float]] = {}
    for point in points:
        ratios.setdefault(point.gpu, []).append(point.ratio)
    middle = {card: median(values) for card, values in ratios.items() if len(values) > FEW}
    high = [f"{card} ({r:.1f} x)" for card, r in sorted(middle.items()) if r > ONE_SIDED]
    low = [f"{card} ({r:.1f} x)" for card, r in sorted(middle.items()) if r < 1 / ONE_SIDED]
    parts = [f"too high on {', '.join(high)}"] if high else []
    parts += [f"too low on {', '.join(low)}"] if low else []
    return f"Forecasts lean: half of the points are {' and '.join(parts)}." if parts else ""


def _narrow(rows: Sequence[AccuracyRow]) -> str:
    narrow = [f"{r.name} ({percent(r.coverage90)})" for r in rows if r.coverage90 < TOO_NARROW]
    return f"The 90 % interval holds too few points on {', '.join(narrow)}." if narrow else ""


def _few(rows: Sequence[AccuracyRow]) -> str:
    few = [f"{row.name} ({row.groups})" for row in rows if row.groups <= FEW]
    if not few:
        return ""
    return f"Cards with at most {FEW} deployments, so their figures say little: {', '.join(few)}."


def _unchecked(rows: Sequence[AccuracyRow], cards: Iterable[str]) -> str:
    known = {row.name for row in rows}
    unknown = [card for card in cards if card not in known]
    if not unknown:
        return ""
    return (
        "No published measurement could check these cards, so nobody knows the error there: "
        f"{', '.join(unknown)}."
    )
