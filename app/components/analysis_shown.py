"""One analysis: its chart, what it shows, what the article states, its rows, how to measure it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st

from app import charts
from app.analysis_data import Selection, ShownSweep
from app.analysis_sentences import (
    command_to_measure,
    memory_shown,
    nothing_found,
    what_it_shows,
    where_to_measure,
)
from app.components.analysis_fields import sweeps_asked_for
from app.components.plot import plot
from app.html_pieces import bullets, paragraph, table
from app.services import analyses
from app.sweep_names import COLUMNS, table_row
from planner.forecast.article_analyses import Analysis
from planner.records.article_statements import article_statements
from planner.wording.formatting import counted


def analysis_shown(analysis: Analysis, selection: Selection, colours: charts.Palette) -> None:
    """Draw the sweeps of the rows chosen, or say that there are none."""
    st.header(analysis.title)
    if analysis.name == "transformers" and not analyses.knows_another_engine():
        st.html(
            paragraph(
                "The store holds no measurement of Hugging Face transformers or of another engine "
                "than vLLM. The command below measures it; until then vLLM alone is drawn."
            )
        )
    sweeps = analyses.sweeps(analysis, selection)
    drawn = []
    if sweeps:
        drawn = [analyses.shown(analysis, sweep) for sweep in sweeps_asked_for(sweeps)]
    if drawn:
        plot(charts.measured_sweep_chart(drawn, analysis.axis, colours), "sweeps")
        st.html(paragraph(what_it_shows(analysis, drawn)))
        if analysis.name == "parallel":
            _memory(drawn, colours)
    elif not sweeps:
        st.html(paragraph(nothing_found(analysis, selection)))
    _article(analysis)
    if drawn:
        _rows(analysis, drawn)
    st.subheader("How to measure this")
    st.html(paragraph(where_to_measure(analysis, selection)))
    st.code(command_to_measure(selection), language=None, wrap_lines=True)


def _memory(drawn: Sequence[ShownSweep], colours: charts.Palette) -> None:
    st.subheader("Memory against parallel requests")
    chart = charts.memory_chart(drawn, colours)
    if chart is not None:
        plot(chart, "memory")
    st.html(paragraph(memory_shown(drawn)))


def _article(analysis: Analysis) -> None:
    stated = [s for s in article_statements() if s.analysis == analysis.name]
    if stated:
        st.subheader("What the article states")
        st.html(bullets(s.statement for s in stated))
        st.html(paragraph(f"{stated[0].source}, {stated[0].source_date}.", "note"))


def _rows(analysis: Analysis, drawn: Sequence[ShownSweep]) -> None:
    rows = [row for shown in drawn for row in shown.sweep.rows]
    st.download_button(
        f"Download {counted(len(rows), 'row')} (CSV)",
        data=partial(analyses.csv_of, rows),
        file_name=f"{analysis.name}.csv",
        mime="text/csv",
        on_click="ignore",
    )
    with st.expander("The rows shown"):
        st.html(
            table(
                f"Measurements: {analysis.title}",
                COLUMNS,
                [
                    table_row(row, forecast)
                    for shown in drawn
                    for row, forecast in zip(shown.sweep.rows, shown.at_rows, strict=True)
                ],
            )
        )
