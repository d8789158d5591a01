"""Figures from results. Each comes with a text that says what it shows. No Streamlit here."""

from app.charts.accuracy import predicted_against_measured
from app.charts.causes import where_the_seconds_go
from app.charts.cost import cost_against_capacity
from app.charts.curve import throughput_curve
from app.charts.style import CONFIG, Chart, Palette, palette

__all__ = [
    "CONFIG",
    "Chart",
    "Palette",
    "cost_against_capacity",
    "palette",
    "predicted_against_measured",
    "throughput_curve",
    "where_the_seconds_go",
]
