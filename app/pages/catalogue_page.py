"""The Catalogue page: the GPUs, models and prices that plans use, and the user's own among them."""

from __future__ import annotations

import streamlit as st

from app.components.catalogue_entries import entries
from app.components.catalogue_kinds import kinds_of
from app.components.price_list_upload import price_list_upload
from app.components.sidebar import keep_inputs
from app.components.upload_field import upload_field
from app.html_pieces import paragraph, problem, table
from app.services import opened_store, own_catalogue
from planner.catalog import price_age
from planner.catalog.config_json import MAX_CONFIG_BYTES
from planner.catalog.model_spec import ModelSpec
from planner.catalog.own_rows import left_out_words
from planner.catalog.price_offer import PriceOffer
from planner.errors import PlannerError
from planner.wording.formatting import usd
from planner.wording.price_sentences import age_and_mark

_CONFIG, _PASTED = "model_entry_config", "model_entry_pasted"


def page() -> None:
    """Show what the catalogue holds in three tabs; each takes entries of the user's own."""
    keep_inputs()
    st.title("GPUs, models and prices")
    st.html(
        paragraph(
            "Everything that plans choose from, each entry with its source and date. Entries of "
            "your own count in every plan made here; a built-in entry comes back if you remove "
            "the one that replaces it."
        )
    )
    for offer in own_catalogue.prices_left_out():
        st.html(problem(left_out_words(offer)))
    gpu, model, price = kinds_of(opened_store.store().version(), price_age.today())
    gpus, models, prices = st.tabs(["GPUs", "Models", "Prices"])
    with gpus:
        entries(gpu, own_catalogue.save_gpu)
    with models:
        entries(model, _save_model, more_fields=_config)
    with prices:
        entries(price, own_catalogue.save_offer, more_of=_history)
        price_list_upload()


def _config() -> None:
    st.text_area(
        "config.json, pasted",
        key=_PASTED,
        height=120,
        max_chars=MAX_CONFIG_BYTES,
        placeholder='{"model_type": "mistral", "hidden_size": 4096, ...}',
        help="To change a model, give it again: the catalogue keeps its figures, not the file.",
    )
    upload_field("config.json, uploaded", _CONFIG, MAX_CONFIG_BYTES // 10**6, type="json")


def _save_model(stated: own_catalogue.Stated) -> ModelSpec:
    file, pasted = st.session_state.get(_CONFIG), st.session_state.get(_PASTED) or ""
    content = pasted.encode() if file is None else file.getvalue()
    return own_catalogue.save_model(content, stated)


def _history(offer: PriceOffer) -> None:
    prices = own_catalogue.price_history(offer)
    if len(prices) == 1:
        st.html(paragraph("No earlier price of this machine is known.", "note"))
        return
    st.html(
        table(
            "Prices of this machine, the latest first",
            ("Date", "Days old", "$ an hour", "Kind", "Source"),
            [(p.as_of, age_and_mark(p), usd(p.usd_per_hour), p.tier, p.source) for p in prices],
        )
    )


try:
    page()
except PlannerError as error:
    st.html(problem(str(error)))
