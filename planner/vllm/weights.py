"""Bytes that a model's weights take in memory, by quantization.

AWQ and GPTQ store a scale and a zero point for each group of weights, NVFP4 a scale for each 16
weights, MXFP4 one for each 32 and padded experts; embeddings stay in 16 bit.
"""

from __future__ import annotations

import math

from planner.catalog.model_spec import SIXTEEN_BIT_BYTES, ModelSpec, Quantization
from planner.networks.bytes_per_param import BYTES_PER_PARAM
from planner.vllm.deployment import Deployment
from planner.vllm.version_rules import rules_for

_FP8_FROM_CAPABILITY = 8.9
_FP8_BLOCK = 128
"""Rows, and columns, of FP8 weights that share a scale (``ModelSpec.has_fp8_blocks``)."""
_PATCHES_OF_THREE_PART_POSITIONS = 4
"""Patches that Qwen's image encoders merge into a token (``spatial_merge_size`` 2 x 2)."""
_MXFP4_PADDING = 256
"""vLLM's MXFP4 kernels pad the experts' dimensions to a multiple of this."""


def weights_bytes(
    model: ModelSpec, quantization: Quantization, marlin_experts: bool = False
) -> float:
    """Bytes of the language model's weights, over all GPUs together.

    ``none`` means the checkpoint as it was published. Embeddings and output head stay in 16 bit
    under every scheme, unless the published checkpoint says otherwise; MXFP4 quantizes the
    experts only, as NVFP4 does beside latent attention (nvidia/Kimi-K2.6-NVFP4 and
    nvidia/GLM-5.1-NVFP4, hf_quant_config.json), and its kernels pad them: Triton's to a multiple
    of 256 on one side, Marlin's (``marlin_experts``) to multiples of 128 and 256.
    GPTQ leaves gated delta nets in 16 bit (``dynamic`` in Qwen/Qwen3.5-27B-GPTQ-Int4's
    config.json; ``linear_attn`` is ignored in the examples of vllm-project/llm-compressor,
    read 2026-11-28).
    """
    stored = model.stored_quantization(quantization)
    if stored == model.native_quantization and model.checkpoint_bytes is not None:
        return model.checkpoint_bytes
    experts = expert_bytes(model, quantization, marlin_experts)
    sixteen_bit = model.embedding_params
    if stored == "mxfp4":
        sixteen_bit += model.layers * _attention_params(model)
    elif stored == "gptq":
        sixteen_bit += model.linear_attention_params or 0
    elif stored == "nvfp4" and model.latent_values is not None:
        sixteen_bit = model.params - model.expert_params
    others = model.params - model.expert_params - sixteen_bit
    return SIXTEEN_BIT_BYTES * sixteen_bit + BYTES_PER_PARAM[stored] * others + experts


def expert_bytes(
    model: ModelSpec, quantization: Quantization, marlin_experts: bool = False
) -> float:
    """Bytes of all routed experts, over all GPUs together; 0 for a dense model."""
    stored = model.stored_quantization(quantization)
    padding = 1.0
    if stored == "mxfp4" and marlin_experts:
        padding = _padded(model.intermediate_size, 128) * _padded(model.hidden_size, 256)
    elif stored == "mxfp4":
        padding = _padded(model.intermediate_size, _MXFP4_PADDING)
    return padding * BYTES_PER_PARAM[stored] * model.expert_params


def replica_weights_bytes(deployment: Deployment) -> float:
    """Bytes of all weights of a replica: language model, draft and image encoder.

    The image encoder stays in 16 bit. The sum is over all GPUs together.
    """
    model, engine = deployment.model, deployment.engine
    marlin = uses_marlin_experts(deployment)
    language = weights_bytes(model, deployment.quantization, marlin) * (
        1.0 + deployment.draft_share
    )
    language += _marlin_scales_bytes(deployment) + _repeated_heads_bytes(deployment)
    language += _repeated_routers_bytes(deployment) + _repeated_latent_bytes(deployment)
    language += _unpacked_latent_bytes(deployment)
    if engine.text_only and rules_for(engine.version).text_only_skips_encoder:
        return language
    return language + SIXTEEN_BIT_BYTES * (model.vision_params or 0.0)


