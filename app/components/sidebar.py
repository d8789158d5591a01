"""The inputs of the Plan page in the sidebar: documents, limits, assumptions."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.components.assumption_fields import assumption_fields
from app.components.document_fields import document_fields
from app.components.fields import Fields
from app.components.history import is_step_in_history, return_to_remembered_address
from app.html_pieces import paragraph, problem
from app.scenario_from_fields import DEFAULTS, KINDS

_ASSUMPTIONS = "More assumptions"
_KEYS, _ELSEWHERE = ("scenario", *DEFAULTS), "is_elsewhere"


@dataclass(frozen=True, slots=True)
class Inputs:
    """The value of each field, and the place below it for a message; "" is above all fields.

    Messages of the fields in ``folded`` are above all fields too: they may be out of sight.
    ``numbers`` are the fields that change nothing but themselves and the answer.
    """

    entered: dict[str, Any]
    places: Mapping[str, DeltaGenerator] = field(repr=False)
    folded: Collection[str] = ()
    numbers: Collection[str] = ()

    def show_messages(self, wrong: Mapping[str, str], missing: Mapping[str, str]) -> None:
        """Show below each field what is wrong with its entry, or what is still missing."""
        for key, message in missing.items():
            self.places[key].html(paragraph(message, "note"))
        at: dict[str, list[str]] = {}
        for key, message in wrong.items():
            at.setdefault(key if key in self.places else "", []).append(problem(message))
            if key in self.folded:
                at.setdefault("", []).append(paragraph(f"Under {_ASSUMPTIONS}: {message}", "note"))
        for key, messages in at.items():
            self.places[key].html("".join(messages))


def draw_inputs(models: Sequence[str], gpus: Sequence[str], wide: DeltaGenerator) -> Inputs:
    """Draw all fields and return their values; the table of the kinds goes where it is ``wide``."""
    fields = Fields({}, {"": st.empty()})
    document_fields(fields, models, wide)
    _limits(fields, gpus)
    in_sight = set(fields.entered)
    with st.expander(_ASSUMPTIONS):
        assumption_fields(fields)
    folded = fields.entered.keys() - in_sight
    return Inputs(fields.entered, fields.places, folded, frozenset(fields.numbers))


def keep_inputs() -> None:
    """Keep the fields' values while another page is shown; Streamlit would drop them."""
    st.session_state[_ELSEWHERE] = True
    _keep_values()


def take_inputs_back() -> None:
    """Show the kept values after another page, if the address has no entries.

    Streamlit leaves such an address behind on the way to the other page, and would empty the
    fields at a step back to it; it does not in a run that the program asks for. If the session
    began on the other page, the tab may know the entries.
    """
    was_elsewhere = st.session_state.pop(_ELSEWHERE, False)
    if not was_elsewhere or set(_KEYS) & set(st.query_params):
        return
    if not set(_KEYS) & set(st.session_state):
        return_to_remembered_address()
    elif is_step_in_history():
        _keep_values()
        st.rerun()


def _keep_values() -> None:
    for key in _KEYS:
        if key in st.session_state:
            st.session_state[key] = st.session_state[key]


def _limits(fields: Fields, gpus: Sequence[str]) -> None:
    st.header("What are the limits?")
    left, right = st.columns(2)
    with left:
        fields.number("budget", "Budget a year ($)", "Empty: no limit.", placeholder="no limit")
    with right:
        if fields.entered["size"] == KINDS:
            fields.hold("answer_within")
        else:
            _answer_within(fields)
    fields.choices(
        "gpus",
        "GPUs to consider",
        gpus,
        is_open=True,
        placeholder="all in the catalogue",
        help="Empty: every GPU in the catalogue is compared.",
    )
    fields.text(
        "fleet",
        "Fleet to judge",
        "Is this fleet enough? L4:1:2, A100 80GB:1:1 is two replicas of one L4 each and one of an "
        "A100. Empty: the planner looks for a fleet.",
        placeholder="none: look for one",
    )
    left, right = st.columns(2)
    with left:
        fields.number(
            "busiest",
            "Busiest hour (x)",
            "Documents in the busiest hour divided by documents in the average hour. GPUs are "
            "sized for the busiest hour. Use 1 if documents can wait. Use 2 or more if people are "
            "waiting for answers.",
        )
    with right:
        fields.number("hours", "Hours a week", "168 is day and night; office hours are about 40.")
    left, right = st.columns(2)
    if fields.entered["size"] == KINDS:
        fields.hold("done_within")
    else:
        with left:
            _done_within(fields)
    with left if fields.entered["size"] == KINDS else right:
        fields.number(
            "processing",
            "Processing (h a week)",
            "Hours in which documents may be processed, if not those in which they arrive. 168 is "
            "day and night.",
            placeholder="as they arrive",
        )


def _answer_within(fields: Fields) -> None:
    fields.number(
        "answer_within",
        "Answer time, p95 (s)",
        "95 % of documents are answered within this time in the busiest hour, from arrival to "
        "the last token. Empty: no limit, documents can wait.",
        placeholder="no limit",
    )


def _done_within(fields: Fields) -> None:
    fields.number(
        "done_within",
        "Done within (h)",
        "Hours after its arrival within which each document must be done. Empty: documents are "
        "processed in the hour in which they arrive.",
        placeholder="at once",
    )
