"""The calibration of one configuration: hardware, points with their minutes, command to copy."""

from __future__ import annotations

import shlex

import streamlit as st

from app.html_pieces import bullets, paragraph, problem, table
from app.option_rows import machines_of
from app.services import calibration_design
from planner.errors import InputError
from planner.fleet.plan import FleetItem, Plan
from planner.fleet.scenario_file import scenario_file_text
from planner.report.pdf_deployment import SCENARIO_FILE, calibrate_command
from planner.vllm.setting_flags import placeholder_notes
from planner.wording.explanation import nothing_runs
from planner.wording.formatting import MISSING, count, significant


def hardware_here() -> None:
    """The GPUs of this server, or how to calibrate on another machine."""
    st.header("Which GPU is measured?")
    found = calibration_design.cards_here()
    if not found.cards:
        st.html(
            paragraph(
                f"This server has no GPU to measure ({found.reason or 'none is seen'}). Install "
                "planner and vLLM on the machine with the GPU and run the command below there. "
                "Then run planner export measurements.csv there, and import that file here. No "
                "connection between the two machines is needed."
            )
        )
        return
    st.html(
        table(
            "GPUs of this server",
            ("GPU", "Memory, GiB", "Driver", "Power limit, W"),
            [
                (
                    card.name,
                    significant(card.memory_gib),
                    card.driver or MISSING,
                    count(card.power_limit_w),
                )
                for card in found.cards
            ],
        )
    )


def next_calibration(plan: Plan) -> FleetItem | None:
    """Let the reader choose a configuration, and show what a calibration of it would measure.

    Returns what was chosen; None if nothing can run.
    """
    st.header("What would be measured?")
    listed = machines_of(plan)
    if not listed:
        st.html(paragraph(f"{nothing_runs(plan)}, so there is nothing to measure."))
        return None
    st.html(paragraph(f"For the scenario “{plan.scenario.name}”, as it is on the Plan page."))
    key = "calibrated_configuration"
    if st.session_state.get(key) not in listed:
        st.session_state.pop(key, None)
    item = listed[st.selectbox("Configuration", list(listed), key=key)]
    _points(plan, item)
    _command(plan, item)
    return item


def _points(plan: Plan, item: FleetItem) -> None:
    try:
        design = calibration_design.calibration_design(plan.scenario, item)
    except InputError as error:
        st.html(problem(str(error)))
        return
    st.html(
        paragraph(
            f"{len(design.points)} load points in about {count(max(1, round(design.minutes)))} "
            "minutes with the start of the engine, if every forecast is right. After each point "
            "the calibration chooses the next one anew, and it stops when the forecast is narrow "
            "enough."
        )
        + table(
            "Load points in their order",
            ("Point", "Tokens in", "Tokens out", "In parallel", "Minutes"),
            [
                (
                    str(number),
                    count(point.input_tokens),
                    count(point.output_tokens),
                    count(point.concurrency),
                    significant(point.minutes, 2),
                )
                for number, point in enumerate(design.points, start=1)
            ],
        )
    )


def _command(plan: Plan, item: FleetItem) -> None:
    command = calibrate_command(plan, item, SCENARIO_FILE)
    st.html(paragraph("The command that measures them on the machine with the GPU:", "lead"))
    st.code(shlex.join(command), language=None, wrap_lines=True)
    st.html(bullets(placeholder_notes(command)))
    st.download_button(
        f"Download {SCENARIO_FILE}",
        data=scenario_file_text(plan.scenario),
        file_name=SCENARIO_FILE,
        mime="application/yaml",
        on_click="ignore",
    )
