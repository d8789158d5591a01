"""How far forecasts were off when they were checked: the record behind every interval.

``data/accuracy.csv`` is written by ``python -m benchmarks.accuracy``, which
forecasts each source's measurements without that source's data.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

ACCURACY_CSV = Path(__file__).parent / "data" / "accuracy.csv"

STAGES: dict[str, str] = {
    "zero_shot": "before any measurement on that hardware",
    "calibrated_4": "after 4 measured points",
    "calibrated_6": "after 6 measured points",
}


@dataclass(frozen=True, slots=True)
class AccuracyRow:
    """Errors of output tokens/s over the groups of one kind.

    ``kind`` is ``all``, ``source`` or ``gpu`` and ``name`` which one.
    ``median_mape`` is the median over groups of their mean absolute error,
    ``share_within_5pct`` the share of groups whose mean error is at most 5 %,
    ``coverage90`` the share of measured points inside the 90 % interval.
    """

    stage: str
    kind: str
    name: str
    groups: int
    rows: int
    median_mape: float
    share_within_5pct: float
    coverage90: float


@lru_cache(maxsize=1)
def accuracy_rows(path: Path = ACCURACY_CSV) -> tuple[AccuracyRow, ...]:
    """The stored record, in its order."""
    with path.open(newline="", encoding="utf-8") as file:
        return tuple(
            AccuracyRow(
                stage=row["stage"],
                kind=row["kind"],
                name=row["name"],
                groups=int(row["groups"]),
                rows=int(row["rows"]),
                median_mape=float(row["median_mape"]),
                share_within_5pct=float(row["share_within_5pct"]),
                coverage90=float(row["coverage90"]),
            )
            for row in csv.DictReader(file)
        )


def overall(stage: str) -> AccuracyRow:
    """The record over all groups; KeyError for an unknown stage."""
    for row in accuracy_rows():
        if row.stage == stage and row.kind == "all":
            return row
    raise KeyError(stage)


def on_card(stage: str, gpu: str) -> AccuracyRow | None:
    """The record on one card, None where no published sweep of it was checked."""
    for row in accuracy_rows():
        if (row.stage, row.kind, row.name) == (stage, "gpu", gpu):
            return row
    return None
