"""The Plan page: documents a year and limits in, ranked GPU configurations out."""

from __future__ import annotations

import streamlit as st

from app import charts
from app.components.answer import NOT_YOURS, STALE_REASON, answer
from app.components.class_table import CLASS_ROWS
from app.components.fields import what_the_link_got_wrong
from app.components.history import remember_address
from app.components.linked_lengths import base_with_linked_lengths, put_lengths_into_link
from app.components.options import details, hosted, options, unusable
from app.components.risk_of_plan import risk_of_plan
from app.components.saved_scenarios import scenario_list, set_scenario_to_save
from app.components.scenario_base import chosen_name, kept_note, scenario_name, whole_scenario
from app.components.sidebar import draw_inputs, take_inputs_back
from app.document_classes import said_of_table
from app.field_entries import entries_of
from app.html_pieces import problem
from app.scenario_from_fields import ARTICLE_CASE, field_of, read_fields
from app.services import opened_store, plans
from planner.catalog.lookup import Catalog
from planner.errors import InputError, PlannerError
from planner.fleet.plan import Plan
from planner.fleet.scenario import Scenario
from planner.report.entries import Entries
from planner.wording.model_sentences import read_as

_ANSWERED, _ENTRIES = "answered", "answered_entries"


def page() -> None:
    """Draw the inputs, make the plan, show it."""
    take_inputs_back()
    st.title("GPU capacity planner")
    catalog, wide = opened_store.catalog(), st.container()
    models, gpus = [m.hf_id for m in catalog.models], [g.name for g in catalog.gpus]
    with st.sidebar:
        listed = scenario_list()
        inputs = draw_inputs(models, gpus, wide)
    read = read_fields(inputs.entered, scenario_name(inputs.entered, listed.base))
    base, notes, scenario = listed.base, dict(read.missing), read.scenario
    if scenario is not None:
        base = base_with_linked_lengths(scenario, base, inputs.entered)
        whole = whole_scenario(scenario, base)
        is_in_link = put_lengths_into_link(scenario, whole, inputs.entered)
        if (kept := kept_note(whole, base, is_in_link)) is not None:
            notes[""] = kept
        scenario = whole
    wrong = what_the_link_got_wrong(inputs.entered) | dict(read.wrong)
    if scenario is not None and not wrong and not listed.is_refused:
        try:
            st.session_state[_ANSWERED] = plans.answer(scenario)
            st.session_state[_ENTRIES] = entries_of(inputs.entered, scenario)
            notes |= _readings(catalog, scenario)
        except InputError as error:
            wrong[field_of(error, inputs.entered)] = said_of_table(error)
    inputs.show_messages(wrong, notes)
    is_refused = bool(wrong) or listed.is_refused
    set_scenario_to_save(listed, None if wrong else scenario, inputs.entered)
    plan = plans.answer_again(st.session_state.get(_ANSWERED))
    if plan is None:  # nothing has been answered, or its model is gone
        st.session_state.pop(_ANSWERED, None)
        st.session_state.pop(_ENTRIES, None)
    stale = NOT_YOURS if plan is None else STALE_REASON
    entries: Entries | None = st.session_state.get(_ENTRIES)
    remember_address(chosen_name(), inputs.entered)
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
    risk_of_plan(plan)
    options(plan, colours)
    hosted(plan, colours)
    details(plan, colours)
    unusable(plan)


try:
    page()
except PlannerError as error:
    st.html(problem(str(error)))
