"""The Compare page: two to four scenarios side by side, what is asked and what the answer is."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import streamlit as st

from app.comparison_tables import comparison_csv, comparison_table
from app.components.sidebar import keep_inputs
from app.html_pieces import paragraph, problem
from app.question_words import question_words
from app.scenario_from_fields import ARTICLE_CASE
from app.services import plans, stored_scenarios
from planner.errors import InputError, PlannerError
from planner.fleet.plan import Plan
from planner.fleet.scenario import Scenario
from planner.report.side_by_side import (
    MOST,
    answers_side_by_side,
    differing,
    questions_side_by_side,
)

_COMPARED, _ENTRIES = "compared", "Entries of the Plan page"


def page() -> None:
    """Choose the scenarios, plan them, show what differs."""
    keep_inputs()
    st.title("Compare scenarios")
    scenarios = _scenarios()
    chosen = _chosen(list(scenarios))
    planned = {name: plan for name in chosen if (plan := _planned(name, scenarios[name]))}
    if len(planned) < 2:
        st.html(
            paragraph(
                "Choose two to four scenarios. Save one on the Plan page to find it here; "
                "the entries that the Plan page shows are here too, once it has been open. To "
                "compare fleets, enter each in Fleet to judge there, and save it."
            )
        )
        return
    _tables(planned)


def _scenarios() -> dict[str, Scenario]:
    """The scenarios by the names under which they are offered; the current entries first."""
    found: dict[str, Scenario] = {}
    answered: Plan | None = st.session_state.get("answered")
    if answered is not None and answered.scenario != ARTICLE_CASE:
        found[_ENTRIES] = answered.scenario
    found[ARTICLE_CASE.name] = ARTICLE_CASE
    return found | {one.name: one.scenario for one in stored_scenarios.saved_scenarios()}


def _chosen(names: list[str]) -> list[str]:
    """The names that are chosen, also by a link; what a link names wrongly is told."""
    asked = st.query_params.get_all(_COMPARED) if _COMPARED not in st.session_state else []
    if _COMPARED not in st.session_state and not asked:
        st.session_state[_COMPARED] = names[:2] if len(names) > 1 else []
    listed = [*names, *(one for one in asked if one not in names)]
    listed += [one for one in st.session_state.get(_COMPARED, ()) if one not in listed]
    chosen = st.multiselect(
        "Scenarios",
        listed,
        key=_COMPARED,
        max_selections=MOST,
        placeholder="two to four",
        bind="query-params",
        help="The others are compared with the first.",
    )
    for name in chosen:
        if name in names:
            continue
        found = stored_scenarios.newest_versions().get(name)
        if isinstance(found, stored_scenarios.UnreadableScenario):
            st.html(problem(f"“{name}” does not fit this planner: {found.reason}. Remove it here."))
        else:
            st.html(
                problem(
                    f"No scenario “{name[: stored_scenarios.MOST_LETTERS]}” is saved here; it may "
                    "have been renamed or deleted. Remove it from the list."
                )
            )
    return [name for name in chosen if name in names]


def _planned(name: str, scenario: Scenario) -> Plan | None:
    """The plan; None, and the reason is shown, if none can be made of the scenario."""
    try:
        return plans.answer(scenario)
    except InputError as error:
        st.html(problem(f"{name} is left out: {error}"))
        return None


def _tables(planned: dict[str, Plan]) -> None:
    names, found = list(planned), list(planned.values())
    question = questions_side_by_side([plan.scenario for plan in found])
    answer = answers_side_by_side(found)
    st.html(paragraph(f"≠ marks what differs from the first, {names[0]}.", "note"))
    st.header("What the answers are")
    st.html(comparison_table("Answers", names, answer))
    st.header("What is asked")
    everything = st.toggle("Show what is the same too", key="compare_everything")
    asked = question if everything else differing(question)
    if asked:
        worded = [replace(row, name=question_words(row.name)) for row in asked]
        st.html(comparison_table("Questions", names, worded))
    else:
        st.html(paragraph("All ask the same."))
    st.download_button(
        "Download comparison (CSV)",
        data=partial(comparison_csv, names, question, answer),
        file_name="comparison.csv",
        mime="text/csv",
        on_click="ignore",
    )


try:
    page()
except PlannerError as error:
    st.html(problem(str(error)))
