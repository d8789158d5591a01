"""Forecast against measured throughput: one mark per checked load point."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import mean, median

from app.charts.style import Chart, Json, Palette, figure_in, literal, title
from planner.catalog.gpu import gpu_group
from planner.forecast.accuracy_record import LeftOut
from planner.forecast.forecast_values import BASES, Basis
from planner.wording.formatting import (
    BASIS_COLOUR,
    BASIS_SHAPE,
    count,
    interval,
    percent,
    significant,
)

SYMBOL = {
    "circle": "circle",
    "diamond": "diamond",
    "square": "square",
    "triangle": "triangle-up",
}
NEAR = 0.25
"""Half-width of the band around the diagonal, as a share of the measured throughput."""


def forecast_against_measured(
    chosen: Sequence[LeftOut], others: Sequence[LeftOut], what: str, colours: Palette
) -> Chart:
    """A scatter plot: ``chosen`` points in the colour of their basis, ``others`` faint.

    A mark is filled if the measured figure is within the 90 % interval, else hollow.
    """
    low, high = _reach([*chosen, *others])
    groups = [
        (basis, inside, [p for p in chosen if p.basis == basis and p.inside is inside])
        for basis in BASES
        for inside in (True, False)
    ]
    traces = [_band(low, high, colours), _line(low, high, colours)]
    traces += [_faint(others, colours)] if others else []
    traces += [_points(group, basis, inside) for basis, inside, group in groups if group]
    figure = figure_in(
        colours,
        520,
        traces,
        xaxis={"title": title("measured output tokens/s", colours), **_axis(low, high)},
        yaxis={"title": title("forecast output tokens/s", colours), **_axis(low, high)},
    )
    return Chart(figure, _alt(chosen, what))


def _reach(points: Sequence[LeftOut]) -> tuple[float, float]:
    values = [v for p in points for v in (p.measured, p.forecast.value)]
    return min(values) / 1.3, max(values) * 1.3


def _axis(low: float, high: float) -> Json:
    values = [10**n for n in range(math.ceil(math.log10(low)), math.floor(math.log10(high)) + 1)]
    return {
        "type": "log",
        "range": [math.log10(low), math.log10(high)],
        "tickmode": "array",
        "tickvals": values,
        "ticktext": [significant(v) for v in values],
    }


def _band(low: float, high: float, colours: Palette) -> Json:
    return {
        "type": "scatter",
        "x": [low, high, high, low],
        "y": [low * (1 + NEAR), high * (1 + NEAR), high * (1 - NEAR), low * (1 - NEAR)],
        "mode": "lines",
        "fill": "toself",
        "fillcolor": colours.band,
        "line": {"width": 0},
        "name": f"within {percent(NEAR)}",
        "hoverinfo": "skip",
    }


def _line(low: float, high: float, colours: Palette) -> Json:
    return {
        "type": "scatter",
        "x": [low, high],
        "y": [low, high],
        "mode": "lines",
        "line": {"color": colours.text, "width": 1.2},
        "name": "forecast = measured",
        "hoverinfo": "skip",
    }


def _faint(points: Sequence[LeftOut], colours: Palette) -> Json:
    return {
        "type": "scatter",
        "x": [p.measured for p in points],
        "y": [p.forecast.value for p in points],
        "mode": "markers",
        "marker": {"symbol": "circle", "size": 4, "color": colours.muted, "opacity": 0.3},
        "name": "all others",
        "hoverinfo": "skip",
    }


def _points(points: Sequence[LeftOut], basis: Basis, inside: bool) -> Json:
    symbol = SYMBOL[BASIS_SHAPE[basis]]
    return {
        "type": "scatter",
        "x": [p.measured for p in points],
        "y": [p.forecast.value for p in points],
        "mode": "markers",
        "name": f"{basis}, {'inside' if inside else 'outside'} its interval",
        "marker": {
            "symbol": symbol if inside else f"{symbol}-open",
            "size": 7,
            "color": BASIS_COLOUR[basis],
            "opacity": 0.75 if inside else 1,
            "line": {"width": 0 if inside else 1.5, "color": BASIS_COLOUR[basis]},
        },
        "text": [_hover(p) for p in points],
        "hovertemplate": "%{text}<extra></extra>",
    }


def _hover(point: LeftOut) -> str:
    size = f"{count(round(point.input_tokens))} in, {count(round(point.output_tokens))} out"
    return (
        f"{gpu_group(point.gpu_count, literal(point.gpu))}, {literal(point.model)}, "
        f"{point.quantization}"
        f"<br>{size}, {count(round(point.concurrency))} in parallel"
        f"<br>measured {significant(point.measured)}, forecast {interval(point.forecast)}"
        f"<br>{literal(point.source)}"
    )


def _alt(points: Sequence[LeftOut], what: str) -> str:
    if not points:
        return f"No load point of {what} was checked."
    near = mean(float(abs(p.ratio - 1) <= NEAR) for p in points)
    inside = mean(float(p.inside) for p in points)
    return (
        f"Forecast against measured output tokens per second of {count(len(points))} load points, "
        f"{what}. {percent(near)} of the forecasts are within {percent(NEAR)} of the measured "
        f"figure, {percent(inside)} of the measured figures are within the 90 % interval, and the "
        f"median forecast is {median(p.ratio for p in points):.2f} times the measured figure."
    )
