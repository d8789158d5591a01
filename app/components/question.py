"""The sidebar: what is processed, what must hold, and the assumptions behind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.components.own_model import own_model
from app.entered import ANY, DEFAULTS, PAGES, PERIODS, TOKENS
from app.formatting import problem
from planner.catalog import QUANTIZATIONS

QUANTIZATION_NAMES = {
    ANY: "Any that runs",
    "none": "None (16 bit)",
    "awq": "AWQ (4 bit)",
    "gptq": "GPTQ (4 bit)",
    "fp8": "FP8",
    "int8": "INT8",
    "mxfp4": "MXFP4",
    "bitsandbytes": "bitsandbytes",
}
TERMS = ("on-demand", "spot", "reserved-1y", "reserved-3y", "reserved")


@dataclass(frozen=True, slots=True)
class Question:
    """What the fields hold, and the place under each for a message."""

    entered: dict[str, Any]
    places: Mapping[str, DeltaGenerator] = field(repr=False)

    def tell(self, wrong: Mapping[str, str]) -> None:
        """Show each message beside its field."""
        for key, message in wrong.items():
            self.places[key].html(problem(message))


def ask(models: Sequence[str], gpus: Sequence[str]) -> Question:
    """Draw all fields and return what they hold."""
    question = Question({}, {})
    fields = _Fields(question.entered, dict(question.places))
    _documents(fields, models)
    _limits(fields, gpus)
    with st.expander("More assumptions"):
        _assumptions(fields)
    return Question(fields.entered, fields.places)


@dataclass(frozen=True, slots=True)
class _Fields:
    entered: dict[str, Any]
    places: dict[str, DeltaGenerator]

    def text(self, key: str, label: str, help: str | None = None, **kwargs: Any) -> None:
        self.entered[key] = st.text_input(
            label, DEFAULTS[key], key=key, help=help, bind="query-params", **kwargs
        )
        self.places[key] = st.empty()

    def choice(self, key: str, label: str, options: Sequence[str], **kwargs: Any) -> None:
        index = options.index(DEFAULTS[key])
        self.entered[key] = st.selectbox(
            label, options, index, key=key, bind="query-params", **kwargs
        )
        self.places[key] = st.empty()

    def choices(self, key: str, label: str, options: Sequence[str], **kwargs: Any) -> None:
        self.entered[key] = st.multiselect(
            label, options, DEFAULTS[key], key=key, bind="query-params", **kwargs
        )
        self.places[key] = st.empty()

    def switch(self, key: str, label: str, help: str) -> None:
        self.entered[key] = st.toggle(label, DEFAULTS[key], key=key, help=help, bind="query-params")


def _documents(fields: _Fields, models: Sequence[str]) -> None:
    st.header("What do you process?")
    left, right = st.columns([3, 2])
    with left:
        fields.text("documents", "Documents", "For example 20,000,000 or 20 million.")
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
            fields.text("input", "Tokens in", "Prompt and document, as the model reads them.")
        with right:
            fields.text("output", "Tokens out", "The model's answer to one document.")
        _hold(fields, "pages", "tokens_per_page")
    else:
        _pages(fields)
    fields.choice("model", "Model", models)
    own_model()
    fields.choice(
        "quantization",
        "Quantization",
        [ANY, *QUANTIZATIONS],
        format_func=QUANTIZATION_NAMES.__getitem__,
        help="How the weights are stored. Fewer bits need less memory; AWQ is the article's.",
    )


def _pages(fields: _Fields) -> None:
    left, right = st.columns(2)
    with left:
        fields.text("pages", "Pages")
    with right:
        fields.text(
            "tokens_per_page",
            "Tokens per page",
            "An assumption: in the article, documents of about 8,000 tokens have 8 to 10 pages, "
            "so about 900 tokens a page. Dense forms and other languages differ: count a few of "
            "yours with the model's tokenizer.",
        )
    st.caption("900 tokens a page is an assumption: the article's 8,000 tokens are 8 to 10 pages.")
    fields.text("output", "Tokens out", "The model's answer to one document.")
    _hold(fields, "input")


def _hold(fields: _Fields, *keys: str) -> None:
    """Fields that are not shown now keep what they held."""
    for key in keys:
        fields.entered[key] = st.session_state.get(key, DEFAULTS[key])


def _limits(fields: _Fields, gpus: Sequence[str]) -> None:
    st.header("What must hold?")
    left, right = st.columns(2)
    with left:
        fields.text("budget", "Budget a year, $", "Empty: no limit.", placeholder="no limit")
    with right:
        fields.text(
            "answer_within",
            "95 % within, seconds",
            "From a document's arrival to its answer, in the busiest hour. Empty: no limit, "
            "documents may wait.",
            placeholder="may wait",
        )
    left, right = st.columns(2)
    with left:
        fields.text(
            "busiest",
            "Busiest hour, x average",
            "GPUs are sized for the busiest hour. 1: documents that may wait level the load. "
            "2 or more where people wait for answers.",
        )
    with right:
        fields.text("hours", "Hours a week", "168 is day and night. Office hours are about 40.")
    fields.choices(
        "gpus",
        "GPUs to consider",
        gpus,
        placeholder="all in the catalogue",
        help="None chosen: every card in the catalogue is compared.",
    )


def _assumptions(fields: _Fields) -> None:
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
    left, right = st.columns(2)
    with left:
        fields.text("confidence", "Sure at least, %", "Before a configuration is recommended.")
    with right:
        fields.text("spare", "Spare replicas", "Beyond the need, in case one fails.")
    left, right = st.columns(2)
    with left:
        fields.text(
            "engine", "vLLM version", "For example 0.11.0. Empty: not stated.",
            placeholder="not stated",
        )  # fmt: skip
    with right:
        fields.text(
            "memory", "GPU memory for vLLM, %", "Empty: vLLM's default for its version.",
            placeholder="default",
        )  # fmt: skip
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
