"""The user's sources of measurements: which ones forecasts use, one set aside or used again."""

from __future__ import annotations

import streamlit as st

from app.components.own_measurement_tables import calibration_runs, runs_in_forecasts
from app.html_pieces import paragraph, problem, table
from app.services import own_measurements
from planner.errors import PlannerError
from planner.wording.formatting import count
from planner.wording.own_run_sentences import use_of_source

_CHOSEN, _OUTCOME, _CHANGED = "own_source", "own_source_outcome", "own_source_changed"


def own_sources() -> None:
    """The sources with their use, the runs in forecasts, the calibrations."""
    st.header("Your measurements")
    sources = own_measurements.own_sources()
    if not sources:
        st.html(paragraph("None yet: all forecasts rest on published measurements."))
        st.session_state.pop(_CHANGED, None)
        return
    used = own_measurements.own_runs()
    roles = own_measurements.roles_by_source(used)
    st.html(
        table(
            "Your sources of measurements",
            ("Source", "Name", "Measurements", "In forecasts"),
            [
                (
                    s.id,
                    s.name,
                    count(s.measurements),
                    use_of_source(s.set_aside, roles.get(s.id, ())),
                )
                for s in sources
            ],
        )
    )
    _change({source.id: source.set_aside for source in sources})
    if used:
        runs_in_forecasts(used)
    if runs := own_measurements.runs():
        calibration_runs(runs)


def _change(set_aside: dict[str, bool]) -> None:
    if st.session_state.get(_CHOSEN) not in set_aside:
        st.session_state.pop(_CHOSEN, None)
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    with left:
        source = st.selectbox("Source", list(set_aside), key=_CHOSEN)
    with right:
        aside = set_aside[source]
        st.button(
            "Use again" if aside else "Set aside",
            key="own_source_change",
            on_click=_set,
            args=(source, not aside),
            help="What is set aside stays stored, but no forecast uses it.",
        )
    if (wrong := st.session_state.pop(_OUTCOME, None)) is not None:
        st.html(problem(wrong))
    changed = st.session_state.get(_CHANGED)
    if changed in set_aside:
        now_aside = set_aside[changed]
        left, right = st.columns([3, 1], vertical_alignment="center")
        told = "is set aside: no forecast uses it" if now_aside else "is used in forecasts again"
        left.html(paragraph(f"{changed} {told}.", "note"))
        right.button(
            "Undo", key="own_source_undo", on_click=_set, args=(changed, not now_aside),
            type="tertiary",
        )  # fmt: skip


def _set(source: str, aside: bool) -> None:
    try:
        (own_measurements.set_aside if aside else own_measurements.use_again)(source)
    except PlannerError as error:
        st.session_state[_OUTCOME] = str(error)
        return
    st.session_state[_CHANGED] = source
