"""The inputs of the Plan page in the sidebar: documents, limits, assumptions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, get_args

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.components.arrival_fields import arrival_fields
from app.components.class_table import class_table, leave_link
from app.components.document_measuring import measure_documents_button
from app.components.engine_setting_fields import engine_settings
from app.components.fields import Fields, note_what_the_link_got_wrong
from app.components.history import is_step_in_history, return_to_remembered_address
from app.components.money_fields import money_fields
from app.components.own_model import own_model
from app.field_parsers import PERIODS
from app.html_pieces import paragraph, problem
from app.scenario_from_fields import ANY, DEFAULTS, KINDS, NOT_SPREAD, PAGES, TOKENS
from planner.catalog.model_spec import QUANTIZATIONS
from planner.catalog.price_offer import Terms
from planner.fleet.scenario_defaults import Place

QUANTIZATION_NAMES = {ANY: "Any", "none": "None", "bitsandbytes": "bitsandbytes"}
TERMS: tuple[str, ...] = get_args(Terms)
_KEYS, _ELSEWHERE = ("scenario", *DEFAULTS), "is_elsewhere"


@dataclass(frozen=True, slots=True)
class Inputs:
    """The value of each field, and the place below it for a message; "" is above all fields."""

    entered: dict[str, Any]
    places: Mapping[str, DeltaGenerator] = field(repr=False)

    def show_messages(self, wrong: Mapping[str, str], missing: Mapping[str, str]) -> None:
        """Show below each field what is wrong with its entry, or what is still missing."""
        for key, message in missing.items():
            self.places[key].html(paragraph(message, "note"))
        at: dict[str, list[str]] = {}
        for key, message in wrong.items():
            at.setdefault(key if key in self.places else "", []).append(problem(message))
        for key, messages in at.items():
            self.places[key].html("".join(messages))


def draw_inputs(models: Sequence[str], gpus: Sequence[str], wide: DeltaGenerator) -> Inputs:
    """Draw all fields and return their values; the table of the kinds goes where it is ``wide``."""
    fields = Fields({}, {"": st.empty()})
    _documents(fields, models, wide)
    _limits(fields, gpus)
    with st.expander("More assumptions"):
        _assumptions(fields)
    return Inputs(fields.entered, fields.places)


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


def _documents(fields: Fields, models: Sequence[str], wide: DeltaGenerator) -> None:
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
            class_table(fields)
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
    with left:
        if fields.entered["size"] == KINDS:
            fields.hold("done_within")
        else:
            _done_within(fields)
    with right:
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


def _assumptions(fields: Fields) -> None:
    if fields.entered["size"] == KINDS:
        fields.hold("first_token", "per_token")
    else:
        _token_times(fields)
    left, right = st.columns(2)
    with left:
        fields.number("growth", "Growth (% a year)", "More documents each year.")
    with right:
        fields.number("years", "Years", "Years to plan for, 1 to 5.")
    arrival_fields(fields)
    left, right = st.columns(2)
    with left:
        fields.number(
            "volume_low",
            "Documents, low",
            "In the same time as the documents above. The volume lies between low and high with "
            "90 % probability. For what may go wrong; the fleet is sized for the volume above.",
            placeholder="as above",
        )
    with right:
        fields.number(
            "volume_high", "Documents, high", "The other end of the range.", placeholder="as above"
        )
    fields.number(
        "shortfall",
        "Cost of a document that falls short ($)",
        "What a document costs that no machine has time for. Empty: not known.",
        placeholder="not known",
    )
    fields.choices(
        "terms", "Price terms", TERMS, help="Default: on-demand, with no long-term commitment."
    )
    fields.switch(
        "marketplace",
        "Include marketplace prices",
        "Third-party hosts and floor prices: cheap, but too uncertain for a yearly budget.",
    )
    fields.switch(
        "hours_only",
        "Pay only for working hours",
        "On-demand and spot machines are switched off outside the working hours. Default: they "
        "are billed all year.",
    )
    fields.switch(
        "follow_load",
        "Switch off while the load is low",
        "On-demand and spot machines are on only while the load needs them; with reserved terms, "
        "those that are needed long enough are reserved. Default: all of them run all the time.",
    )
    fields.switch(
        "unmeasured",
        "Pay no premium for measured GPUs",
        "If this is on, the cheapest configuration is recommended, whether its kind was measured "
        "or not.",
    )
    left, right = st.columns(2)
    with left:
        fields.number(
            "confidence",
            "Confidence (%)",
            "Smallest probability of keeping every limit that is recommended.",
        )
    with right:
        fields.number(
            "spare",
            "Spare machines",
            "None by default. Enter 1 to keep every limit when a machine fails.",
        )
    left, right = st.columns(2)
    with left:
        fields.number(
            "min_replicas",
            "Replicas, at least",
            "That serve each kind of documents, spare machines not counted. Enter 2 so that one "
            "can be replaced while another answers.",
        )
    with right:
        fields.choice(
            "spread",
            "Spread over",
            [NOT_SPREAD, *get_args(Place)],
            help="With any one provider, or region of one, down the others keep every limit.",
        )
    left, right = st.columns(2)
    with left:
        fields.number(
            "utilization",
            "Utilization, at most (%)",
            "Of its capacity in the busiest hour. At 95 % a failure of an hour is caught up within "
            "19 hours; at 100 % never.",
        )
    with right:
        fields.number(
            "availability",
            "A machine runs (%)",
            "Share of the time. AWS commits to 99.5 % for a single machine.",
        )
    fields.number(
        "premium",
        "Premium for measured (x)",
        "What was measured is recommended up to this many times the cost of what was not. 1.25 is "
        "about the error of a forecast before any measurement.",
    )
    left, right = st.columns(2)
    with left:
        fields.text(
            "engine", "vLLM version", "For example 0.11.0. Empty: not stated.",
            placeholder="not stated",
        )  # fmt: skip
    with right:
        fields.number(
            "memory",
            "GPU memory (%)",
            "Share of GPU memory that vLLM may use. Empty: the default of the vLLM version.",
            placeholder="default",
        )
    engine_settings(fields)
    money_fields(fields)


def _token_times(fields: Fields) -> None:
    left, right = st.columns(2)
    with left:
        fields.number(
            "first_token",
            "First token, p95 (s)",
            "95 % of documents get their first token within this time. Empty: no limit.",
            placeholder="no limit",
        )
    with right:
        fields.number(
            "per_token",
            "Per token, p95 (ms)",
            "95 % of answers take at most this time per further token. Empty: no limit.",
            placeholder="no limit",
        )
