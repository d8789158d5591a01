"""The Model page: how accurate the forecasts are, and which measurements would improve them."""

from __future__ import annotations

import shlex
from itertools import groupby

import streamlit as st

from app import charts
from app.changelog import UNRELEASED, changed_results
from app.components import accuracy_tables
from app.components.own_measurement_tables import (
    calibration_runs,
    runs_in_forecasts,
    sources_set_aside,
)
from app.components.sidebar import keep_inputs
from app.forecast_weaknesses import weaknesses
from app.html_pieces import bullets, paragraph, problem, table
from app.scenario_from_fields import ARTICLE_CASE
from app.services import curves, opened_store, own_measurements, plans
from planner.errors import PlannerError
from planner.fleet.plan import Plan
from planner.fleet.scenario_file import scenario_file_text
from planner.forecast.accuracy_record import accuracy_rows, left_out_rows
from planner.learning.random_effects import silicon_of
from planner.report.pdf_deployment import (
    MEASUREMENT_COLUMNS,
    SCENARIO_FILE,
    calibrate_command,
    first_measurement,
    measurement_rows,
)
from planner.vllm.setting_flags import placeholder_notes
from planner.wording.explanation import configuration, nothing_runs

KINDS = {"quantization": "Quantization", "gpus": "GPUs of a replica", "engine": "vLLM generation"}


def page() -> None:
    """Show the accuracy, its weak spots, what to measure next, and what changed."""
    keep_inputs()
    st.title("How far to trust the forecasts")
    rows, points = accuracy_rows(), left_out_rows()
    names = {p.source_id: p.source for p in reversed(points)}
    accuracy_tables.summary(rows)
    st.header("Forecast against measured")
    accuracy_tables.scatter(points, names, charts.palette(st.context.theme.type))
    st.header("By GPU")
    accuracy_tables.accuracy_table("gpu", "GPU", rows, points, {})
    st.header("By kind of deployment")
    for tab, (kind, head) in zip(st.tabs(list(KINDS.values())), KINDS.items(), strict=True):
        with tab:
            accuracy_tables.accuracy_table(kind, head, rows, points, {})
    st.header("By source")
    accuracy_tables.accuracy_table("source", "Source", rows, points, names)
    st.header("Answer times")
    accuracy_tables.answer_times(rows)
    st.header("Where the forecasts are weak")
    measured = {p.gpu for p in points}
    gpus = [g.name for g in opened_store.catalog().gpus if silicon_of(g) not in measured]
    st.html(bullets(weaknesses(rows, points, names, gpus)))
    before: Plan | None = st.session_state.get("answered")
    plan = plans.answer_again(before) or plans.answer(ARTICLE_CASE)
    _next_measurement(plan)
    _own_runs()
    _changes(points[0].model_version)


def _next_measurement(plan: Plan) -> None:
    st.header("Which measurement would help most")
    option = plan.nearest
    if option is None:
        st.html(paragraph(f"{nothing_runs(plan)}, so there is nothing to measure."))
        return
    worth = curves.worth_measuring(plan.scenario, option.fleet[0])
    here = f"{configuration(option)}, {plan.scenario.name}"
    if not worth.steps:
        st.html(paragraph(f"{here}: documents of this size do not fit on the GPU."))
        return
    st.html(
        paragraph(
            f"{here}. {first_measurement(worth)} This command chooses the points and measures them:"
        )
    )
    command = calibrate_command(plan, option.fleet[0], SCENARIO_FILE)
    st.code(shlex.join(command), language=None, wrap_lines=True)
    for note in placeholder_notes(command):
        st.html(paragraph(note))
    st.download_button(
        f"Download {SCENARIO_FILE}",
        data=scenario_file_text(plan.scenario),
        file_name=SCENARIO_FILE,
        mime="application/yaml",
        on_click="ignore",
    )
    st.html(
        table(
            "Measurements, the most helpful first",
            MEASUREMENT_COLUMNS,
            measurement_rows(worth),
        )
    )


def _own_runs() -> None:
    st.header("Your own measurements")
    runs, used, aside = (
        own_measurements.runs(),
        own_measurements.own_runs(),
        own_measurements.sources_set_aside(),
    )
    if not runs and not used and not aside:
        st.html(
            paragraph(
                "None yet: all forecasts rest on published measurements. The command above takes a "
                "few minutes on your machine."
            )
        )
        return
    if used:
        runs_in_forecasts(used)
    if aside:
        sources_set_aside(aside)
    if runs:
        calibration_runs(runs)


def _changes(checked_version: str) -> None:
    st.header("How the model changed")
    version = opened_store.forecaster().model_version
    note = (
        "it is the version checked above"
        if version == checked_version
        else f"the check above was of {checked_version}, without your own measurements"
    )
    st.html(
        paragraph(
            f"Forecasts come from model {version}; {note}. The number before the hyphen increases "
            "when the equations change; the rest changes with the measurements."
        )
    )
    for release, changes in groupby(changed_results(), key=lambda change: change.release):
        st.subheader("Not released yet" if release == UNRELEASED else release)
        st.markdown("\n".join(f"- {change.text}" for change in changes))


try:
    page()
except PlannerError as error:
    st.html(problem(str(error)))
