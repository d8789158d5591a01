"""The Plan page: documents a year and limits in, ranked GPU configurations out."""

from __future__ import annotations

import streamlit as st

from app import charts
from app.components.answer import answer
from app.components.options import details, hosted, options, unusable
from app.components.risk_of_plan import risk_of_plan
from app.components.saved_scenarios import scenario_list, scenario_name, set_scenario_to_save
from app.components.sidebar import draw_inputs
from app.html_pieces import problem
from app.scenario_from_fields import ARTICLE_CASE, field_of, read_fields
from app.services import opened_store, plans
from planner.catalog.lookup import Catalog
from planner.errors import InputError, PlannerError
from planner.fleet.plan import Plan
from planner.wording.model_sentences import read_as

_ANSWERED = "answered"


def page() -> None:
    """Draw the inputs, make the plan, show it."""
    st.title("GPU capacity planner")
    catalog, wide = opened_store.catalog(), st.container()
    models, gpus = [m.hf_id for m in catalog.models], [g.name for g in catalog.gpus]
    with st.sidebar:
        scenario_list()
        inputs = draw_inputs(models, gpus, wide)
    read = read_fields(inputs.entered, scenario_name(inputs.entered))
    wrong, notes = dict(read.wrong), dict(read.missing)
    if read.scenario is not None:
        try:
            st.session_state[_ANSWERED] = plans.answer(read.scenario)
            notes |= _reading(catalog, read.scenario.model)
        except InputError as error:
            wrong[field_of(error, inputs.entered)] = str(error)
    inputs.show_messages(wrong, notes)
    set_scenario_to_save(None if wrong else read.scenario)
    plan: Plan = st.session_state.get(_ANSWERED) or plans.answer(ARTICLE_CASE)
    show(plan, current=not wrong)


def _reading(catalog: Catalog, model: str) -> dict[str, str]:
    """Below the model's field: which shape its name was read as, if it is not the catalogue's."""
    sentence = read_as(catalog.model(model))
    return {} if sentence is None else {"model": sentence}


def show(plan: Plan, current: bool) -> None:
    """Show the recommendation, its risk, the options compared, and what cannot be used."""
    colours = charts.palette(st.context.theme.type)
    answer(plan, current)
    risk_of_plan(plan)
    options(plan, colours)
    hosted(plan, colours)
    details(plan, colours)
    unusable(plan)


try:
    page()
except PlannerError as error:
    st.html(problem(str(error)))
