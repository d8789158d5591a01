"""The fields of the engine's settings, among the assumptions."""

from __future__ import annotations

import streamlit as st

from app.components.fields import Fields
from app.entered import OFF

SPECULATION_NAMES = {
    OFF: "Off",
    "ngram": "N-grams of the prompt",
    "draft_model": "Draft model",
    "eagle": "EAGLE head",
}


def engine_settings(fields: Fields) -> None:
    """What of vLLM's settings changes the answer, at vLLM's defaults."""
    left, right = st.columns(2)
    with left:
        fields.number(
            "cached",
            "Cached (%)",
            "Share of each prompt that vLLM's prefix cache holds because all prompts begin alike: "
            "an instruction of 500 of 8,000 tokens is 6.25.",
        )
    with right:
        fields.number(
            "batched",
            "Tokens a step",
            "--max-num-batched-tokens. Longer prompts are read in chunks of so many tokens: other "
            "answers wait less, the first token comes later. More than vLLM's default gets no "
            "credit here, as no measurement says what it gains. Empty: the default.",
            placeholder="default",
        )
    left, right = st.columns(2)
    with left:
        fields.choice(
            "kv_cache",
            "KV cache",
            ["auto", "fp8"],
            format_func=lambda word: {"auto": "16 bit", "fp8": "FP8"}.get(word, word),
            help="FP8 holds twice the tokens; whether it is faster depends on the card.",
        )
    with right:
        fields.text(
            "rope", "RoPE scaling",
            "A longer context than the model was trained for: kind:factor, for example yarn:4 "
            "(linear, dynamic, yarn).",
            placeholder="none",
        )  # fmt: skip
    _speculation(fields)


def _speculation(fields: Fields) -> None:
    fields.choice(
        "speculation",
        "Speculative decoding",
        list(SPECULATION_NAMES),
        format_func=lambda word: SPECULATION_NAMES.get(word, word),
        help="Tokens are proposed cheaply and verified several at a time. It helps where few "
        "requests run together and answers are long.",
    )
    if fields.entered["speculation"] == OFF:
        fields.hold("proposed", "accepted", "draft")
        return
    left, right = st.columns(2)
    with left:
        fields.number(
            "proposed", "Proposed (tokens)", "Tokens proposed a step; vLLM's examples have 3 to 5."
        )
    with right:
        fields.number(
            "draft",
            "Draft size (%)",
            "The draft's size in percent of the model's. Empty: 0 for n-grams, 10 for a draft "
            "model, 5 for EAGLE.",
            placeholder="default",
        )
    fields.number(
        "accepted",
        "Accepted (%)",
        "Chance in percent that a proposed token is accepted. vLLM logs it as the first of the "
        "per-position acceptance rates.",
        placeholder="depends on your texts",
    )
