"""A chart on a page, with its text alternative."""

from __future__ import annotations

from typing import Literal

import streamlit as st
from plotly.basedatatypes import BaseFigure

from app import charts
from app.charts.style import Json


class _Drawn(BaseFigure):  # type: ignore[misc]  # plotly has no types
    """A figure that is sent as it stands.

    Plotly would check and copy each property: that took half of the time of a chart. The charts
    are made here, and tests let Plotly check them. ``BaseFigure`` is not initialized, which is what
    would check: Streamlit only asks if a figure is one, and calls ``to_dict``.
    """

    def __init__(self, specification: Json) -> None:
        self._specification = specification

    def to_dict(self) -> Json:
        return self._specification


def plot(
    chart: charts.Chart, key: str | None = None, theme: Literal["streamlit"] | None = None
) -> None:
    """Draw the chart; without a theme in its own colours."""
    st.plotly_chart(_Drawn(chart.figure), theme=theme, config=charts.CONFIG, alt=chart.alt, key=key)
