"""The rows and the sweeps with forecasts of an analysis on the Measurements page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from planner.forecast.forecast_values import Interval
from planner.forecast.measured_sweeps import MeasuredRow, Sweep, SweepForecast
from planner.forecast.memory_in_use import MemoryInUse

Whose = Literal["All", "Your own", "Published"]


@dataclass(frozen=True, slots=True)
class Selection:
    """The rows to show; an empty tuple is all GPUs, models, formats or sources."""

    gpus: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    quantizations: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    whose: Whose = "All"

    def holds(self, row: MeasuredRow) -> bool:
        """True if the row is among those to show."""
        return (
            _among(row.gpu, self.gpus)
            and _among(row.model, self.models)
            and _among(row.quantization, self.quantizations)
            and _among(row.measurement.source_id, self.sources)
            and (self.whose == "All" or row.own is (self.whose == "Your own"))
        )


def _among(value: str, chosen: tuple[str, ...]) -> bool:
    return not chosen or value in chosen


@dataclass(frozen=True, slots=True)
class Choices:
    """The choices of each field; sources by name, with the ids of each."""

    gpus: tuple[str, ...]
    models: tuple[str, ...]
    quantizations: tuple[str, ...]
    sources: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class ShownSweep:
    """A sweep with the forecast along it, and with that under the conditions of each row.

    Both are None if no forecast can be made there. ``memory`` is that at the
    forecast's concurrencies.
    """

    sweep: Sweep
    along: SweepForecast | None
    at_rows: tuple[Interval | None, ...]
    memory: MemoryInUse | None = None

    @property
    def inside(self) -> tuple[int, int]:
        """Rows within the interval of their forecast, and rows that have a forecast."""
        pairs = [
            (row.output_tokens_per_s, forecast)
            for row, forecast in zip(self.sweep.rows, self.at_rows, strict=True)
            if forecast is not None
        ]
        return sum(f.low <= (v or 0.0) <= f.high for v, f in pairs), len(pairs)
