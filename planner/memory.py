"""What fits on a card: weights, activations, KV cache, and how many sequences at once."""

from __future__ import annotations

import math
from dataclasses import dataclass

from planner.catalog import ModelSpec, Quantization
from planner.deployment import Deployment

GIB = 2**30


@dataclass(frozen=True, slots=True)
class Memory:
    """Where the memory of each card goes, all in GiB per card."""

    fits: bool
    reason: str | None
    weights_gib: float
    kv_cache_gib: float
    kv_cache_tokens: int
    bytes_per_token: int
    max_concurrency: float
    max_model_len: int
    gpu_memory_utilization: float
    activation_gib: float
    non_torch_gib: float
    cuda_graph_gib: float
    remedy: str | None


_BYTES_PER_PARAM: dict[Quantization, float] = {
    "none": 2.0,
    "awq": 0.5 + 2.5 / 128,
    "gptq": 0.5 + 2.5 / 128,
    "fp8": 1.0,
    "int8": 1.0,
    "mxfp4": 4.25 / 8,
    "bitsandbytes": 0.5 + 4 / 64,
}


def weights_bytes(model: ModelSpec, quantization: Quantization) -> float:
    """Bytes of all weights, over all cards together."""
    if quantization == "none":
        quantization = model.native_quantization
    quantized = model.params - model.embedding_params
    return 2.0 * model.embedding_params + _BYTES_PER_PARAM[quantization] * quantized


def kv_bytes_per_token(model: ModelSpec, gpu_count: int, kv_cache_dtype: str) -> int:
    """Bytes of KV cache that one token takes on each card."""
    element = 1 if kv_cache_dtype.startswith("fp8") else 2
    heads = math.ceil(model.kv_heads / gpu_count)
    return 2 * model.layers * heads * model.head_dim * element


def estimate(deployment: Deployment) -> Memory:
    """What vLLM would allocate on each card of ``deployment``, and whether it would start."""
    gpu, model, engine = deployment.gpu, deployment.model, deployment.engine
    length = engine.max_model_len or model.max_position_embeddings
    utilization = engine.gpu_memory_utilization or 0.92
    weights = weights_bytes(model, deployment.quantization) / deployment.gpu_count / GIB
    activation = 1.4
    non_torch = 0.1 if deployment.gpu_count == 1 else 0.6
    graphs = 0.8
    pool = gpu.memory_gib * utilization - weights - activation - non_torch - graphs
    per_token = kv_bytes_per_token(model, deployment.gpu_count, engine.kv_cache_dtype)
    tokens = max(0, int(pool * GIB // (16 * per_token))) * 16
    reason = remedy = None
    if tokens == 0:
        reason, remedy = "No available memory for the cache blocks", "use more GPUs"
    elif tokens < length:
        reason = (
            f"max seq len ({length}) is larger than the maximum number of tokens "
            f"that can be stored in KV cache ({tokens})"
        )
        remedy = f"--max-model-len {tokens}"
    return Memory(
        fits=reason is None,
        reason=reason,
        weights_gib=weights,
        kv_cache_gib=max(0.0, pool),
        kv_cache_tokens=tokens,
        bytes_per_token=per_token,
        max_concurrency=tokens / length,
        max_model_len=length,
        gpu_memory_utilization=utilization,
        activation_gib=activation,
        non_torch_gib=non_torch,
        cuda_graph_gib=graphs,
        remedy=remedy,
    )
