"""Throughput against parallel requests, with the measurements that the forecast rests on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from app.charts.style import Chart, Palette, figure_in, literal, say_at
from app.shown import CurveShown, MeasuredPoint
from planner.formatting import significant


def throughput_curve(curve: CurveShown, name: str, colours: Palette) -> Chart:
    """Documents per hour of one replica over parallel requests, and the measurements beneath it."""
    figure = figure_in(colours, height=340)
    xs = list(curve.concurrency)
    figure.add_trace(
        go.Scatter(
            x=xs + xs[::-1],
            y=list(curve.high) + list(curve.low)[::-1],
            fill="toself",
            fillcolor=colours.band,
            line={"width": 0},
            name="90 % interval",
            hoverinfo="skip",
        )
    )
    figure.add_trace(
        go.Scatter(
            x=xs,
            y=curve.value,
            mode="lines" if len(xs) > 1 else "markers",
            line={"color": colours.accent, "width": 2.5},
            name="forecast",
            customdata=list(zip(curve.low, curve.high, strict=True)),
            hovertemplate="%{x:.0f} in parallel: %{y:,.3s} documents an hour "
            "(%{customdata[0]:,.3s} to %{customdata[1]:,.3s})<extra></extra>",
        )
    )
    for same in (True, False):
        points = [p for p in curve.measured if p.same_lengths is same]
        if points:
            figure.add_trace(_measured(points, same, colours))
    figure.add_vline(x=curve.chosen, line={"color": colours.muted, "width": 1.5, "dash": "dash"})
    say_at(figure, f" planned: {curve.chosen}", colours, x=math.log10(curve.chosen), y=None)
    most = max([*xs, *(p.concurrency for p in curve.measured), 2.0])
    figure.update_xaxes(
        type="log",
        range=[-0.06, math.log10(most) + 0.06],
        title_text="requests in parallel",
        **_doublings(most),
    )
    figure.update_yaxes(rangemode="tozero", title_text="documents an hour, one replica")
    return Chart(figure, _curve_alt(curve, name))


def _doublings(most: float) -> dict[str, Any]:
    values = [2**n for n in range(int(math.log2(most)) + 1)]
    return {"tickmode": "array", "tickvals": values, "ticktext": [str(v) for v in values]}


def _measured(points: Sequence[MeasuredPoint], same: bool, colours: Palette) -> go.Scatter:
    return go.Scatter(
        x=[p.concurrency for p in points],
        y=[p.documents_per_hour for p in points],
        mode="markers",
        name="measured" if same else "measured at other lengths",
        marker={
            "symbol": "circle" if same else "circle-open",
            "size": 9 if same else 6,
            "color": colours.text if same else colours.muted,
            "opacity": 1 if same else 0.7,
        },
        text=[literal(p.label) for p in points],
        hovertemplate="%{x:.0f} in parallel: %{y:,.3s} documents an hour<br>%{text}<extra></extra>",
    )


def _curve_alt(curve: CurveShown, name: str) -> str:
    at = min(range(len(curve.value)), key=lambda i: abs(curve.concurrency[i] - curve.chosen))
    return (
        f"Documents an hour of one replica of {name} against requests in parallel: "
        f"{significant(curve.value[0])} at 1, {significant(curve.value[at])} "
        f"({significant(curve.low[at])} to {significant(curve.high[at])}) at the planned "
        f"{curve.chosen}, {significant(curve.value[-1])} at {significant(curve.concurrency[-1])}. "
        f"{len(curve.measured)} measurements of this deployment are drawn in."
    )
