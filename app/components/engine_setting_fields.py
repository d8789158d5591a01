"""The sidebar's fields for engine settings, in the section of assumptions."""

from __future__ import annotations

import streamlit as st

from app.components.fields import Fields
from app.scenario_from_fields import OFF

SPECULATION_NAMES = {
    OFF: "Off",
    "ngram": "N-grams of the prompt",
    "draft_model": "Draft model",
    "eagle": "EAGLE head",
    "mtp": "Multi-token prediction",
}


def engine_settings(fields: Fields) -> None:
    """The vLLM settings that change the answer, at vLLM's defaults."""
    left, right = st.columns(2)
    with left:
        fields.number(
            "cached",
            "Cached (%)",
            "Share of each prompt that is already in vLLM's prefix cache because all prompts start "
            "with the same text. An instruction of 500 tokens in a prompt of 8,000 is 6.25.",
        )
    with right:
        fields.number(
            "batched",
            "Tokens per step",
            "vLLM's --max-num-batched-tokens. Longer prompts are processed in chunks of this many "
            "tokens: other answers wait less, and the first token comes later. The forecast does "
            "not count a gain above vLLM's default, because no measurement shows one. Empty: the "
            "default.",
            placeholder="default",
        )
    left, right = st.columns(2)
    with left:
        fields.choice(
            "kv_cache",
            "KV cache",
            ["auto", "fp8"],
            format_func=lambda word: {"auto": "16 bit", "fp8": "FP8"}.get(word, word),
            help="FP8 fits twice as many tokens; whether it is faster depends on the GPU.",
        )
    with right:
        fields.text(
            "rope", "RoPE scaling",
            "Extends the context beyond the length that the model was trained for. Enter "
            "kind:factor, for example yarn:4. Kinds: linear, dynamic, yarn.",
            placeholder="none",
        )  # fmt: skip
    _as_started(fields)
    _speculation(fields)


def _as_started(fields: Fields) -> None:
    left, right = st.columns(2)
    with left:
        fields.number(
            "sequences",
            "Requests at once",
            "vLLM's --max-num-seqs: most requests that one replica runs together. Fewer leave more "
            "memory. Empty: as many as pay off.",
            placeholder="as needed",
        )
        fields.number(
            "adapters",
            "LoRA adapters",
            "Adapters that run together (--max-loras). They take memory, and requests take longer. "
            "Empty: none.",
            placeholder="none",
        )
    with right:
        fields.number(
            "length",
            "Longest context",
            "vLLM's --max-model-len in tokens, prompt and answer together. Empty: what the "
            "documents need.",
            placeholder="as needed",
        )
        fields.number(
            "rank",
            "Adapter rank",
            "Largest rank of an adapter (--max-lora-rank): 8, 16, 32, 64, 128, 256. Empty: 16 if "
            "there are adapters.",
            placeholder="default",
        )
    fields.switch(
        "eager",
        "Without CUDA graphs",
        "vLLM's --enforce-eager: takes less memory, and every step takes longer.",
    )
    fields.switch(
        "text_only",
        "Without images",
        "Use a model that reads images for text alone: its image encoder takes no memory.",
    )


def _speculation(fields: Fields) -> None:
    fields.choice(
        "speculation",
        "Speculative decoding",
        list(SPECULATION_NAMES),
        format_func=lambda word: SPECULATION_NAMES.get(word, word),
        help="A cheap method proposes tokens, and the model verifies several at a time. It helps "
        "if few requests run in parallel and answers are long.",
    )
    if fields.entered["speculation"] == OFF:
        fields.hold("proposed", "accepted", "draft")
        return
    left, right = st.columns(2)
    with left:
        fields.number(
            "proposed", "Proposed (tokens)", "Tokens proposed per step; 3 to 5 in vLLM's examples."
        )
    with right:
        fields.number(
            "draft",
            "Draft size (%)",
            "Size of the draft as a percentage of the model's. Empty: 0 for n-grams, 10 for a "
            "draft model, 5 for EAGLE and multi-token prediction.",
            placeholder="default",
        )
    fields.number(
        "accepted",
        "Accepted (%)",
        "Probability that a proposed token is accepted if those before it were. vLLM logs it as "
        "the first of the per-position acceptance rates.",
        placeholder="depends on your texts",
    )
