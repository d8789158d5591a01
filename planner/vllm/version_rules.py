"""How vLLM budgets memory and which options it has, by version.

The table is ``data/version_rules.csv``; a row holds from ``version_from`` until
the next row of the same rule. Without a version the newest rows hold.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from planner.catalog.csv_rows import read_records
from planner.errors import CatalogError
from planner.vllm.version import release_of

_TABLE = Path(__file__).parent.parent / "data" / "version_rules.csv"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table."""

    rule: str
    version_from: str
    value: str
    source: str
    source_date: str
    note: str | None


@dataclass(frozen=True, slots=True)
class EngineRules:
    """The rules that hold in one version of vLLM; each is explained and sourced in its rows."""

    gpu_memory_utilization: float
    v1_from_compute_capability: float
    chunked_prefill_above_tokens: float
    v0_chunk_tokens: float
    v0_multimodal_step_tokens: float
    max_num_batched_tokens: float
    max_num_seqs: float
    large_card_max_num_batched_tokens: float
    largest_card_max_num_batched_tokens: float
    large_card_max_num_seqs: float
    large_card_from_gib: float
    large_card_includes_a100: bool
    hidden_vectors: float
    encoder_vectors: float
    video_budget_per_token: float
    video_frame_pairs: float
    video_leaves_room_for_image: bool
    longrope_hidden_vectors: float
    expert_chunk_tokens: float
    expert_workspaces_kept: bool
    four_bit_workspaces_kept: bool
    latent_attention_profiles_chunks: bool
    sparse_attention_profiles_chunks: bool
    sparse_attention_keeps_fp8: bool
    runner_buffers_counted: bool
    second_runner_serves_dense: bool
    second_runner_serves_all: bool
    second_runner_drafts_all: bool
    second_runner_graphs_in_budget: bool
    second_runner_copies_logits: bool
    state_kernels_tuned_in_profile: bool
    compiling_copies_embedding: bool
    awq_marlin_from_compute_capability: float
    gptq_marlin_from_compute_capability: float
    sampler_logits_copies: float
    non_torch_gib: float
    non_torch_below_hopper_gib: float
    all_reduce_gib: float
    all_reduce_gib_per_card: float
    all_reduce_pcie_gib: float
    all_reduce_first_use_gib: float
    all_reduce_inputs_kept: bool
    v0_cuda_context_gib: float
    v1_cuda_context_gib: float
    gptq_repacking_share: float
    v1_max_num_seqs: float
    pipeline_remainder_last: bool
    pipeline_check_counts_all_layers: bool
    text_only_skips_encoder: bool
    limit_mm_per_prompt_json: bool
    mxfp4_triton_kernels: bool
    cuda_graph_size_step: float
    whole_cuda_graphs: bool
    cuda_graphs_in_budget: bool
    cuda_graph_mib_per_layer: float
    sliding_window_frees_kv: bool
    tokens_from_concurrency: bool
    states_limit_sequences: bool
    states_cached_by_default: bool
    speculative_config_json: bool
    rope_scaling_option: bool
    hf_overrides_option: bool
    rope_parameters_override: bool


@lru_cache(maxsize=256)
def rules_for(version: str | None) -> EngineRules:
    """The rules of vLLM ``version``; those of the newest version if None.

    Raises InputError (field ``engine_version``) if the text does not begin with a release number.
    """
    release = None if version is None else release_of(version)
    values: dict[str, Any] = {}
    for row in rows():
        if release is None or release_of(row.version_from) <= release:
            values[row.rule] = _value(row)
    return EngineRules(**values)


@cache
def rows() -> tuple[Row, ...]:
    """All rows, the oldest version of a rule first. Raises CatalogError for an unknown rule."""
    table = read_records(_TABLE, Row)
    known = {field.name for field in fields(EngineRules)}
    if wrong := known.symmetric_difference(row.rule for row in table):
        raise CatalogError(f"{_TABLE.name}: rules missing or unknown: {', '.join(sorted(wrong))}")
    return tuple(sorted(table, key=lambda row: (row.rule, release_of(row.version_from))))


def _value(row: Row) -> float | bool:
    if row.value in ("yes", "no"):
        return row.value == "yes"
    try:
        return float(row.value)
    except ValueError as error:
        raise CatalogError(
            f"{_TABLE.name}: {row.rule} is {row.value!r}; a number, yes or no is needed"
        ) from error
