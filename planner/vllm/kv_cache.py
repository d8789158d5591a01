"""The KV cache: bytes per token, and the share of a request that each layer keeps."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from planner.catalog.model_spec import SIXTEEN_BIT_BYTES, ModelSpec
from planner.vllm.deployment import Deployment
from planner.vllm.engine_settings import EngineConfig
from planner.vllm.scheduler import is_v1
from planner.vllm.version_rules import EngineRules

BLOCK_TOKENS = 16
"""Tokens in a block of the KV cache (vLLM's default on NVIDIA GPUs in every version)."""


def kv_bytes_per_token(model: ModelSpec, gpu_count: int, kv_cache_dtype: str) -> int:
    """Bytes of KV cache that one token takes on each GPU, over all layers that keep it.

    Layers x ceil(KV heads / GPUs) x (width of a key + width of a value) x element size. Layers
    that keep a state instead take nothing.
    """
    sliding = model.sliding_window_layers
    full = (model.kv_layers - sliding) * layer_kv_bytes(model, gpu_count, kv_cache_dtype)
    return full + sliding * _sliding_layer_kv_bytes(model, gpu_count, kv_cache_dtype)


def layer_kv_bytes(model: ModelSpec, gpu_count: int, kv_cache_dtype: str) -> int:
    """Bytes of KV cache that one token takes on each GPU in one layer.

    Latent attention keeps one vector, whole on every GPU, and sparse attention the keys of its
    indexer beside it.
    """
    element = 1 if kv_cache_dtype.startswith(("fp8", "int8")) else SIXTEEN_BIT_BYTES
    if model.latent_values is not None:
        return _latent_bytes(model, element)
    width = model.head_dim + (model.value_head_dim or model.head_dim)
    return math.ceil(model.kv_heads / gpu_count) * width * element


def _sliding_layer_kv_bytes(model: ModelSpec, gpu_count: int, kv_cache_dtype: str) -> int:
    """The same for a layer with a sliding window, whose heads may differ."""
    if model.sliding_kv_heads is None and model.sliding_head_dim is None:
        return layer_kv_bytes(model, gpu_count, kv_cache_dtype)
    return layer_kv_bytes(
        replace(
            model,
            kv_heads=model.sliding_kv_heads or model.kv_heads,
            head_dim=model.sliding_head_dim or model.head_dim,
        ),
        gpu_count,
        kv_cache_dtype,
    )


def _latent_bytes(model: ModelSpec, element: int) -> int:
    """Bytes of a token's latent vector, and of the indexer's key if attention is sparse.

    If sparse attention keeps FP8 it keeps an fp32 scale for each 128 values, and the rotated part
    in 16 bit. The indexer keeps FP8 keys with such scales in either case.

    Source: vllm-project/vllm, DeepseekV32ForCausalLM in vllm/model_executor/models/config.py,
    DeepseekV32IndexerCache in vllm/model_executor/models/deepseek_v2.py (read 2026-11-27).
    """
    rank, rotated, index = model.kv_lora_rank or 0, model.rope_head_dim or 0, model.index_head_dim
    if index is None:
        return (rank + rotated) * element
    if element == SIXTEEN_BIT_BYTES:
        return (rank + rotated) * element + _with_scales(index)
    return _with_scales(rank) + rotated * SIXTEEN_BIT_BYTES + _with_scales(index)


def kv_dtype_in_force(deployment: Deployment, rules: EngineRules) -> str:
    """The type that vLLM keeps keys and values in: at first sparse attention made auto FP8."""
    stated = deployment.engine.kv_cache_dtype
    if stated == "auto" and deployment.model.index_head_dim is not None:
        return "fp8" if rules.sparse_attention_keeps_fp8 else stated
    return stated


def _with_scales(values: int) -> int:
    """Bytes of FP8 values and of an fp32 scale for each 128."""
    return values + 4 * math.ceil(values / 128)


@dataclass(frozen=True, slots=True)
class KvLayout:
    """How many layers keep every token, and how many only the last ``window_tokens``.

    ``layer_bytes`` is the KV cache of one token in one layer, in bytes, and
    ``sliding_layer_bytes`` that of a layer with a window if it differs. ``state_layers`` keep
    ``states_per_request`` states of each request instead, each of which takes a block of
    ``block_tokens`` tokens. ``group_layers`` layers of one kind share a block's number.
    """

    layer_bytes: int
    full_layers: int
    sliding_layers: int
    window_tokens: int
    sliding_layer_bytes: int | None = None
    state_layers: int = 0
    block_tokens: int = BLOCK_TOKENS
    group_layers: int = 1
    states_per_request: int = 1

    @property
    def mixed(self) -> bool:
        """True if some layers do not keep every token."""
        return self.sliding_layers > 0 or self.state_layers > 0

    def request_bytes(self, tokens: int) -> float:
        """Bytes that a request of ``tokens`` tokens takes, in whole blocks."""
        blocks = math.ceil(tokens / self.block_tokens) * self.block_tokens
        kept = min(blocks, self.window_tokens)
        windows = self._sliding_bytes * self.sliding_layers * kept
        return self.layer_bytes * self.full_layers * blocks + windows + self._states_bytes

    def tokens(self, pool_bytes: float) -> int:
        """Tokens in the whole blocks of a pool, counted as if every layer kept every token."""
        layers = self.full_layers + self.sliding_layers + self.state_layers
        widest = max(self.layer_bytes, self._sliding_bytes)
        blocks = int(pool_bytes // (layers * widest * self.block_tokens))
        return max(0, blocks) * self.block_tokens

    def states(self, pool_bytes: float) -> int:
        """Sequences whose states vLLM counts on in a pool: one for each of its blocks."""
        block = self.group_layers * self.layer_bytes * self.block_tokens
        return max(0, int(pool_bytes // block))

    def longest_request(self, pool_bytes: float) -> int:
        """Longest context, in tokens, with which one request fits into the pool."""
        growing, fixed = self.layer_bytes * self.full_layers, self._states_bytes
        windows = self._sliding_bytes * self.sliding_layers
        if self.request_bytes(self.window_tokens) <= pool_bytes and growing:
            fixed += windows * self.window_tokens
        else:
            growing += windows
        return (
            max(0, int((pool_bytes - fixed) // (growing * self.block_tokens))) * self.block_tokens
        )

    @property
    def _sliding_bytes(self) -> int:
        return self.layer_bytes if self.sliding_layer_bytes is None else self.sliding_layer_bytes

    @property
    def _states_bytes(self) -> int:
        states = self.state_layers * self.states_per_request
        return states * self.layer_bytes * self.block_tokens


def kv_layout(deployment: Deployment, rules: EngineRules, step_tokens: int) -> KvLayout:
    """The layers of the model and of its draft, as vLLM groups them.

    Layers of one kind form groups of equal size; the last group is padded. A block of a layer
    with attention is made as large as the state of another layer, and that state padded to it.

    Source: vllm-project/vllm, docs/design/hybrid_kv_cache_manager.md,
    vllm/v1/core/kv_cache_utils.py, read 2026-11-22, and HybridAttentionMambaModelConfig in
    vllm/model_executor/models/config.py, read 2026-11-27.
    """
    model, dtype = deployment.model, kv_dtype_in_force(deployment, rules)
    layer_bytes = layer_kv_bytes(model, deployment.gpu_count, dtype)
    sliding_bytes = _sliding_layer_kv_bytes(model, deployment.gpu_count, dtype)
    drafted = deployment.draft_layers
    sliding = model.sliding_window_layers if rules.sliding_window_frees_kv else 0
    full, states, window = model.kv_layers + drafted - sliding, model.state_layers or 0, 0
    if sliding and model.sliding_window is not None and is_v1(deployment.gpu, rules):
        window = math.ceil((model.sliding_window + step_tokens) / BLOCK_TOKENS) * BLOCK_TOKENS
    else:
        full, sliding = model.kv_layers + drafted, 0
    kinds = [count for count in (full, sliding, states) if count]
    group = max(kinds) if max(kinds) < 1.25 * min(kinds) else min(kinds)
    full, sliding, states = (math.ceil(n / group) * group for n in (full, sliding, states))
    return KvLayout(
        layer_bytes,
        full,
        sliding,
        window,
        None if sliding_bytes == layer_bytes else sliding_bytes,
        states,
        _block_tokens(deployment, layer_bytes),
        group,
        _states_per_request(deployment.engine, rules),
    )


def _states_per_request(engine: EngineConfig, rules: EngineRules) -> int:
    """States that a layer without attention keeps of a request.

    One; a second at the end of a block if prefixes are cached, and one for each token that
    may be refused. Source: vllm-project/vllm, ``MambaSpec.max_memory_usage_bytes`` in
    vllm/v1/kv_cache_interface.py (read 2026-11-28).
    """
    cached = rules.states_cached_by_default
    if engine.prefix_caching is not None or engine.prefix_hit_share > 0.0:
        cached = engine.prefix_caching is not False
    drafted = 0 if engine.speculative is None else engine.speculative.tokens
    return 1 + cached + drafted


def _block_tokens(deployment: Deployment, layer_bytes: int) -> int:
    """Tokens in a block: so many blocks of 16 that a layer's state fits into one.

    The state is larger with speculative decoding. Source: vllm-project/vllm,
    ``MambaStateShapeCalculator`` in vllm/model_executor/layers/mamba/mamba_utils.py
    (``num_spec``, read 2026-11-28).
    """
    model, speculative = deployment.model, deployment.engine.speculative
    drafted = 0 if speculative is None else speculative.tokens
    states = (model.state_bytes or 0) + drafted * (model.drafted_state_bytes or 0)
    state = math.ceil(states / deployment.gpu_count)
    return BLOCK_TOKENS * max(1, math.ceil(state / (BLOCK_TOKENS * layer_bytes)))
