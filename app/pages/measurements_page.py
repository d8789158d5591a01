"""The Measurements page: the article's six analyses, drawn from the measurements in the store."""

from __future__ import annotations

import streamlit as st

from app import charts
from app.components.analysis_fields import analysis_asked_for, rows_asked_for
from app.components.analysis_shown import analysis_shown
from app.components.sidebar import keep_inputs
from app.html_pieces import paragraph, problem
from app.services import analyses, own_measurements
from planner.errors import PlannerError
from planner.wording.formatting import count


def page() -> None:
    """Let the reader choose an analysis and rows, and draw it."""
    keep_inputs()
    st.title("Measurements")
    published, own = analyses.row_counts()
    st.html(
        paragraph(
            f"The six analyses of the article, drawn from {count(published)} published "
            f"measurements and {count(own)} of your own. Points are measured; lines are the "
            "forecast under the same conditions, with its 90 % interval. The forecast has learnt "
            "from these points; the Model page checks it on points that it has not seen."
        )
    )
    aside = own_measurements.sources_set_aside()
    if aside:
        st.html(paragraph(f"Set aside, in no forecast and not shown: {', '.join(aside)}.", "note"))
    analysis = analysis_asked_for()
    selection = rows_asked_for(analyses.choices())
    analysis_shown(analysis, selection, charts.palette(st.context.theme.type))


try:
    page()
except PlannerError as error:
    st.html(problem(str(error)))
