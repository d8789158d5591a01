"""Where the seconds of a document go."""

from __future__ import annotations

import plotly.graph_objects as go

from app.charts.style import Chart, Palette, figure_in
from planner.explanation import configuration
from planner.formatting import BINDING_MEANING, seconds
from planner.plan import Option


def where_the_seconds_go(option: Option, colours: Palette) -> Chart:
    """Seconds of the replica that one document costs, by cause; the largest in the accent."""
    ordered = sorted(option.seconds_per_request.items(), key=lambda pair: pair[1])
    total = sum(option.seconds_per_request.values())
    largest = ordered[-1][0]
    texts = [f"{seconds(value)} ({100 * value / total:.0f} %)" for _, value in ordered]
    names = [BINDING_MEANING.get(cause, cause) for cause, _ in ordered]
    figure = figure_in(colours, height=340)
    figure.add_trace(
        go.Bar(
            x=[value for _, value in ordered],
            y=names,
            orientation="h",
            text=texts,
            textposition="outside",
            cliponaxis=False,
            textfont={"color": colours.text},
            marker={
                "color": [colours.accent if c == largest else colours.muted for c, _ in ordered]
            },
            hovertemplate="%{y}: %{text}<extra></extra>",
            showlegend=False,
        )
    )
    figure.update_xaxes(
        title_text="seconds of one replica for each document",
        range=[0, ordered[-1][1] * 1.4],
    )
    figure.update_yaxes(showgrid=False, automargin=True)
    parts = "; ".join(f"{n} {t}" for n, t in zip(names[::-1], texts[::-1], strict=True))
    return Chart(
        figure,
        f"Of the {seconds(total)} of a replica that a document of {configuration(option)} costs: "
        f"{parts}.",
    )
