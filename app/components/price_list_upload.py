"""A price list to upload: the differences that it makes first, then the button that makes them."""

from __future__ import annotations

import streamlit as st

from app.components.entry_form import EntryField, entry_form, key_of, set_wrong, texts_of
from app.components.upload_field import upload_field
from app.html_pieces import bullets, paragraph, problem, table
from app.services import price_lists
from app.services.own_catalogue import USD
from app.services.price_lists import MAX_UPLOAD_MB, ProposedPrices
from planner.errors import InputError, PlannerError
from planner.wording.formatting import counted
from planner.wording.price_change_tables import change_sentences, change_tables

_FORM = "price_list"
_FILE, _NEGOTIATED = key_of(_FORM, "file"), key_of(_FORM, "negotiated")
_PROPOSED, _OUTCOME = key_of(_FORM, "proposed"), key_of(_FORM, "outcome")

_FIELDS = (
    EntryField(
        "provider", "Provider of the list", "If the list does not say whose prices it has.", "AWS"
    ),
    EntryField("as_of", "Date of its prices", "If it states none.", "2026-11-22"),
    EntryField(
        "regions",
        "Only these regions",
        "With commas between them. Empty: each machine's cheapest, and those that are known.",
        "all",
    ),
    EntryField("currency", "Currency of the list", "A code such as EUR. Empty: US dollars.", USD),
    EntryField("rate", "US dollars for one of it", None, "1.08"),
    EntryField("rate_date", "Day of its rate", None, "2026-11-22"),
)


def price_list_upload() -> None:
    """The file, what it does not say itself, the differences, and what became of them."""
    st.header("Import a price list")
    st.html(
        paragraph(
            "A CSV: a catalogue of SkyPilot or gpuhunt, or your own with the columns provider, "
            "gpu, gpu_count, terms, as_of, source, and usd_per_hour or usd_per_year. You see the "
            "differences before anything is stored. Earlier prices stay with their dates."
        )
    )
    upload_field("Price list", _FILE, MAX_UPLOAD_MB, type="csv", on_change=_forget)
    entry_form(_FORM, _FIELDS)
    st.toggle(
        "These are our own prices",
        key=_NEGOTIATED,
        help="They take the place of published ones in plans.",
    )
    st.button("Show the differences", on_click=_propose, key=key_of(_FORM, "show"))
    proposed: ProposedPrices | None = st.session_state.get(_PROPOSED)
    if proposed is not None:
        _differences(proposed)
    told = st.session_state.pop(_OUTCOME, None)
    if told is not None:
        done, text = told
        st.html(paragraph(text) if done else problem(text))


def _differences(proposed: ProposedPrices) -> None:
    st.html(paragraph(f"{proposed.name} would make these differences:", "lead"))
    for change in change_tables(proposed.found):
        st.html(paragraph(change.title, "note") + table(change.title, change.headings, change.rows))
    st.html(bullets(change_sentences(proposed.found)))
    st.button("Apply", type="primary", on_click=_apply, key=key_of(_FORM, "apply"))


def _propose() -> None:
    _forget()
    file = st.session_state.get(_FILE)
    if file is None:
        st.session_state[_OUTCOME] = (False, "No file is selected; select a CSV.")
        return
    stated = texts_of(_FORM, _FIELDS)
    stated["negotiated"] = "yes" if st.session_state.get(_NEGOTIATED) else ""
    try:
        st.session_state[_PROPOSED] = price_lists.propose(file.getvalue(), file.name, stated)
    except PlannerError as error:
        field = error.field if isinstance(error, InputError) else None
        if field in stated:
            set_wrong(_FORM, {field: str(error)})
        st.session_state[_OUTCOME] = (False, str(error))


def _apply() -> None:
    try:
        stored = price_lists.apply(st.session_state[_PROPOSED])
    except PlannerError as error:
        st.session_state[_OUTCOME] = (False, str(error))
        return
    _forget()
    st.session_state[_OUTCOME] = (
        True,
        f"Stored {counted(stored, 'price')}. Plans use it from now on.",
    )


def _forget() -> None:
    st.session_state.pop(_PROPOSED, None)
    set_wrong(_FORM, {})
