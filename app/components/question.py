"""The sidebar: what is processed, what must hold, and the assumptions behind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, get_args

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.components.engine_setting_fields import engine_settings
from app.components.fields import Fields
from app.components.own_model import own_model
from app.entered import ANY, DEFAULTS, PAGES, TOKENS
from app.entries import PERIODS
from app.html_pieces import paragraph, problem
from planner.catalog.model_spec import QUANTIZATIONS
from planner.catalog.price_offer import Terms

QUANTIZATION_NAMES = {ANY: "Any", "none": "None", "bitsandbytes": "bitsandbytes"}
TERMS: tuple[str, ...] = get_args(Terms)


@dataclass(frozen=True, slots=True)
class Question:
    """What the fields hold, and the place under each for a message; "" is that of all together."""

    entered: dict[str, Any]
    places: Mapping[str, DeltaGenerator] = field(repr=False)

    def tell(self, wrong: Mapping[str, str], missing: Mapping[str, str]) -> None:
        """Show beside its field what is wrong with an entry, or what it waits for."""
        for key, message in missing.items():
            self.places[key].html(paragraph(message, "note"))
        for key, message in wrong.items():
            self.places[key].html(problem(message))


def ask(models: Sequence[str], gpus: Sequence[str]) -> Question:
    """Draw all fields and return what they hold."""
    fields = Fields({}, {"": st.empty()})
    _documents(fields, models)
    _limits(fields, gpus)
    with st.expander("More assumptions"):
        _assumptions(fields)
    return Question(fields.entered, fields.places)


def keep() -> None:
    """Hold what the fields contain while another page is shown; Streamlit would forget it."""
    for key in ("scenario", *DEFAULTS):
        if key in st.session_state:
            st.session_state[key] = st.session_state[key]


def _documents(fields: Fields, models: Sequence[str]) -> None:
    st.header("What do you process?")
    left, right = st.columns([3, 2])
    with left:
        fields.number("documents", "Documents", "For example 20,000,000 or 20 million.")
    with right:
        fields.choice("per", "per", list(PERIODS))
    fields.entered["size"] = st.segmented_control(
        "Size of a document in",
        [TOKENS, PAGES],
        default=DEFAULTS["size"],
        key="size",
        required=True,
        bind="query-params",
    )
    if fields.entered["size"] == TOKENS:
        left, right = st.columns(2)
        with left:
            fields.number("input", "Tokens in", "Prompt and document, as the model reads them.")
        with right:
            fields.number("output", "Tokens out", "The model's answer to one document.")
        fields.hold("pages", "tokens_per_page")
    else:
        _pages(fields)
    fields.choice("model", "Model", models)
    own_model()
    fields.choice(
        "quantization",
        "Quantization",
        [ANY, *QUANTIZATIONS],
        format_func=lambda word: QUANTIZATION_NAMES.get(word, word.upper()),
        help="How the weights are stored: 16 bit (None), 8 bit (FP8, INT8) or 4 bit (AWQ, GPTQ, "
        "MXFP4). Fewer bits need less memory. AWQ is the article's.",
    )


def _pages(fields: Fields) -> None:
    left, right = st.columns(2)
    with left:
        fields.number("pages", "Pages")
    with right:
        fields.number(
            "tokens_per_page",
            "Tokens per page",
            "An assumption: in the article, documents of about 8,000 tokens have 8 to 10 pages, "
            "so about 900 tokens a page. Dense forms and other languages differ: count a few of "
            "yours with the model's tokenizer.",
        )
    st.caption("900 tokens a page is an assumption: the article's 8,000 tokens are 8 to 10 pages.")
    fields.number("output", "Tokens out", "The model's answer to one document.")
    fields.hold("input")


def _limits(fields: Fields, gpus: Sequence[str]) -> None:
    st.header("What must hold?")
    left, right = st.columns(2)
    with left:
        fields.number("budget", "Budget a year ($)", "Empty: no limit.", placeholder="no limit")
    with right:
        fields.number(
            "answer_within",
            "95 % within (seconds)",
            "From a document's arrival to its answer, in the busiest hour. Empty: no limit, "
            "documents may wait.",
            placeholder="may wait",
        )
    left, right = st.columns(2)
    with left:
        fields.number(
            "busiest",
            "Busiest hour (x)",
            "Documents of the busiest hour over those of the average hour; GPUs are sized for it. "
            "1: documents that may wait level the load. "
            "2 or more where people wait for answers.",
        )
    with right:
        fields.number("hours", "Hours a week", "168 is day and night. Office hours are about 40.")
    fields.choices(
        "gpus",
        "GPUs to consider",
        gpus,
        placeholder="all in the catalogue",
        help="None chosen: every card in the catalogue is compared.",
    )


def _assumptions(fields: Fields) -> None:
    fields.choices("terms", "Price terms", TERMS, help="Default on-demand: binds nobody for years.")
    fields.switch(
        "marketplace",
        "Marketplace prices too",
        "Third-party hosts and floor prices: cheap, but no basis for a business's year.",
    )
    fields.switch(
        "hours_only",
        "Pay only for working hours",
        "On-demand and spot machines are switched off outside the hours a week. Default: they "
        "are billed all year.",
    )
    fields.switch(
        "unmeasured",
        "Recommend unmeasured cards too",
        "Cards that nobody has measured with that quantization are compared, but recommended "
        "only if this is on.",
    )
    left, right = st.columns(2)
    with left:
        fields.number("confidence", "Sure at least (%)", "Before a configuration is recommended.")
    with right:
        fields.number("spare", "Spare replicas", "Beyond the need, in case one fails.")
    left, right = st.columns(2)
    with left:
        fields.text(
            "engine", "vLLM version", "For example 0.11.0. Empty: not stated.",
            placeholder="not stated",
        )  # fmt: skip
    with right:
        fields.number(
            "memory", "GPU memory used (%)", "Empty: vLLM's default for its version.",
            placeholder="default",
        )  # fmt: skip
    engine_settings(fields)
    fields.entered["other_costs"] = st.text_area(
        "Other costs a year",
        DEFAULTS["other_costs"],
        key="other_costs",
        height=80,
        placeholder="Log storage: 2,400",
        help="One per line: name, colon, dollars a year. Added to every configuration.",
        bind="query-params",
    )
    fields.places["other_costs"] = st.empty()
