"""Recorded errors of forecasts that were checked: the evidence behind every interval.

``data/accuracy.csv`` and ``data/left_out.csv`` are written by ``python -m
benchmarks.checks.accuracy --write``, which forecasts each source's measurements without
that source's data.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from planner.forecast.forecast_values import BASES, Basis, Interval

ACCURACY_CSV = Path(__file__).parent.parent / "data" / "accuracy.csv"
LEFT_OUT_CSV = ACCURACY_CSV.with_name("left_out.csv")

STAGES: dict[str, str] = {
    "zero_shot": "before any measurement on that hardware",
    "calibrated_4": "after 4 measured points",
    "calibrated_6": "after 6 measured points",
}


ARRIVALS, FIRST_TOKEN_BEFORE, FIRST_TOKEN_AFTER = "arrivals", "first_token", "first_token_4"
LATENCY_STAGES: dict[str, str] = {
    ARRIVALS: "mean time to the last token, arrivals at a rate below 80 % load, calibrated",
    FIRST_TOKEN_BEFORE: "time to the first token, closed loop, before any measurement",
    FIRST_TOKEN_AFTER: "time to the first token, closed loop, after 4 measured points",
}
"""Stages whose errors are of answer times, and over single rows instead of groups."""


@dataclass(frozen=True, slots=True)
class AccuracyRow:
    """Errors of output tokens/s over the groups of one kind.

    ``kind`` is ``all``, ``source``, ``gpu``, ``quantization``, ``gpus`` (of a replica) or
    ``engine`` (its generation), and ``name`` which one.
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


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A measured load point and its forecast (output tokens/s) without its own source's data.

    ``basis`` is that of the forecast. ``model_version`` is that of the checked model, fitted
    to all sources.
    """

    source_id: str
    source: str
    gpu: str
    gpu_count: int
    model: str
    quantization: str
    engine_version: str | None
    input_tokens: float
    output_tokens: float
    concurrency: float
    measured: float
    forecast: Interval
    basis: Basis
    model_version: str

    @property
    def ratio(self) -> float:
        """Forecast over measured: 1.25 is a forecast 25 % too high."""
        return self.forecast.value / self.measured

    @property
    def inside(self) -> bool:
        """True if the 90 % interval contains the measured value."""
        return self.forecast.low <= self.measured <= self.forecast.high


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
    """The record on one GPU, None if no published sweep of it was checked."""
    for row in accuracy_rows():
        if (row.stage, row.kind, row.name) == (stage, "gpu", gpu):
            return row
    return None


@lru_cache(maxsize=1)
def left_out_rows(path: Path = LEFT_OUT_CSV) -> tuple[LeftOut, ...]:
    """Every checked load point with its forecast before any measurement on that hardware."""
    with path.open(newline="", encoding="utf-8") as file:
        return tuple(_left_out(row) for row in csv.DictReader(file))


def _left_out(row: dict[str, str]) -> LeftOut:
    [basis] = [basis for basis in BASES if basis == row["basis"]]
    return LeftOut(
        source_id=row["source_id"],
        source=row["source"],
        gpu=row["gpu"],
        gpu_count=int(row["gpu_count"]),
        model=row["model"],
        quantization=row["quantization"],
        engine_version=row["engine_version"] or None,
        input_tokens=float(row["input_tokens"]),
        output_tokens=float(row["output_tokens"]),
        concurrency=float(row["concurrency"]),
        measured=float(row["measured"]),
        forecast=Interval(float(row["predicted"]), float(row["low"]), float(row["high"])),
        basis=basis,
        model_version=row["model_version"],
    )