def loaded_buffers_bytes(deployment: Deployment, step_tokens: int) -> float:
    """Bytes on each GPU of what vLLM makes when it loads a model, beside its weights.

    Cosines and sines of all positions, once for all layers, in 16 bit; four times as many if
    positions have three parts (Qwen's models that read images). Further, image vectors for later
    layers, for each token of a step. vLLM logs them as part of the loaded model (14.9889 GiB of
    Llama-3.1-8B, whose weights are 14.9577).

    Source: vllm-project/vllm v0.27.1, ``RotaryEmbedding`` in vllm/model_executor/layers/
    rotary_embedding/base.py, ``MRotaryEmbedding`` in mrope.py beside it and
    ``deepstack_input_embeds`` in vllm/model_executor/models/qwen3_vl.py.
    """
    model = deployment.model
    positions = max(model.max_position_embeddings, deployment.context_tokens)
    if model.patches_per_token == _PATCHES_OF_THREE_PART_POSITIONS:
        positions *= 4
    vectors = 0 if deployment.engine.text_only else (model.image_vectors or 1) - 1
    values = positions * _rotated_width(model) + vectors * step_tokens * model.hidden_size
    return SIXTEEN_BIT_BYTES * values


def _rotated_width(model: ModelSpec) -> int:
    """Values of a head that positions rotate; 0 for state spaces, whose attention has none.

    Beside gated delta nets it is a quarter (``partial_rotary_factor`` in the config.json of
    Qwen/Qwen3-Next-80B-A3B-Instruct and Qwen/Qwen3.5-27B).
    """
    if model.rope_head_dim is not None:
        return model.rope_head_dim
    if model.linear_attention_params is not None:
        return model.head_dim // 4
    return 0 if model.state_layers else model.head_dim


def _repeated_heads_bytes(deployment: Deployment) -> float:
    """Bytes that key and value projections take again if there are more cards than KV heads.

    Each card then holds one head. Source: vllm-project/vllm v0.27.1, ``QKVParallelLinear`` in
    vllm/model_executor/layers/linear.py. Latent attention has no such projections.
    """
    model = deployment.model
    repeats = deployment.tensor_parallel - model.kv_heads
    if repeats <= 0 or model.latent_values is not None:
        return 0.0
    stored = model.stored_quantization(deployment.quantization)
    sixteen_bit = stored == "mxfp4" or (
        model.keeps_attention and stored == model.native_quantization
    )
    per_param = SIXTEEN_BIT_BYTES if sixteen_bit else BYTES_PER_PARAM[stored]
    width = model.head_dim + (model.value_head_dim or model.head_dim)
    return per_param * repeats * width * model.hidden_size * model.kv_layers


def _repeated_routers_bytes(deployment: Deployment) -> float:
    """Bytes that the routers of experts take again, as each card of a group holds them whole.

    Source: vllm-project/vllm v0.27.1, ``ReplicatedLinear`` as ``gate`` in
    vllm/model_executor/models/qwen3_moe.py and ``GateLinear`` in deepseek_v2.py beside it.
    """
    model = deployment.model
    if model.experts is None:
        return 0.0
    again = deployment.tensor_parallel - 1
    return SIXTEEN_BIT_BYTES * again * model.experts * model.hidden_size * model.layers


def _repeated_latent_bytes(deployment: Deployment) -> float:
    """Bytes of latent attention that each card of a group takes again, as it holds them whole.

    They are the projections down to the latent vectors of queries, keys and values, and the
    indexer of sparse attention: its queries, its key and the weights of its heads, the last in
    16 bit.

    Source: vllm-project/vllm v0.7.2 to v0.27.1, ``DeepseekV2MLAAttention`` and ``Indexer`` in
    vllm/model_executor/models/deepseek_v2.py (``ReplicatedLinear``, and ``disable_tp``).
    """
    model, again = deployment.model, deployment.tensor_parallel - 1
    if model.latent_values is None or again == 0:
        return 0.0
    rank, index_dim = model.q_lora_rank or 0, model.index_head_dim or 0
    index_heads = model.index_heads or 0
    down = model.hidden_size * (rank + model.latent_values + index_dim)
    indexer = rank * index_heads * index_dim
    stored = (down + indexer) * _latent_bytes_per_param(deployment)
    weighing = model.hidden_size * index_heads * SIXTEEN_BIT_BYTES
    return again * (stored + weighing) * model.kv_layers


