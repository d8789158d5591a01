"""What a forecast rests on, as the page shows it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MeasuredPoint:
    """A measurement of the deployment, moved along the model to the scenario's document size.

    ``documents_per_hour`` is the forecast at that concurrency times what was
    measured over what is forecast for the measured lengths. ``as_planned``
    where those are within a tenth of the scenario's, with its engine settings.
    """

    concurrency: float
    documents_per_hour: float
    as_planned: bool
    label: str


@dataclass(frozen=True, slots=True)
class CurveShown:
    """One replica's documents per hour over parallel requests, with what it rests on."""

    concurrency: tuple[float, ...]
    value: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    chosen: int
    measured: tuple[MeasuredPoint, ...]
