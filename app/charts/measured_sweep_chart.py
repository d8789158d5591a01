"""Measured throughput of several sweeps, each with the forecast at the same conditions."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence

from app.analysis_data import ShownSweep
from app.charts.cost_against_capacity import log_axis
from app.charts.style import Chart, Json, Palette, figure_in, literal, title, translucent
from app.sweep_names import legend_name, provenance_lines
from planner.forecast.article_analyses import Quantity
from planner.forecast.forecast_values import Interval
from planner.forecast.measured_sweeps import MeasuredRow
from planner.wording.formatting import counted, interval, significant

# Okabe and Ito (2008), as in planner/wording/formatting.py; each has a mark of its own shape too.
SERIES: tuple[tuple[str, str], ...] = (
    ("#0072B2", "circle"),
    ("#E69F00", "square"),
    ("#009E73", "diamond"),
    ("#CC79A7", "triangle-up"),
    ("#D55E00", "cross"),
    ("#56B4E9", "x"),
)
MOST_SWEEPS = len(SERIES)

_WIDEST_HOVER = 64
_MOST_LINES = 3
_LOGARITHMIC_FROM = 15.0
"""A largest value this many times the smallest needs a logarithmic axis to show both."""


def measured_sweep_chart(sweeps: Sequence[ShownSweep], axis: str, colours: Palette) -> Chart:
    """Output tokens/s against what varies in the sweeps, at most ``MOST_SWEEPS`` of them.

    ``axis`` is what varies in words.
    """
    varied = sweeps[0].sweep.varied
    traces: list[Json] = []
    for shown, (colour, symbol) in zip(sweeps, SERIES, strict=False):
        traces += _series(shown, axis, colour, symbol)
    figure = figure_in(
        colours,
        440 + 22 * len(sweeps),
        traces,
        xaxis={"title": title(axis, colours), **_x_axis(sweeps, varied)},
        yaxis={"title": title("output tokens/s", colours), **_y_axis(sweeps)},
    )
    return Chart(figure, _alt(sweeps, axis))


def _series(shown: ShownSweep, axis: str, colour: str, symbol: str) -> list[Json]:
    name = legend_name(shown.sweep)
    if shown.sweep.varied == "gpu":
        return [_gpu_forecasts(shown, colour), _points(shown, name, colour, symbol)]
    if shown.along is None:
        return [_points(shown, name, colour, symbol)]
    return [
        _band(shown, name, colour),
        _line(shown, axis, name, colour),
        _points(shown, name, colour, symbol),
    ]


def _band(shown: ShownSweep, name: str, colour: str) -> Json:
    along = shown.along
    assert along is not None, "a sweep without a forecast has no band"
    return {
        "type": "scatter",
        "x": [*along.at, *reversed(along.at)],
        "y": [
            *(f.high for f in along.output_tokens_per_s),
            *(f.low for f in reversed(along.output_tokens_per_s)),
        ],
        "mode": "lines",
        "fill": "toself",
        "fillcolor": translucent(colour, 0.13),
        "line": {"width": 0},
        "legendgroup": name,
        "showlegend": False,
        "hoverinfo": "skip",
    }


def _line(shown: ShownSweep, axis: str, name: str, colour: str) -> Json:
    along = shown.along
    assert along is not None, "a sweep without a forecast has no line"
    return {
        "type": "scatter",
        "x": list(along.at),
        "y": [f.value for f in along.output_tokens_per_s],
        "mode": "lines",
        "line": {"color": colour, "width": 2.2},
        "legendgroup": name,
        "showlegend": False,
        "text": [interval(f) for f in along.output_tokens_per_s],
        "hovertemplate": f"%{{x:,.0f}} {axis}: forecast %{{text}}<extra></extra>",
    }


def _points(shown: ShownSweep, name: str, colour: str, symbol: str) -> Json:
    rows = shown.sweep.rows
    return {
        "type": "scatter",
        "x": [row.at(shown.sweep.varied) for row in rows],
        "y": [row.output_tokens_per_s for row in rows],
        "mode": "markers",
        "name": literal(name),
        "legendgroup": name,
        "marker": {"symbol": symbol, "size": 10, "color": colour},
        "text": [_hover(row, f) for row, f in zip(rows, shown.at_rows, strict=True)],
        "hovertemplate": "%{text}<extra></extra>",
    }


def _gpu_forecasts(shown: ShownSweep, colour: str) -> Json:
    known = [(r, f) for r, f in zip(shown.sweep.rows, shown.at_rows, strict=True) if f is not None]
    return {
        "type": "scatter",
        "x": [row.at("gpu") for row, _ in known],
        "y": [f.value for _, f in known],
        "error_y": {
            "type": "data",
            "symmetric": False,
            "array": [f.high - f.value for _, f in known],
            "arrayminus": [f.value - f.low for _, f in known],
            "color": translucent(colour, 0.55),
            "thickness": 2,
            "width": 6,
        },
        "mode": "markers",
        "marker": {"symbol": "line-ew-open", "size": 16, "color": colour},
        "legendgroup": legend_name(shown.sweep),
        "showlegend": False,
        "text": [interval(f) for _, f in known],
        "hovertemplate": "%{x}: forecast %{text}<extra></extra>",
    }


def _hover(row: MeasuredRow, forecast: Interval | None) -> str:
    wrapped: list[str] = []
    for line in provenance_lines(row, forecast):
        parts = textwrap.wrap(line, _WIDEST_HOVER) or [""]
        wrapped += parts[:_MOST_LINES]
    return "<br>".join(map(literal, wrapped))


def _x_axis(sweeps: Sequence[ShownSweep], varied: Quantity) -> Json:
    if varied == "gpu":
        names = dict.fromkeys(str(r.at("gpu")) for s in sweeps for r in s.sweep.rows)
        return {"type": "category", "categoryorder": "array", "categoryarray": list(names)}
    values = [float(row.at(varied) or 1.0) for s in sweeps for row in s.sweep.rows]
    values += [place for s in sweeps if s.along is not None for place in s.along.at]
    return log_doublings(min(values), max(values))


def log_doublings(low: float, high: float) -> Json:
    """A logarithmic axis with a tick at each power of two, or fewer if there are many."""
    first, last = math.floor(math.log2(low)), math.ceil(math.log2(high))
    step = max(1, math.ceil((last - first) / 8))
    ticks = [2.0**n for n in range(first, last + 1, step)]
    return {
        "type": "log",
        "range": [math.log10(low) - 0.08, math.log10(high) + 0.08],
        "tickmode": "array",
        "tickvals": ticks,
        "ticktext": [significant(tick, 6) for tick in ticks],
    }


def _y_axis(sweeps: Sequence[ShownSweep]) -> Json:
    values = [row.output_tokens_per_s or 0.0 for s in sweeps for row in s.sweep.rows]
    values += [f.value for s in sweeps if s.along is not None for f in s.along.output_tokens_per_s]
    if max(values) < _LOGARITHMIC_FROM * min(values):
        return {"rangemode": "tozero", "separatethousands": True}
    return log_axis(min(values) / 1.5, max(values) * 1.5, significant)


def _alt(sweeps: Sequence[ShownSweep], axis: str) -> str:
    told = "; ".join(_points_in_words(shown) for shown in sweeps)
    return (
        f"Measured output tokens per second against {axis}, with the forecast and its "
        f"90 % interval, for {counted(len(sweeps), 'sweep')}. {told}."
    )


def _points_in_words(shown: ShownSweep) -> str:
    rows = shown.sweep.rows
    ends = rows if len(rows) <= 4 else (rows[0], rows[len(rows) // 2], rows[-1])
    listed = ", ".join(
        f"{significant(row.output_tokens_per_s)} at {_place(row, shown.sweep.varied)}"
        for row in ends
    )
    return f"{legend_name(shown.sweep)}: {listed}"


def _place(row: MeasuredRow, varied: Quantity) -> str:
    value = row.at(varied)
    return value if isinstance(value, str) else significant(value, 6)
