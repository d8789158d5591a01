"""The Plan page: documents a year and a budget in, GPU configurations out."""

from __future__ import annotations

import streamlit as st

from app import charts, services
from app.components.answer import answer
from app.components.options import details, options, unusable
from app.components.question import ask
from app.components.scenarios import remember, scenario_name, scenarios
from app.entered import ARTICLE_CASE, field_of, reading
from app.html_pieces import problem
from planner.errors import InputError, PlannerError
from planner.fleet.plan import Plan

_ANSWERED = "answered"


def page() -> None:
    """Ask, answer, compare."""
    st.title("GPU capacity planner")
    catalog = services.catalog()
    with st.sidebar:
        scenarios()
        question = ask([m.hf_id for m in catalog.models], [g.name for g in catalog.gpus])
    read = reading(question.entered, scenario_name(question.entered))
    wrong = dict(read.wrong)
    if read.scenario is not None:
        try:
            st.session_state[_ANSWERED] = services.answer(read.scenario)
        except InputError as error:
            wrong[field_of(error, question.entered)] = str(error)
    question.tell(wrong, read.missing)
    remember(None if wrong else read.scenario)
    plan: Plan = st.session_state.get(_ANSWERED) or services.answer(ARTICLE_CASE)
    show(plan, current=not wrong)


def show(plan: Plan, current: bool) -> None:
    """The answer and everything behind it."""
    colours = charts.palette(st.context.theme.type)
    answer(plan, current)
    options(plan, colours)
    details(plan, colours)
    unusable(plan)


try:
    page()
except PlannerError as error:
    st.html(problem(str(error)))
