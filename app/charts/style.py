"""What all charts share: colours, layout, guide lines and escaped text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]
FONT = '"Source Sans", "Source Sans Pro", sans-serif'

CONFIG: Json = {
    "displaylogo": False,
    "displayModeBar": False,
    "scrollZoom": False,
    "showSendToCloud": False,
    "plotlyServerURL": "",
}
"""No accidental zoom, and no link to another machine."""


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours for a light or a dark page."""

    text: str
    muted: str
    grid: str
    accent: str
    band: str
    page: str


LIGHT = Palette("#1B2430", "#5A6675", "#E4E8EE", "#0067A3", "rgba(0,103,163,0.14)", "#FFFFFF")
DARK = Palette("#E8ECF1", "#A5B0BD", "#2A333F", "#56B4E9", "rgba(86,180,233,0.18)", "#11161D")


def palette(theme: str | None) -> Palette:
    """The dark palette for the theme ``dark``, else the light one."""
    return DARK if theme == "dark" else LIGHT


@dataclass(frozen=True, slots=True)
class Chart:
    """A figure of plotly.js with its text alternative."""

    figure: Json
    alt: str


def figure_in(
    colours: Palette,
    height: int,
    traces: Sequence[Json],
    xaxis: Json,
    yaxis: Json,
    lines: Sequence[Json] = (),
    labels: Sequence[Json] = (),
) -> Json:
    """A figure of plotly.js in the page's style."""
    axis = {
        "gridcolor": colours.grid,
        "zeroline": False,
        "tickfont": {"color": colours.muted, "size": 12},
        "automargin": True,
        "fixedrange": True,
    }
    layout = {
        "height": height,
        "margin": {"l": 10, "r": 16, "t": 10, "b": 10},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": colours.text, "size": 13, "family": FONT},
        "hoverlabel": {
            "bgcolor": colours.page,
            "bordercolor": colours.muted,
            "font": {"color": colours.text, "family": FONT},
            "align": "left",
        },
        "legend": {
            "orientation": "h",
            "yanchor": "bottom",
            "y": 1.03,
            "xanchor": "left",
            "x": 0,
            "font": {"color": colours.text, "size": 12},
        },
        "dragmode": False,
        "hovermode": "closest",
        "autotypenumbers": "strict",
        "xaxis": axis | xaxis,
        "yaxis": axis | yaxis,
        "shapes": list(lines),
        "annotations": list(labels),
    }
    return {"data": list(traces), "layout": layout}


def title(text: str, colours: Palette) -> Json:
    """An axis's title."""
    return {"text": text, "font": {"color": colours.muted, "size": 12}, "standoff": 10}


def line_at(colours: Palette, *, x: float | None = None, y: float | None = None) -> Json:
    """A dashed line across the plot: vertical at ``x`` or horizontal at ``y``."""
    vertical = x is not None
    return {
        "type": "line",
        "xref": "x" if vertical else "paper",
        "yref": "paper" if vertical else "y",
        "x0": x if vertical else 0,
        "x1": x if vertical else 1,
        "y0": 0 if vertical else y,
        "y1": 1 if vertical else y,
        "line": {"color": colours.muted, "width": 1.5, "dash": "dash"},
    }


def label_at(
    text: str, colours: Palette, *, x: float | None = None, y: float | None = None
) -> Json:
    """A label for such a line: at the top of a vertical one, at the right end of a horizontal one.

    Coordinates are the axis's own: on a logarithmic axis, the exponent of ten.
    """
    vertical = x is not None
    return {
        "text": text,
        "x": x if vertical else 1,
        "y": 1 if vertical else y,
        "xref": "x" if vertical else "paper",
        "yref": "paper" if vertical else "y",
        "xanchor": "left" if vertical else "right",
        "yanchor": "top" if vertical else "bottom",
        "showarrow": False,
        "font": {"color": colours.text, "size": 12},
    }


def literal(text: str) -> str:
    """Text escaped for Plotly, which would otherwise interpret some HTML tags in it."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def translucent(colour: str, opacity: float) -> str:
    """A colour of the form ``#RRGGBB`` that lets through what is behind it.

    >>> translucent("#0072B2", 0.5)
    'rgba(0,114,178,0.5)'
    """
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity})"
