"""The Calibrate page: what to measure on your own GPU, and what the results change."""

from __future__ import annotations

import streamlit as st

from app.components.calibration_here import calibration_here
from app.components.measurement_upload import measurement_upload
from app.components.next_calibration import hardware_here, next_calibration
from app.components.own_sources import own_sources
from app.components.sidebar import keep_inputs
from app.html_pieces import paragraph, problem
from app.scenario_from_fields import ARTICLE_CASE
from app.services import opened_store, plans
from planner.errors import PlannerError
from planner.fleet.plan import Plan


def page() -> None:
    """Show the hardware, the design with its command, the import, and the user's measurements."""
    keep_inputs()
    st.title("Calibrate on your own GPU")
    st.html(
        paragraph(
            "A few measured points on your own machine tell more than any published table. They "
            "count for every scenario from then on."
        )
    )
    hardware_here()
    before: Plan | None = st.session_state.get("answered")
    plan = plans.answer_again(before) or plans.answer(ARTICLE_CASE)
    calibration_here(plan, next_calibration(plan))
    measurement_upload([gpu.name for gpu in opened_store.catalog().gpus], plan.scenario)
    own_sources()


try:
    page()
except PlannerError as error:
    st.html(problem(str(error)))
