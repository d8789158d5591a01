"""The fields that say what is processed: volume, lengths, model and format of its weights."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.components.class_table import class_table, leave_link
from app.components.document_measuring import measure_documents_button
from app.components.fields import Fields, note_what_the_link_got_wrong
from app.components.own_model import own_model
from app.components.scenario_base import unlinked_rows
from app.field_parsers import PERIODS
from app.scenario_from_fields import ANY, DEFAULTS, KINDS, PAGES, TOKENS
from planner.catalog.model_spec import QUANTIZATIONS

QUANTIZATION_NAMES = {ANY: "Any", "none": "None", "bitsandbytes": "bitsandbytes"}


def document_fields(fields: Fields, models: Sequence[str], wide: DeltaGenerator) -> None:
    """Draw the fields; the table of the kinds goes where it is ``wide``."""
    st.header("What do you process?")
    volume = st.container()
    note_what_the_link_got_wrong("size", "Documents are stated in", (TOKENS, PAGES, KINDS))
    fields.entered["size"] = st.segmented_control(
        "Documents are stated in",
        [TOKENS, PAGES, KINDS],
        default=DEFAULTS["size"],
        key="size",
        required=True,
        bind="query-params",
        help="Several kinds: a table of claims and invoices, for example, each with its own "
        "number, lengths and limits.",
    )
    if fields.entered["size"] == KINDS:
        with volume:
            fields.choice("per", "Documents per", list(PERIODS))
        with wide:
            class_table(fields, unlinked_rows())
            measure_documents_button()
        fields.hold("documents", "input", "output", "pages", "tokens_per_page")
        fields.hold("input_p95", "output_p95")
    else:
        with volume:
            _volume(fields)
        leave_link()
        fields.hold("class_rows")
        _lengths(fields)
    fields.choice(
        "model",
        "Model",
        models,
        accept_new_options=True,
        help="Choose one, or type any Hugging Face id: RedHatAI/Qwen3-8B-FP8-dynamic is read as "
        "Qwen3-8B in FP8.",
    )
    with st.container(horizontal=True):
        own_model()
        if fields.entered["size"] != KINDS:
            measure_documents_button()
    fields.choice(
        "quantization",
        "Quantization",
        [ANY, *QUANTIZATIONS],
        format_func=lambda word: QUANTIZATION_NAMES.get(word, word.upper()),
        help="How the weights are stored: 16 bit (None), 8 bit (FP8, INT8) or 4 bit (AWQ, GPTQ, "
        "MXFP4). Fewer bits need less memory. The article used AWQ.",
    )


def _volume(fields: Fields) -> None:
    left, right = st.columns([3, 2])
    with left:
        fields.number("documents", "Documents", "For example 20,000,000 or 20 million.")
    with right:
        fields.choice("per", "per", list(PERIODS))


def _lengths(fields: Fields) -> None:
    if fields.entered["size"] == TOKENS:
        left, right = st.columns(2)
        with left:
            fields.number("input", "Tokens in", "Prompt and document together.")
        with right:
            fields.number("output", "Tokens out", "Length of the model's answer to one document.")
        fields.hold("pages", "tokens_per_page")
    else:
        _pages(fields)
    left, right = st.columns(2)
    with left:
        fields.number(
            "input_p95",
            "Tokens in, p95",
            "95 % of documents have at most so many. Empty: lengths vary as those of the article "
            "(p95 is 2.3 times the mean), an assumption. Enter the mean if all are equal.",
            placeholder="as in the article",
        )
    with right:
        fields.number(
            "output_p95",
            "Tokens out, p95",
            "95 % of answers have at most so many. Empty: lengths vary as those of the article "
            "(p95 is 1.4 times the mean), an assumption. Enter the mean if all are equal.",
            placeholder="as in the article",
        )


def _pages(fields: Fields) -> None:
    left, right = st.columns(2)
    with left:
        fields.number("pages", "Pages")
    with right:
        fields.number(
            "tokens_per_page",
            "Tokens per page",
            "An assumption: in the article, documents of 8 to 10 pages have about 8,000 tokens, "
            "so about 900 tokens a page. Dense forms and other languages differ. Measure a few "
            "of your documents.",
        )
    st.caption(
        "900 tokens a page is an assumption: 8 to 10 pages have 8,000 tokens in the article."
    )
    fields.number("output", "Tokens out", "Length of the model's answer to one document.")
    fields.hold("input")
