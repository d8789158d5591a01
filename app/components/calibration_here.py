"""Starts a calibration on this server if its owner allows that, and shows it point by point."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from app.components.forecast_change_table import forecast_change
from app.html_pieces import paragraph, problem, table
from app.services import calibration_design, started_calibration
from app.services.started_calibration import ALLOW_VARIABLE, CalibrationState
from planner.errors import PlannerError
from planner.fleet.plan import FleetItem, Plan
from planner.fleet.scenario import Scenario
from planner.records.calibration_record import CalibrationRun, RunPoint
from planner.wording.formatting import MISSING, count, counted, significant

REDRAWN_EVERY_S = 2
_OUTCOME, _RESUMED, _WAS_RUNNING = "calibration_outcome", "calibration_resumed", "calibration_runs"


def calibration_here(plan: Plan, item: FleetItem | None) -> None:
    """The buttons that start, stop and resume, and the progress of the last calibration."""
    st.header("Calibrate this server's hardware")
    if not started_calibration.allowed():
        st.html(
            paragraph(
                "This server does not start calibrations: run the command above. A calibration "
                "occupies the GPU, so only the server's owner can allow it, by starting the app "
                f"with {ALLOW_VARIABLE}=1 in its environment."
            )
        )
        return
    cards = calibration_design.cards_here().cards
    measured = ", ".join(card.name for card in cards) or "its processor, as it has no GPU"
    st.html(
        paragraph(
            f"This server can measure {measured}, with the model and the weights of the "
            "configuration above. Nobody else should use it meanwhile."
        )
    )
    state = started_calibration.state()
    running = state is not None and state.is_running
    missing = None if item is None else started_calibration.not_stated(plan, item)
    if missing is not None:
        st.html(paragraph(missing, "note"))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if running:
            st.button(
                "Stop", key="calibration_stop", on_click=_try, args=(started_calibration.stop,)
            )
        elif item is not None and missing is None:
            st.button(
                "Start the calibration",
                key="calibration_start",
                type="primary",
                on_click=_try,
                args=(started_calibration.start, plan, item),
            )
    if not running:
        _resume(plan.scenario)
    if (wrong := st.session_state.pop(_OUTCOME, None)) is not None:
        st.html(problem(wrong))
    st.session_state[_WAS_RUNNING] = running
    if state is not None:
        st.fragment(_progress, run_every=REDRAWN_EVERY_S if running else None)()


def _resume(scenario: Scenario) -> None:
    runs = {run.run_id: run for run in started_calibration.resumable()}
    if not runs:
        return
    if st.session_state.get(_RESUMED) not in runs:
        st.session_state.pop(_RESUMED, None)
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    with left:
        chosen = st.selectbox(
            "A calibration that is not complete",
            list(runs),
            key=_RESUMED,
            format_func=lambda run_id: _run_words(runs[run_id]),
        )
    with right:
        st.button(
            "Resume",
            key="calibration_resume",
            on_click=_try,
            args=(started_calibration.resume, chosen, scenario),
        )


def _run_words(run: CalibrationRun) -> str:
    return f"{run.run_id}: {run.model} on {run.gpu}, {run.stopped or 'ended without a word'}"


def _progress() -> None:
    """Draw how far the calibration is. A fragment runs without the page, so it tells its errors."""
    try:
        state = started_calibration.state()
    except PlannerError as error:
        st.html(problem(str(error)))
        return
    if state is None:
        return
    if not state.is_running and st.session_state.get(_WAS_RUNNING):
        st.rerun()
    st.html(paragraph(_headline(state), "lead") + _points(state))
    if state.is_running or state.change is None:
        st.code("\n".join(state.says), language=None, wrap_lines=True)
    if state.change is not None:
        forecast_change(state.change, state.scenario)
    elif state.why_no_change is not None:
        st.html(problem(f"What it changed in the forecasts cannot be shown: {state.why_no_change}"))


def _headline(state: CalibrationState) -> str:
    measured = counted(sum(point.status == "ok" for point in state.points), "point")
    if state.is_running:
        return f"The calibration is running: {measured} measured."
    reason = None if state.run is None else state.run.stopped
    if reason is None:
        return f"The calibration has ended with exit status {state.exit_status}: {measured}."
    return f"The calibration has ended ({reason}): {measured} measured."


def _points(state: CalibrationState) -> str:
    if not state.points:
        return ""
    return table(
        "Points of the calibration",
        ("Point", "Tokens in", "Tokens out", "In parallel", "Output tokens/s", "Result"),
        [_point_row(number, point) for number, point in enumerate(state.points, start=1)],
    )


def _point_row(number: int, point: RunPoint) -> tuple[str, ...]:
    measured = point.measurement
    return (
        str(number),
        count(point.input_tokens),
        count(point.output_tokens),
        count(point.concurrency),
        MISSING if measured is None else significant(measured.output_tokens_per_s),
        point.status if point.reason is None else f"{point.status}: {point.reason}",
    )


def _try(act: Callable[..., None], *arguments: object) -> None:
    try:
        act(*arguments)
    except PlannerError as error:
        st.session_state[_OUTCOME] = str(error)
