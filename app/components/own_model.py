"""A model that is not in the catalogue, from its config.json."""

from __future__ import annotations

import streamlit as st

from app.components.upload_field import upload_field
from app.html_pieces import paragraph, problem
from app.services import own_models
from planner.errors import PlannerError

_OUTCOME = "own_model_outcome"


def own_model() -> None:
    """A popover that adds a model to the store and selects it."""
    with st.popover("Add a model"):
        st.markdown(
            "Any decoder model or your own fine-tune. Its `config.json` gives the shape, and speed "
            "and memory follow from that. No other file is needed."
        )
        upload_field("config.json", "own_config", 4, type="json")
        st.text_input("Name", key="own_name", placeholder="our-org/claims-mistral-7b")
        st.text_input(
            "Fine-tune of",
            key="own_base",
            placeholder="mistralai/Mistral-7B-Instruct-v0.2",
            help="The model in the catalogue with the same architecture. Measurements of it then "
            "count for yours too. Empty: none.",
        )
        st.button("Add and use it", on_click=_add, type="primary")
        if outcome := st.session_state.get(_OUTCOME):
            added, text = outcome
            st.html(paragraph(text) if added else problem(text))


def _add() -> None:
    file = st.session_state.get("own_config")
    if file is None:
        st.session_state[_OUTCOME] = (False, "No file is selected; select the model's config.json.")
        return
    name, base = st.session_state["own_name"].strip(), st.session_state["own_base"].strip()
    try:
        model = own_models.add_model(file.getvalue(), name, base)
    except PlannerError as error:
        st.session_state[_OUTCOME] = (False, str(error))
        return
    st.session_state["model"] = model.hf_id
    st.session_state[_OUTCOME] = (True, f"{model.hf_id} has been added and selected.")
