"""Figures from results. Each comes with a text that says what it shows. No Streamlit here."""

from app.charts.causes import where_the_seconds_go
from app.charts.cost_against_capacity import cost_against_capacity
from app.charts.forecast_against_measured import predicted_against_measured
from app.charts.style import CONFIG, Chart, Palette, palette
from app.charts.throughput_curve import throughput_curve

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