def _unpacked_latent_bytes(deployment: Deployment) -> float:
    """Bytes of copies in 16 bit of a quantized projection up to keys and values, over all GPUs.

    vLLM multiplies them head by head when it decodes, which it has no quantized kernel for.

    Source: vllm-project/vllm v0.8.5 to v0.19.1, ``process_weights_after_loading`` of latent
    attention (``W_UV`` and ``W_UK_T``; vllm/v1/attention/backends/mla/common.py in v0.11.0).
    """
    model = deployment.model
    if model.latent_values is None or _latent_bytes_per_param(deployment) >= SIXTEEN_BIT_BYTES:
        return 0.0
    unrotated = model.head_dim - (model.rope_head_dim or 0)
    width = unrotated + (model.value_head_dim or model.head_dim)
    weights = (model.kv_lora_rank or 0) * model.attention_heads * width * model.kv_layers
    return SIXTEEN_BIT_BYTES * weights


def _latent_bytes_per_param(deployment: Deployment) -> float:
    """Bytes of a weight of latent attention: 16 bit where only experts are in 4 bit.

    So is NVFP4 and MXFP4, and what publishers of mixed formats state (``checkpoint_bytes``).
    """
    model = deployment.model
    stored = model.stored_quantization(deployment.quantization)
    mixed = stored == model.native_quantization and model.checkpoint_bytes is not None
    if mixed or stored in ("mxfp4", "nvfp4"):
        return SIXTEEN_BIT_BYTES
    return BYTES_PER_PARAM[stored]


def _marlin_scales_bytes(deployment: Deployment) -> float:
    """Bytes that scales of FP8 blocks take beyond the checkpoint's, on cards without FP8.

    Marlin repeats the scale of a block of 128 x 128 weights, in 16 bit, for each of its columns.
    Source: vllm-project/vllm v0.27.1, ``prepare_fp8_layer_for_marlin`` in vllm/model_executor/
    layers/quantization/utils/marlin_utils_fp8.py.
    """
    model = deployment.model
    if not model.has_fp8_blocks or deployment.gpu.has_capability(_FP8_FROM_CAPABILITY):
        return 0.0
    if model.stored_quantization(deployment.quantization) != "fp8":
        return 0.0
    quantized = model.params - model.embedding_params
    return SIXTEEN_BIT_BYTES * quantized / _FP8_BLOCK


def uses_marlin_experts(deployment: Deployment) -> bool:
    """True if MXFP4 experts run on Marlin: below Hopper, on Blackwell's consumer cards, and
    wherever Triton's kernels are not installed.

    Source: vllm-project/vllm, ``get_mxfp4_backend`` in
    vllm/model_executor/layers/quantization/mxfp4.py (read 2026-11-27).
    """
    gpu, engine = deployment.gpu, deployment.engine
    if engine.moe_backend != "auto":
        return engine.moe_backend == "marlin"
    capability = gpu.compute_capability
    if (10, 0) <= capability < (11, 0):
        return False
    hopper = (9, 0) <= capability < (10, 0)
    return not hopper or not rules_for(engine.version).mxfp4_triton_kernels


def _padded(size: int, multiple: int) -> float:
    """How much longer a dimension is as a multiple of another number."""
    return math.ceil(size / multiple) * multiple / size


def _attention_params(model: ModelSpec) -> int:
    """Weights of one layer's query, key, value and output projections."""
    heads = 2 * model.attention_heads + 2 * model.kv_heads
    return model.hidden_size * model.head_dim * heads
