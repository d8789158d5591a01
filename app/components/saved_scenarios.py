"""The scenario list of the Plan page: load, save, delete with undo, reset to the article's case."""

from __future__ import annotations

import streamlit as st

from app.components.class_table import redraw_class_table
from app.html_pieces import paragraph, problem
from app.scenario_from_fields import ARTICLE_CASE, DEFAULTS, FieldValues, field_values_of
from app.services import stored_scenarios
from planner.errors import PlannerError
from planner.fleet.scenario import Scenario

_CHOSEN, _DELETED, _WRONG, _NAME = "scenario", "scenario_deleted", "scenario_wrong", "scenario_name"
OWN = "Your scenario"


def scenario_name(entered: FieldValues) -> str:
    """The name for the current entries; a loaded scenario that was edited is marked as changed."""
    if entered == DEFAULTS:
        return ARTICLE_CASE.name
    loaded = st.session_state.get(_CHOSEN) or ARTICLE_CASE.name
    if loaded == ARTICLE_CASE.name:
        return OWN
    return loaded if st.session_state.get("scenario_loaded") == entered else f"{loaded}, changed"


def scenario_list() -> None:
    """Draw the list of scenarios and its actions, which happen before the next run."""
    saved = [scenario.name for scenario in stored_scenarios.saved_scenarios()]
    left, right = st.columns([5, 3], vertical_alignment="bottom")
    with left:
        st.selectbox("Scenario", [ARTICLE_CASE.name, *saved], key=_CHOSEN, on_change=_load)
    with right, st.popover("Save, reset", width="stretch"):
        st.text_input("Name", key=_NAME, max_chars=200, placeholder="Claims 2027")
        st.button("Save under this name", on_click=_save, type="primary", width="stretch")
        st.button("Reset all fields", on_click=_reset, width="stretch")
        if (chosen := st.session_state[_CHOSEN]) in saved:
            st.button("Delete this scenario", on_click=_delete, args=(chosen,), width="stretch")
    if wrong := st.session_state.pop(_WRONG, None):
        st.html(problem(wrong))
    if deleted := st.session_state.get(_DELETED):
        left, right = st.columns([3, 1], vertical_alignment="center")
        left.html(paragraph(f"Deleted: {deleted.name}", "note"))
        right.button("Undo", on_click=_undo, type="tertiary")


def set_scenario_to_save(scenario: Scenario | None) -> None:
    """Set what "save" stores: the current entries, None if one of them is wrong."""
    st.session_state["scenario_entered"] = scenario


def _fill(entered: FieldValues) -> None:
    for key, value in entered.items():
        st.session_state[key] = value
    redraw_class_table()
    st.session_state["scenario_loaded"] = entered


def _load() -> None:
    name = st.session_state[_CHOSEN]
    if name == ARTICLE_CASE.name:
        _fill(DEFAULTS)
        return
    found = next((s for s in stored_scenarios.saved_scenarios() if s.name == name), None)
    if found is not None:
        _fill(field_values_of(found.scenario))


def _reset() -> None:
    st.session_state[_CHOSEN] = ARTICLE_CASE.name
    _fill(DEFAULTS)


def _save() -> None:
    name = st.session_state[_NAME].strip()
    try:
        if name == ARTICLE_CASE.name:
            raise PlannerError(f"“{name}” is the name of the built-in example; give another one.")
        entered: Scenario | None = st.session_state["scenario_entered"]
        if entered is None:
            raise PlannerError("An entry is wrong; correct the marked field, then save.")
        stored_scenarios.save_scenario(name, entered.model_copy(update={"name": name}))
    except PlannerError as error:
        st.session_state[_WRONG] = str(error)
        return
    st.session_state[_CHOSEN] = name
    st.session_state["scenario_loaded"] = field_values_of(entered)


def _delete(name: str) -> None:
    try:
        st.session_state[_DELETED] = stored_scenarios.delete_scenario(name)
    except PlannerError as error:
        st.session_state[_WRONG] = str(error)
        return
    st.session_state[_CHOSEN] = ARTICLE_CASE.name


def _undo() -> None:
    deleted = st.session_state.pop(_DELETED)
    try:
        stored_scenarios.save_scenario(deleted.name, deleted.scenario)
    except PlannerError as error:
        st.session_state[_DELETED], st.session_state[_WRONG] = deleted, str(error)
        return
    st.session_state[_CHOSEN] = deleted.name
