"""Throughput against parallel requests, with the measurements behind the forecast."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

from app.charts.style import Chart, Json, Palette, figure_in, label_at, line_at, literal, title
from app.curve_data import CurveShown, MeasuredPoint
from planner.wording.formatting import significant


@lru_cache(maxsize=16)
def throughput_curve(curve: CurveShown, name: str, colours: Palette) -> Chart:
    """Documents per hour of one replica at each concurrency, with the measurements."""
    most = max([*curve.concurrency, *(p.concurrency for p in curve.measured), 2.0])
    measured = [
        _measured(points, same, colours)
        for same in (True, False)
        if (points := [p for p in curve.measured if p.as_planned is same])
    ]
    figure = figure_in(
        colours,
        340,
        [_band(curve, colours), _line(curve, colours), *measured],
        xaxis={"title": title("parallel requests", colours), **_doublings(most)},
        yaxis={
            "title": title("documents per hour, one replica", colours),
            "rangemode": "tozero",
            "separatethousands": True,
        },
        lines=[line_at(colours, x=curve.chosen)],
        labels=[label_at(f" planned: {curve.chosen}", colours, x=math.log10(curve.chosen))],
    )
    return Chart(figure, _alt(curve, name))


def _band(curve: CurveShown, colours: Palette) -> Json:
    return {
        "type": "scatter",
        "x": curve.concurrency + curve.concurrency[::-1],
        "y": curve.high + curve.low[::-1],
        "mode": "lines",
        "fill": "toself",
        "fillcolor": colours.band,
        "line": {"width": 0},
        "name": "90 % interval",
        "hoverinfo": "skip",
    }


def _line(curve: CurveShown, colours: Palette) -> Json:
    return {
        "type": "scatter",
        "x": curve.concurrency,
        "y": curve.value,
        "mode": "lines" if len(curve.value) > 1 else "markers",
        "line": {"color": colours.accent, "width": 2.5},
        "name": "forecast",
        "text": [
            f"{significant(value)} documents per hour ({significant(low)} to {significant(high)})"
            for value, low, high in zip(curve.value, curve.low, curve.high, strict=True)
        ],
        "hovertemplate": "%{x:.0f} in parallel: %{text}<extra></extra>",
    }


def _measured(points: Sequence[MeasuredPoint], same: bool, colours: Palette) -> Json:
    return {
        "type": "scatter",
        "x": [p.concurrency for p in points],
        "y": [p.documents_per_hour for p in points],
        "mode": "markers",
        "name": "measured" if same else "measured, converted",
        "marker": {
            "symbol": "circle" if same else "circle-open",
            "size": 9 if same else 6,
            "color": colours.text if same else colours.muted,
            "opacity": 1 if same else 0.7,
        },
        "text": [f"{significant(p.documents_per_hour)}<br>{literal(p.label)}" for p in points],
        "hovertemplate": "%{x:.0f} in parallel: %{text}<extra></extra>",
    }


def _doublings(most: float) -> Json:
    values = [2**n for n in range(int(math.log2(most)) + 1)]
    return {
        "type": "log",
        "range": [-0.06, math.log10(most) + 0.06],
        "tickmode": "array",
        "tickvals": values,
        "ticktext": [str(v) for v in values],
    }


def _alt(curve: CurveShown, name: str) -> str:
    at = min(range(len(curve.value)), key=lambda i: abs(curve.concurrency[i] - curve.chosen))
    return (
        f"Documents per hour of one replica of {name} against parallel requests: "
        f"{significant(curve.value[0])} at 1, {significant(curve.value[at])} "
        f"({significant(curve.low[at])} to {significant(curve.high[at])}) at the planned "
        f"{curve.chosen}, {significant(curve.value[-1])} at {significant(curve.concurrency[-1])}. "
        f"Measurements of this deployment shown: {len(curve.measured)}."
    )
