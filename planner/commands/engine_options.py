"""Command-line options for engine settings, for all commands that forecast, size or measure."""

from __future__ import annotations

from typing import Annotated, Any, get_args

import typer

from planner.commands.replica_options import MAX_TOKENS
from planner.vllm.engine_settings import LEAST_BATCHED_TOKENS, EngineConfig, KvCacheDtype
from planner.vllm.rope_scaling import RopeKind, rope_scaling_from
from planner.vllm.settings_text import LEAST_UTILIZATION, MOST_SEQUENCES
from planner.vllm.speculative_decoding import (
    DRAFT_SHARE,
    LARGEST_DRAFT_SHARE,
    MOST_SPECULATIVE_TOKENS,
    SpeculativeMethod,
    speculative_from,
)

PrefixHitShare = Annotated[
    float | None,
    typer.Option(
        "--prefix-hit-share",
        min=0.0,
        max=1.0,
        show_default="0",
        help="Share of the prompt's tokens that the prefix cache holds, such as 0.0625 for an "
        "instruction of 500 of 8,000 tokens.",
    ),
]
MaxNumSeqs = Annotated[
    int | None,
    typer.Option(
        "--max-num-seqs",
        min=1,
        max=MOST_SEQUENCES,
        show_default="vLLM's",
        help="Most requests that run together.",
    ),
]
GpuMemoryUtilization = Annotated[
    float | None,
    typer.Option(
        "--gpu-memory-utilization",
        min=LEAST_UTILIZATION,
        max=1.0,
        help="Share of the GPU's memory. Default: that of the vLLM version.",
    ),
]
BatchedTokens = Annotated[
    int | None,
    typer.Option(
        "--max-num-batched-tokens",
        min=LEAST_BATCHED_TOKENS,
        max=MAX_TOKENS,
        show_default="vLLM's",
        help="Most tokens in an engine step; longer prompts are processed in chunks. A value above "
        "the default does not improve a forecast.",
    ),
]
KvCache = Annotated[
    KvCacheDtype | None,
    typer.Option(
        "--kv-cache-dtype",
        show_default="auto",
        help="Format of the KV cache.",
    ),
]
Speculation = Annotated[
    SpeculativeMethod | None,
    typer.Option(
        "--speculative-method",
        show_default="ngram with --speculative-tokens",
        help="What proposes tokens: n-grams of the prompt, a draft model or EAGLE.",
    ),
]
SpeculativeTokens = Annotated[
    int | None,
    typer.Option(
        "--speculative-tokens",
        min=1,
        max=MOST_SPECULATIVE_TOKENS,
        help="Tokens proposed per step. Default: no speculative decoding.",
    ),
]
SpeculativeAcceptance = Annotated[
    float | None,
    typer.Option(
        "--speculative-acceptance",
        min=0.0,
        max=1.0,
        help="Chance that a proposed token is accepted: the first of the per-position "
        "acceptance rates that vLLM logs.",
    ),
]
DraftShare = Annotated[
    float | None,
    typer.Option(
        "--speculative-draft-share",
        min=0.0,
        max=LARGEST_DRAFT_SHARE,
        show_default=", ".join(f"{share:g} for {method}" for method, share in DRAFT_SHARE.items()),
        help="Size of the draft divided by the model's.",
    ),
]
RopeScaled = Annotated[
    str | None,
    typer.Option(
        "--rope-scaling",
        help="A longer context: kind:factor, such as yarn:4, or kind:factor:original length. "
        f"Kinds: {', '.join(get_args(RopeKind))}.",
    ),
]


def engine_from(
    *,
    prefix_hit_share: float | None = None,
    kv_cache_dtype: KvCacheDtype | None = None,
    speculative_method: SpeculativeMethod | None = None,
    speculative_tokens: int | None = None,
    speculative_acceptance: float | None = None,
    speculative_draft_share: float | None = None,
    rope_scaling: str | None = None,
    **others: Any,
) -> EngineConfig:
    """The settings that the options state. Raises InputError if they do not fit together."""
    return EngineConfig(
        prefix_hit_share=prefix_hit_share or 0.0,
        kv_cache_dtype=kv_cache_dtype or "auto",
        speculative=speculative_from(
            speculative_method,
            speculative_tokens,
            speculative_acceptance,
            speculative_draft_share,
        ),
        rope_scaling=None if rope_scaling is None else rope_scaling_from(rope_scaling),
        **others,
    )
