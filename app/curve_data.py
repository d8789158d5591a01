"""The data of the throughput curve: the forecast and the measurements drawn with it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MeasuredPoint:
    """A measurement of the deployment, converted to the scenario's document size.

    ``documents_per_hour`` is the forecast for the scenario at the measured
    concurrency, times measured over forecast throughput at the measured lengths.
    ``as_planned`` is True if those lengths are within a tenth of the scenario's
    and the engine settings are the same.
    """

    concurrency: float
    documents_per_hour: float
    as_planned: bool
    label: str


@dataclass(frozen=True, slots=True)
class CurveShown:
    """Documents per hour of one replica at each concurrency, with the measurements behind it."""

    concurrency: tuple[float, ...]
    value: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    chosen: int
    measured: tuple[MeasuredPoint, ...]
