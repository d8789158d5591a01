"""What all charts have in common: colours, the empty figure, text that is shown as typed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

CONFIG: dict[str, Any] = {
    "displaylogo": False,
    "displayModeBar": False,
    "scrollZoom": False,
    "showSendToCloud": False,
    "plotlyServerURL": "",
}
"""Nothing that zooms by accident or that links to another machine."""


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours that go with a light or a dark page."""

    text: str
    muted: str
    grid: str
    accent: str
    band: str
    page: str


LIGHT = Palette("#1B2430", "#5A6675", "#E4E8EE", "#0067A3", "rgba(0,103,163,0.14)", "#FFFFFF")
DARK = Palette("#E8ECF1", "#A5B0BD", "#2A333F", "#56B4E9", "rgba(86,180,233,0.18)", "#11161D")


def palette(theme: str | None) -> Palette:
    """The palette of the theme ``dark``, else the light one."""
    return DARK if theme == "dark" else LIGHT


@dataclass(frozen=True, slots=True)
class Chart:
    """A figure, and what it shows in words."""

    figure: go.Figure
    alt: str


def figure_in(colours: Palette, height: int) -> go.Figure:
    """An empty figure that goes with the page."""
    figure = go.Figure()
    figure.update_layout(
        height=height,
        margin={"l": 10, "r": 16, "t": 10, "b": 10},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"color": colours.text, "size": 13},
        hoverlabel={
            "bgcolor": colours.page,
            "bordercolor": colours.muted,
            "font": {"color": colours.text},
            "align": "left",
        },
        legend={
            "orientation": "h",
            "yanchor": "bottom",
            "y": 1.03,
            "xanchor": "left",
            "x": 0,
            "font": {"color": colours.text, "size": 12},
        },
        dragmode=False,
    )
    axis = {
        "gridcolor": colours.grid,
        "zeroline": False,
        "tickfont": {"color": colours.muted, "size": 12},
        "title": {"font": {"color": colours.muted, "size": 12}, "standoff": 10},
        "automargin": True,
        "fixedrange": True,
    }
    figure.update_xaxes(**axis)
    figure.update_yaxes(**axis)
    return figure


def say_at(
    figure: go.Figure, text: str, colours: Palette, *, x: float | None, y: float | None
) -> None:
    """A word at a line: at its top where ``x`` is given, at its right end where ``y`` is.

    Coordinates are the axis's own: on a logarithmic axis, the exponent of ten.
    """
    upright = x is not None
    figure.add_annotation(
        text=text,
        x=x if upright else 1,
        y=1 if upright else y,
        xref="x" if upright else "paper",
        yref="paper" if upright else "y",
        xanchor="left" if upright else "right",
        yanchor="top" if upright else "bottom",
        showarrow=False,
        font={"color": colours.text, "size": 12},
    )


def literal(text: str) -> str:
    """Plotly reads a few HTML tags in texts; a user's are shown as typed."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
