"""Streamlit takes a chart as it stands."""

from __future__ import annotations

import json

from streamlit.testing.v1 import AppTest


def test_a_chart_is_sent_as_it_was_made() -> None:
    def script() -> None:
        from app.charts import Chart
        from app.components.plot import plot

        plot(Chart({"data": [{"type": "scatter", "y": [1, 2]}], "layout": {}}, "two points"))

    page = AppTest.from_function(script).run()
    assert not page.exception
    [chart] = page.get("plotly_chart")
    assert json.loads(chart.proto.spec)["data"] == [{"type": "scatter", "y": [1, 2]}]
