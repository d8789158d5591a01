"""A model that is not in the catalogue, from its config.json."""

from __future__ import annotations

import streamlit as st

from app import services
from app.html_pieces import paragraph, problem
from planner.errors import PlannerError

_SAID = "own_model_said"


def own_model() -> None:
    """A popover that adds a model to the store and chooses it."""
    with st.popover("Add a model"):
        st.markdown(
            "Any decoder model, or your own fine-tune: its `config.json` states the shape that "
            "speed and memory follow from. Only that file is read."
        )
        st.file_uploader("config.json", type="json", key="own_config", max_upload_size=4)
        st.text_input("Name", key="own_name", placeholder="our-org/claims-mistral-7b")
        st.text_input(
            "Fine-tune of",
            key="own_base",
            placeholder="mistralai/Mistral-7B-Instruct-v0.2",
            help="The catalogue's model with the same architecture: measurements of it then count "
            "for yours. Empty: none.",
        )
        st.button("Add and use it", on_click=_add, type="primary")
        if said := st.session_state.get(_SAID):
            right, text = said
            st.html(paragraph(text) if right else problem(text))


def _add() -> None:
    file = st.session_state.get("own_config")
    if file is None:
        st.session_state[_SAID] = (False, "No file is chosen; choose the model's config.json.")
        return
    name, base = st.session_state["own_name"].strip(), st.session_state["own_base"].strip()
    try:
        model = services.add_model(file.getvalue(), name, base)
    except PlannerError as error:
        st.session_state[_SAID] = (False, str(error))
        return
    st.session_state["model"] = model.hf_id
    st.session_state[_SAID] = (True, f"{model.hf_id} is in the list now, marked as yours.")
