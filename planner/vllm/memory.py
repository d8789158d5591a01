"""What fits on a card: weights, activations, KV cache, and how many sequences at once.

vLLM loads the weights, runs one profiling step as large as its settings allow,
and gives the rest of its share of the memory to the KV cache:

    pool = memory x gpu_memory_utilization - weights - activations - outside PyTorch
           (- CUDA graphs, from 0.21)

Everything is per card. The settings of a version that are not stated, and the
constants that were measured, are in ``planner.vllm.engine_rules``. Source of the
procedure: vllm-project/vllm, ``determine_num_available_blocks`` in
vllm/worker/worker.py (V0) and ``determine_available_memory`` in
vllm/v1/worker/gpu_worker.py (V1), read 2026-11-22.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from planner.catalog.gpu import GPU
from planner.catalog.model_spec import ModelSpec, Quantization
from planner.vllm.deployment import Deployment
from planner.vllm.engine_rules import EngineRules, rules_for
from planner.vllm.kv_cache import BLOCK_TOKENS, KvLayout, draft_share, kv_bytes_per_token, kv_layout
from planner.vllm.scheduler import is_v1, max_num_seqs_of, step_tokens_of

GIB = 2**30

_GROUP = 128  # weights that share a scale in published AWQ and GPTQ checkpoints
_BYTES_PER_PARAM: dict[Quantization, float] = {
    "none": 2.0,
    "awq": 0.5 + (2.0 + 0.5) / _GROUP,  # 4 bit, a 16-bit scale and a 4-bit zero point
    "gptq": 0.5 + (2.0 + 0.5) / _GROUP,
    "fp8": 1.0,
    "int8": 1.0,
    "mxfp4": 4.25 / 8,  # 4 bit and an 8-bit scale for 32 weights
    "bitsandbytes": 0.5 + 1 / 64 + 4 / (64 * 256),  # NF4 with double quantization
}
_MXFP4_PADDING = 256  # experts' dimensions are padded to it by vLLM's MXFP4 kernels
_SIXTEEN_BIT = 2
_IMAGE_VECTORS = 2  # the encoder's outputs and inputs_embeds of vllm/v1/worker/gpu_model_runner.py
_FLOAT32 = 4
_NVLINK_FROM_GB_PER_S = 100.0


@dataclass(frozen=True, slots=True)
class Memory:
    """Where the memory of each card goes, in GiB per card.

    ``kv_cache_tokens`` is what vLLM logs as the size of the KV cache,
    ``max_concurrency`` how many requests of ``max_model_len`` it holds at once.
    ``cuda_graph_gib`` is what the graphs take from the budget: 0 before 0.21,
    where they come on top of it. ``reason`` and ``remedy`` are None if it fits.
    """

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


def weights_bytes(model: ModelSpec, quantization: Quantization) -> float:
    """Bytes of the language model's weights, over all cards together.

    Embeddings and output head stay in 16 bit under every scheme; MXFP4 is for
    experts alone. ``none`` means the checkpoint as it was published.
    """
    stored = model.native_quantization if quantization == "none" else quantization
    per_param = _BYTES_PER_PARAM[stored]
    sixteen_bit = model.embedding_params
    if stored == "mxfp4":
        sixteen_bit += model.layers * _attention_params(model)
        padded = math.ceil(model.intermediate_size / _MXFP4_PADDING) * _MXFP4_PADDING
        per_param *= padded / model.intermediate_size
    return _SIXTEEN_BIT * sixteen_bit + per_param * (model.params - sixteen_bit)


def estimate(deployment: Deployment) -> Memory:
    """What vLLM would allocate on each card of ``deployment``, and whether it would start.

    Raises InputError (field ``engine_version``) where the version is not one.
    """
    gpu, model, engine = deployment.gpu, deployment.model, deployment.engine
    rules = rules_for(engine.version)
    limit = deployment.context_tokens
    length = engine.max_model_len or limit
    utilization = engine.gpu_memory_utilization or rules.gpu_memory_utilization
    step_tokens = step_tokens_of(deployment, length)
    all_weights = weights_bytes(model, deployment.quantization) * (1.0 + draft_share(deployment))
    all_weights += _SIXTEEN_BIT * (model.vision_params or 0.0)
    weights = all_weights / deployment.gpu_count / GIB
    activation = _activation_bytes(deployment, rules, step_tokens) / GIB
    non_torch = _non_torch_gib(gpu, deployment.gpu_count, rules)
    graphs = _cuda_graph_gib(model, max_num_seqs_of(deployment), rules)
    in_budget = graphs if rules.cuda_graphs_in_budget else 0.0
    pool = gpu.memory_gib * utilization - weights - activation - non_torch - in_budget
    layout = kv_layout(deployment, rules, step_tokens)
    concurrency = max(0.0, pool * GIB) / layout.request_bytes(length)
    tokens = layout.tokens(pool * GIB)
    if rules.tokens_from_concurrency and layout.sliding_layers:
        tokens = int(concurrency * length)
    reason = remedy = None
    if length > limit:
        reason = (
            f"User-specified max_model_len ({length}) is greater than the derived max_model_len "
            f"({limit}) of {model.name}"
        )
        remedy = f"--max-model-len {limit}, or rope scaling"
    elif concurrency < 1.0:
        reason, remedy = _refusal(gpu, weights, pool, layout, length)
    elif not in_budget and gpu.memory_gib * (1 - utilization) < graphs:
        reason = (
            f"CUDA out of memory while capturing CUDA graphs: they need about {graphs:.2f} GiB "
            f"beyond --gpu-memory-utilization {utilization:g}"
        )
        remedy = f"--gpu-memory-utilization {1 - graphs / gpu.memory_gib:.2f}, or --enforce-eager"
    return Memory(
        fits=reason is None,
        reason=reason,
        weights_gib=weights,
        kv_cache_gib=max(0.0, pool),
        kv_cache_tokens=tokens,
        bytes_per_token=kv_bytes_per_token(model, deployment.gpu_count, engine.kv_cache_dtype),
        max_concurrency=concurrency,
        max_model_len=length,
        gpu_memory_utilization=utilization,
        activation_gib=activation,
        non_torch_gib=non_torch,
        cuda_graph_gib=in_budget,
        remedy=remedy,
    )


def _attention_params(model: ModelSpec) -> int:
    heads = 2 * model.attention_heads + 2 * model.kv_heads
    return model.hidden_size * model.head_dim * heads


def _activation_bytes(deployment: Deployment, rules: EngineRules, step_tokens: int) -> float:
    """Peak of the profiling step: the MLP of a layer, or sampling one token per sequence.

    The MLP holds the gate and up projections, their product, and a few vectors
    of the hidden size per token, and AWQ without Marlin the largest matrix of a
    layer in 16 bit; sampling holds copies of the logits of ``max_num_seqs``
    sequences (on every card: they are gathered). Where V1 reads images it keeps
    a step of them, and of the embeddings that they are put among.
    """
    model, cards = deployment.model, deployment.gpu_count
    mlp = 3 * model.intermediate_size * (model.active_experts or 1) / cards
    vectors = rules.hidden_vectors + (rules.longrope_hidden_vectors if model.longrope else 0.0)
    forward = step_tokens * _SIXTEEN_BIT * (mlp + vectors * model.hidden_size)
    if rules.all_reduce_inputs_kept and cards > 1:
        forward += 2 * model.layers * step_tokens * model.hidden_size * _SIXTEEN_BIT
    sequences = min(max_num_seqs_of(deployment), step_tokens)
    logits = sequences * model.vocab_size * _FLOAT32
    hidden = step_tokens * model.hidden_size * _SIXTEEN_BIT
    marlin = deployment.gpu.has_capability(rules.awq_marlin_from_compute_capability)
    if deployment.quantization == "awq" and not marlin:
        forward += 2 * model.intermediate_size * model.hidden_size * _SIXTEEN_BIT / cards
    images = model.vision_params is not None and is_v1(deployment.gpu, rules)
    kept = _IMAGE_VECTORS * hidden if images else 0.0
    return kept + max(forward, rules.sampler_logits_copies * logits + hidden)


def _non_torch_gib(gpu: GPU, cards: int, rules: EngineRules) -> float:
    if cards == 1:
        return rules.non_torch_gib
    if (gpu.link_gb_per_s or 0.0) < _NVLINK_FROM_GB_PER_S:
        return rules.non_torch_gib + rules.all_reduce_pcie_gib
    return rules.non_torch_gib + rules.all_reduce_gib + rules.all_reduce_gib_per_card * cards


def _cuda_graph_gib(model: ModelSpec, max_num_seqs: int, rules: EngineRules) -> float:
    """Piecewise graphs up to twice ``max_num_seqs`` tokens and whole ones up to it, 512 at most."""
    graphs = _captured(min(2 * max_num_seqs, 512)) + _captured(min(max_num_seqs, 512))
    return graphs * model.layers * rules.cuda_graph_mib_per_layer / 1024


def _captured(largest: int) -> int:
    """Sizes that vLLM captures: 1, 2, 4, every 8th up to 256, every 16th beyond."""
    small = sum(size <= largest for size in (1, 2, 4))
    return small + min(largest, 256) // 8 + max(0, largest - 256) // 16


def _refusal(
    gpu: GPU, weights_gib: float, pool_gib: float, layout: KvLayout, length: int
) -> tuple[str, str]:
    """vLLM's reason for not starting, and what to do."""
    larger = "a higher --gpu-memory-utilization, a quantized model, or more GPUs"
    if weights_gib > gpu.memory_gib:
        return (
            "No available memory for the cache blocks: CUDA out of memory while loading the "
            f"weights, {weights_gib:.1f} GiB on a card of {gpu.memory_gib:.1f} GiB",
            "a quantized model, or more GPUs",
        )
    longest = layout.longest_request(pool_gib * GIB) if pool_gib > 0 else 0
    if longest < BLOCK_TOKENS:
        return (
            f"No available memory for the cache blocks: {weights_gib:.1f} GiB of weights on a "
            f"card of {gpu.memory_gib:.1f} GiB leave {pool_gib:.2f} GiB for the KV cache",
            larger,
        )
    return (
        f"The model's max seq len ({length}) is larger than the maximum number of tokens that "
        f"can be stored in KV cache ({longest})",
        f"--max-model-len {longest}, {larger}",
    )
