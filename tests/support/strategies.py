"""Hypothesis strategies that several tests share."""

from __future__ import annotations

from typing import get_args

from hypothesis import strategies as st

from planner.vllm.engine_settings import EngineConfig, MoeBackend
from planner.vllm.lora import RANKS, LoraAdapters
from planner.vllm.rope_scaling import LARGEST_ROPE_FACTOR, RopeKind, RopeScaling
from planner.vllm.speculative_decoding import (
    LARGEST_DRAFT_SHARE,
    MOST_SPECULATIVE_TOKENS,
    SpeculativeDecoding,
    SpeculativeMethod,
)

shares = st.floats(0.0, 1.0)
engines = st.builds(
    EngineConfig,
    gpu_memory_utilization=st.none() | st.floats(0.01, 1.0),
    max_model_len=st.none() | st.integers(1, 10_000_000),
    max_num_seqs=st.none() | st.integers(1, 4096),
    max_num_batched_tokens=st.none() | st.integers(16, 10_000_000),
    kv_cache_dtype=st.sampled_from(["auto", "fp8"]),
    prefix_hit_share=shares,
    speculative=st.none()
    | st.builds(
        SpeculativeDecoding,
        st.sampled_from(get_args(SpeculativeMethod)),
        st.integers(1, MOST_SPECULATIVE_TOKENS),
        shares,
        st.none() | st.floats(0.0, LARGEST_DRAFT_SHARE),
    ),
    rope_scaling=st.none()
    | st.builds(
        RopeScaling,
        st.sampled_from(get_args(RopeKind)),
        st.floats(1.0, LARGEST_ROPE_FACTOR, exclude_min=True),
        st.none() | st.integers(1, 999_999_999),
    ),
    enforce_eager=st.booleans(),
    pipeline_parallel_size=st.integers(1, 8),
    data_parallel_size=st.integers(1, 8),
    enable_expert_parallel=st.booleans(),
    lora=st.none() | st.builds(LoraAdapters, st.integers(1, 64), st.sampled_from(RANKS)),
    text_only=st.booleans(),
    moe_backend=st.sampled_from(get_args(MoeBackend)),
)
