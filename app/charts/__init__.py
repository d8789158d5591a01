"""Charts of results. Each comes with a text alternative. Nothing here imports Streamlit."""

from app.charts.cost_against_capacity import cost_against_capacity
from app.charts.cost_against_volume import cost_against_volume
from app.charts.forecast_against_measured import forecast_against_measured
from app.charts.measured_sweep_chart import MOST_SWEEPS, measured_sweep_chart
from app.charts.memory_chart import memory_chart
from app.charts.style import CONFIG, Chart, Palette, palette
from app.charts.throughput_curve import throughput_curve
from app.charts.time_breakdown import where_the_seconds_go
from app.charts.token_histogram import token_histogram

__all__ = [
    "CONFIG",
    "MOST_SWEEPS",
    "Chart",
    "Palette",
    "cost_against_capacity",
    "cost_against_volume",
    "forecast_against_measured",
    "measured_sweep_chart",
    "memory_chart",
    "palette",
    "throughput_curve",
    "token_histogram",
    "where_the_seconds_go",
]
