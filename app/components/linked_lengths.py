"""Measured distributions of lengths, which have no field, in the link of the Plan page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from app.components.class_table import CLASS_ROWS
from app.components.fields import note_wrong_in_link
from app.components.scenario_base import chosen_name, keep, whole_scenario
from app.kept_fields import Base, typed_of
from app.lengths_in_link import PARAMETERS, texts_of, with_texts
from planner.errors import InputError
from planner.fleet.scenario import Scenario

_TAKEN = "lengths_taken_from_link"
_CONTRADICTION = (
    "The link states lengths that were measured, and another mean or p95 for them; measure them "
    "again, or change this field to go on without them."
)


def base_with_linked_lengths(
    read: Scenario, base: Base | None, entered: Mapping[str, Any]
) -> Base | None:
    """The base of the fields with the lengths that the link states, when it is opened."""
    is_taken = st.session_state.get(_TAKEN, False)
    st.session_state[_TAKEN] = True
    stated = {name: st.query_params.get_all(name) for name in PARAMETERS}
    if is_taken or not any(stated.values()):
        return base
    before = whole_scenario(read, base)
    try:
        whole = with_texts(before, stated)
        found = Base.of(whole, typed_of(entered, whole))
        if whole_scenario(read, found) != whole:
            raise InputError(_CONTRADICTION)
    except InputError as error:
        note_wrong_in_link(CLASS_ROWS if read.classes else "input", str(error))
        return base
    if texts_of(whole) == texts_of(before):
        return base
    keep(found, chosen_name(), is_edited=True)
    return found


def put_lengths_into_link(whole: Scenario) -> bool:
    """Put the distributions of the scenario into the link; False if they are too long for one."""
    texts = texts_of(whole)
    for name in PARAMETERS:
        if texts.get(name, []) != st.query_params.get_all(name):
            if name in texts:
                st.query_params[name] = texts[name]
            else:
                del st.query_params[name]
    return bool(texts)
