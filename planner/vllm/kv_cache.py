"""The KV cache: bytes per token, and the share of a request that each layer keeps."""

from __future__ import annotations

import math
from dataclasses import dataclass

from planner.catalog.model_spec import SIXTEEN_BIT_BYTES, ModelSpec
from planner.vllm.deployment import Deployment
from planner.vllm.scheduler import is_v1
from planner.vllm.version_rules import EngineRules

BLOCK_TOKENS = 16
"""Tokens in a block of the KV cache (vLLM's default on NVIDIA GPUs in every version)."""


def kv_bytes_per_token(model: ModelSpec, gpu_count: int, kv_cache_dtype: str) -> int:
    """Bytes of KV cache that one token takes on each GPU, over all layers.

    Layers x ceil(KV heads / GPUs) x (width of a key + width of a value) x element size.
    """
    return model.layers * layer_kv_bytes(model, gpu_count, kv_cache_dtype)


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


def _latent_bytes(model: ModelSpec, element: int) -> int:
    """Bytes of a token's latent vector, and of the indexer's key if attention is sparse.

    Sparse attention keeps FP8 values by default, an fp32 scale for each 128 of them, and
    the rotated part in 16 bit; the indexer keeps FP8 keys with such scales.

    Source: vllm-project/vllm, DeepseekV32ForCausalLM in vllm/model_executor/models/config.py,
    DeepseekV32IndexerCache in vllm/model_executor/models/deepseek_v2.py (read 2026-11-27).
    """
    rank, rotated, index = model.kv_lora_rank or 0, model.rope_head_dim or 0, model.index_head_dim
    if index is None:
        return (rank + rotated) * element
    return _with_scales(rank) + rotated * SIXTEEN_BIT_BYTES + _with_scales(index)


def _with_scales(values: int) -> int:
    """Bytes of FP8 values and of an fp32 scale for each 128."""
    return values + 4 * math.ceil(values / 128)


@dataclass(frozen=True, slots=True)
class KvLayout:
    """How many layers keep every token, and how many only the last ``window_tokens``.

    ``layer_bytes`` is the KV cache of one token in one layer, in bytes.
    """

    layer_bytes: int
    full_layers: int
    sliding_layers: int
    window_tokens: int

    def request_bytes(self, tokens: int) -> float:
        """Bytes that a request of ``tokens`` tokens takes, in whole blocks."""
        blocks = math.ceil(tokens / BLOCK_TOKENS) * BLOCK_TOKENS
        kept = min(blocks, self.window_tokens)
        return self.layer_bytes * (self.full_layers * blocks + self.sliding_layers * kept)

    def tokens(self, pool_bytes: float) -> int:
        """Tokens in the whole blocks of a pool, counted as if every layer kept every token."""
        layers = self.full_layers + self.sliding_layers
        blocks = int(pool_bytes // (layers * self.layer_bytes * BLOCK_TOKENS))
        return max(0, blocks) * BLOCK_TOKENS

    def longest_request(self, pool_bytes: float) -> int:
        """Longest context, in tokens, with which one request fits into the pool."""
        if self.request_bytes(self.window_tokens) > pool_bytes or self.sliding_layers == 0:
            return self.tokens(pool_bytes)
        rest = pool_bytes - self.layer_bytes * self.sliding_layers * self.window_tokens
        return int(rest // (self.full_layers * self.layer_bytes * BLOCK_TOKENS)) * BLOCK_TOKENS


def kv_layout(deployment: Deployment, rules: EngineRules, step_tokens: int) -> KvLayout:
    """The layers of the model and of its draft, as vLLM groups them.

    Layers of one kind form groups of equal size; the last group is padded.

    Source: vllm-project/vllm, docs/design/hybrid_kv_cache_manager.md and
    vllm/v1/core/kv_cache_utils.py, read 2026-11-22.
    """
    model = deployment.model
    layer_bytes = layer_kv_bytes(model, deployment.gpu_count, deployment.engine.kv_cache_dtype)
    drafted = math.ceil(deployment.draft_share * model.layers)
    sliding = model.sliding_window_layers if rules.sliding_window_frees_kv else 0
    if not sliding or model.sliding_window is None or not is_v1(deployment.gpu, rules):
        return KvLayout(layer_bytes, model.layers + drafted, 0, 0)
    full = model.layers - sliding
    window = math.ceil((model.sliding_window + step_tokens) / BLOCK_TOKENS) * BLOCK_TOKENS
    if full:
        fewer, more = sorted((full, sliding))
        group = more if more < 1.25 * fewer else fewer
        full = math.ceil(full / group) * group
        sliding = math.ceil(sliding / group) * group
    return KvLayout(layer_bytes, full + drafted, sliding, window)
