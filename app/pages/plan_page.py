"""The Plan page: documents a year and limits in, ranked GPU configurations out."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from app import charts
from app.components.answer import NOT_YOURS, STALE_REASON, answer
from app.components.answer_first import let_it_be_seen
from app.components.class_table import CLASS_ROWS
from app.components.fields import what_the_link_got_wrong
from app.components.history import remember_address
from app.components.linked_lengths import base_with_linked_lengths, put_lengths_into_link
from app.components.options import details, hosted, options, unusable
from app.components.parts import ANSWER
from app.components.popover_focus import lead_tab_into_popovers
from app.components.risk_of_plan import risk_of_plan
from app.components.saved_scenarios import Listed, scenario_list, set_scenario_to_save
from app.components.scenario_base import (
    chosen_name,
    entries_now,
    is_example_again,
    kept_note,
    scenario_name,
    whole_scenario,
)
from app.components.sidebar import draw_inputs, take_inputs_back
from app.document_classes import said_of_table
from app.field_entries import entries_of
from app.html_pieces import problem
from app.kept_fields import Base
from app.scenario_from_fields import ARTICLE_CASE, field_of, read_fields
from app.services import opened_store, plans
from app.turns import turn
from planner.catalog.lookup import Catalog
from planner.errors import InputError, PlannerError
from planner.fleet.plan import Plan
from planner.fleet.scenario import Scenario
from planner.report.entries import Entries
from planner.report.shortlist import shortlist
from planner.wording.model_sentences import read_as

_LAST_PLAN, _LAST_ENTRIES, _LAST_READING = "answered", "answered_entries", "answered_reading"


@dataclass(frozen=True, slots=True)
class _Reading:
    """The entries as read: the scenario, and the messages below the fields.

    ``scenario`` is None if an entry cannot be read; ``base`` is what the fields were filled with.
    """

    entered: Mapping[str, Any]
    scenario: Scenario | None
    base: Base | None
    wrong: Mapping[str, str]
    notes: Mapping[str, str]


def page() -> None:
    """Draw the inputs, make the plan, show it."""
    take_inputs_back()
    st.title("GPU capacity planner")
    catalog, wide = opened_store.catalog(), st.container()
    models, gpus = [m.hf_id for m in catalog.models], [g.name for g in catalog.gpus]
    with st.sidebar:
        listed = scenario_list()
        inputs = draw_inputs(models, gpus, wide)
    reading = _read_and_plan(inputs.entered, listed.base, listed.is_refused)
    inputs.show_messages(reading.wrong, reading.notes)
    set_scenario_to_save(listed, None if reading.wrong else reading.scenario, inputs.entered)
    _answer_part(listed, reading, inputs.numbers)
    lead_tab_into_popovers()


def _read_and_plan(entered: Mapping[str, Any], base: Base | None, is_refused: bool) -> _Reading:
    """Read the entries, and make the plan if all of them can be read."""
    entered = dict(entered)
    read = read_fields(entered, scenario_name(entered, base))
    notes, scenario = dict(read.missing), read.scenario
    if scenario is not None:
        base = base_with_linked_lengths(scenario, base, entered)
        whole = whole_scenario(scenario, base)
        is_in_link = put_lengths_into_link(scenario, whole, entered)
        if (kept := kept_note(whole, base, is_in_link)) is not None:
            notes[""] = kept
        scenario = whole
    wrong = what_the_link_got_wrong(entered) | dict(read.wrong)
    if scenario is not None and not wrong and not is_refused:
        try:
            st.session_state[_LAST_PLAN] = plans.answer(scenario)
            st.session_state[_LAST_ENTRIES] = entries_of(entered, scenario)
            notes |= _readings(opened_store.catalog(), scenario)
        except InputError as error:
            wrong[field_of(error, entered)] = said_of_table(error, entered[CLASS_ROWS])
    reading = _Reading(entered, scenario, base, wrong, notes)
    st.session_state[_LAST_READING] = reading
    return reading


@st.fragment(key=ANSWER)
def _answer_part(listed: Listed, drawn: _Reading, numbers: Collection[str]) -> None:
    """The last answer; drawn again alone if no other entries changed than those of ``numbers``.

    ``drawn`` is what the rest of the page was drawn for.
    """
    try:
        with turn():
            reading: _Reading = st.session_state[_LAST_READING]
            now = entries_now()
            if (entered := {key: now[key] for key in drawn.entered}) != reading.entered:
                changed = {key for key in entered if entered[key] != drawn.entered[key]}
                if not changed <= set(numbers) or is_example_again(drawn.base):
                    st.rerun()
                reading = _read_and_plan(entered, drawn.base, listed.is_refused)
                if (reading.wrong, reading.notes) != (drawn.wrong, drawn.notes):
                    st.rerun()  # they are told in another part
                if reading.scenario is not None:
                    listed.offered = reading.scenario
            _show_last_plan(reading, bool(reading.wrong) or listed.is_refused)
    except PlannerError as error:
        st.html(problem(str(error)))


def _show_last_plan(reading: _Reading, is_refused: bool) -> None:
    plan = plans.answer_again(st.session_state.get(_LAST_PLAN))
    if plan is None:  # nothing has been answered, or its model is gone
        st.session_state.pop(_LAST_PLAN, None)
        st.session_state.pop(_LAST_ENTRIES, None)
    stale = NOT_YOURS if plan is None else STALE_REASON
    entries: Entries | None = st.session_state.get(_LAST_ENTRIES)
    remember_address(chosen_name(), reading.entered)
    show(plan or plans.answer(ARTICLE_CASE), stale if is_refused else None, entries)


def _readings(catalog: Catalog, scenario: Scenario) -> dict[str, str]:
    """Below the model's field and the table: which shapes the names of models were read as, if
    they are not the catalogue's.
    """
    of_table = dict.fromkeys(one.model for one in scenario.classes if one.model)
    named = {"model": [scenario.model], CLASS_ROWS: list(of_table)}
    said = {key: [read_as(catalog.model(name)) for name in names] for key, names in named.items()}
    found = {key: " ".join(filter(None, sentences)) for key, sentences in said.items()}
    return {key: sentence for key, sentence in found.items() if sentence}


def show(plan: Plan, stale: str | None, entries: Entries | None) -> None:
    """Show the recommendation, its risk, the options compared, and what cannot be used."""
    colours = charts.palette(st.context.theme.type)
    answer(plan, stale, entries)
    let_it_be_seen()
    risk_of_plan(plan)
    best = shortlist(plan)
    options(plan, best, colours)
    hosted(plan, colours)
    details(plan, best, colours)
    unusable(plan)


try:
    page()
except PlannerError as error:
    st.html(problem(str(error)))
