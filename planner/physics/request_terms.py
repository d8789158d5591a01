"""The physics of one request: seconds at the datasheet's peak, term by term.

The replica's seconds per request are ``s = 1 / throughput = sum_k theta_k * x_k``.
This module computes the ``x_k``; ``throughput.py`` estimates the ``theta_k``.
Symbols: I and O input and output tokens, C' the requests that run together,
P parameters that one token uses, F dense FLOP/s and B bytes/s of all cards of
the replica, k KV-cache bytes per token over all cards.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.catalog.gpu import GPU
from planner.catalog.model_spec import ModelSpec
from planner.physics.prefill_passes import prefill_passes
from planner.physics.setting_terms import (
    StepBudget,
    attended_share,
    cached_tokens,
    computed_per_token,
    extra_passes,
    prefill_with_draft,
    sequences_in_cache,
    steps_per_token,
    tokens_read_again,
    tokens_together,
)
from planner.vllm.deployment import Deployment
from planner.vllm.kv_cache import kv_bytes_per_token
from planner.vllm.memory import estimate
from planner.vllm.scheduler import default_step_tokens, keeps_prompts_apart, max_num_seqs_of
from planner.vllm.speculative_decoding import SpeculativeDecoding
from planner.vllm.weights import weights_bytes

Array = NDArray[np.float64]

TERMS: tuple[str, ...] = (
    "prefill_arithmetic",
    "prefill_attention",
    "weights_read",
    "kv_read",
    "decode_arithmetic",
    "link_traffic",
    "step_overhead",
    "token_overhead",
    "request_overhead",
    "prefill_overhead",
)
"""x_k in this order; the last four in milliseconds, so their theta is a number of milliseconds."""

PHYSICAL_LIMIT = np.array([1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0])
"""Smallest theta: the first six terms are already the hardware's limit, overheads may vanish."""

CAUSES: dict[str, tuple[int, ...]] = {
    "prefill": (0, 1),
    "weights": (2,),
    "kv_cache": (3,),
    "decode": (4,),
    "overhead": (5, 6, 7, 8, 9),
}
"""Which terms make up each entry of a forecast's ``seconds_per_request``."""


def by_cause(terms_s: Array) -> dict[str, float]:
    """Seconds per request by cause, from seconds by term (10,)."""
    return {cause: float(sum(terms_s[i] for i in terms)) for cause, terms in CAUSES.items()}


REFERENCE_LAYERS = 32
"""Overheads are mostly kernel launches, so they are counted per 32 layers (a 7B model)."""


@dataclass(frozen=True, slots=True)
class Work:
    """What a deployment has to do per token, and how fast it could at best.

    ``flop_per_s`` and ``bytes_per_s`` are over all cards of the replica;
    ``kv_capacity_tokens`` is the KV pool, 0 where the model does not fit;
    ``prompts_apart`` see ``prefill_passes.py``. The last three are engine settings, see
    ``setting_terms.py``.
    """

    model: ModelSpec
    flop_per_s: float
    bytes_per_s: float
    dense_bytes: float
    expert_bytes: float
    kv_bytes_per_token: float
    kv_capacity_tokens: float
    link_bytes_per_token: float
    link_bytes_per_s: float
    max_num_seqs: int
    prompts_apart: bool = False
    prefix_hit_share: float = 0.0
    step_budget: StepBudget | None = None
    speculative: SpeculativeDecoding | None = None


def compute_rate_flop_per_s(deployment: Deployment) -> float:
    """Dense FLOP/s of the replica at the precision that its matrix products run in.

    fp8 and int8 (W8A8) use the card's rate for them where it has one, up to
    twice the 16-bit rate: consumer cards state four times, which no measurement
    here supports. Weight-only quantization (AWQ, GPTQ, MXFP4, bitsandbytes)
    computes in 16 bit.
    """
    gpu = deployment.gpu
    eight_bit = {"fp8": gpu.fp8_tflops, "int8": gpu.int8_tops}.get(deployment.quantization)
    tera = gpu.fp16_tflops if eight_bit is None else min(eight_bit, 2.0 * gpu.fp16_tflops)
    return tera * 1e12 * deployment.gpu_count


def expert_params(model: ModelSpec) -> float:
    """Parameters in the experts of a mixture-of-experts model, 0 for a dense one.

    From total and active counts: with E experts of which A work on a token,
    ``total - active = experts * (1 - A / E)``.
    """
    if model.experts is None or model.active_experts is None:
        return 0.0
    return (model.params - model.active_params) / (1 - model.active_experts / model.experts)


PCIE4_GB_PER_S = 32.0
"""PCIe 4.0 x16, per direction (PCI-SIG): what joins cards whose link is not stated."""


def link_gb_per_s(gpu: GPU) -> float:
    """The link between the cards of a replica, per direction."""
    return gpu.link_gb_per_s if gpu.link_gb_per_s is not None else PCIE4_GB_PER_S


def link_bytes_per_token(model: ModelSpec, gpu_count: int) -> float:
    """Bytes that each card sends per token under tensor parallelism, 0 for a single card.

    Two all-reduces a layer over hidden_size 16-bit values; a ring all-reduce
    over n cards sends 2 (n - 1) / n of them (Shoeybi et al., "Megatron-LM", 2019).
    """
    ring = 2.0 * (gpu_count - 1) / gpu_count
    return ring * 2.0 * model.layers * model.hidden_size * _SIXTEEN_BIT


def work_of(deployment: Deployment) -> Work:
    """The deployment's work per token and its limits, from datasheet and model shape."""
    model = deployment.model
    embeddings = _SIXTEEN_BIT * model.embedding_params
    layers = weights_bytes(model, deployment.quantization) - embeddings
    per_parameter = layers / (model.params - model.embedding_params)
    experts = expert_params(model)
    head = float(model.vocab_size * model.hidden_size)
    return Work(
        model=model,
        flop_per_s=compute_rate_flop_per_s(deployment),
        bytes_per_s=deployment.gpu.bandwidth_gb_per_s * 1e9 * deployment.gpu_count,
        dense_bytes=layers - experts * per_parameter + _SIXTEEN_BIT * head,
        expert_bytes=experts * per_parameter,
        kv_bytes_per_token=_kv_bytes_over_all_cards(deployment),
        kv_capacity_tokens=_kv_capacity_tokens(deployment),
        link_bytes_per_token=link_bytes_per_token(model, deployment.gpu_count),
        link_bytes_per_s=link_gb_per_s(deployment.gpu) * 1e9,
        max_num_seqs=max_num_seqs_of(deployment),
        prompts_apart=keeps_prompts_apart(deployment),
        prefix_hit_share=deployment.engine.prefix_hit_share,
        step_budget=_step_budget(deployment),
        speculative=deployment.engine.speculative,
    )


def _step_budget(deployment: Deployment) -> StepBudget | None:
    stated = deployment.engine.max_num_batched_tokens
    if stated is None:
        return None
    length = deployment.engine.max_model_len or deployment.context_tokens
    return StepBudget(stated, default_step_tokens(deployment, length))


_SIXTEEN_BIT = 2.0  # bytes; embeddings and the output head stay so under every scheme here


def _kv_bytes_over_all_cards(deployment: Deployment) -> float:
    per_card = kv_bytes_per_token(
        deployment.model, deployment.gpu_count, deployment.engine.kv_cache_dtype
    )
    return float(per_card * deployment.gpu_count)


def _kv_capacity_tokens(deployment: Deployment) -> float:
    return float(max(estimate(deployment).kv_cache_tokens or 0, 0))


def effective_concurrency(
    work: Work, input_tokens: Array, output_tokens: Array, concurrency: Array
) -> Array:
    """C' = min(C, max_num_seqs, requests in the KV cache), at least 1.

    A prefix that requests share is held once; where the tokens of an engine
    step are limited, each sequence takes one of them, or k + 1 that it verifies.
    """
    cached = cached_tokens(input_tokens, work.prefix_hit_share)
    in_cache = sequences_in_cache(work.kv_capacity_tokens, input_tokens, output_tokens, cached)
    limit = np.minimum(work.max_num_seqs, in_cache)
    if work.step_budget is not None:
        limit = np.minimum(limit, work.step_budget.tokens // tokens_together(work.speculative))
    return np.asarray(np.maximum(1.0, np.minimum(concurrency, limit)))


def basis(
    work: Work,
    input_tokens: Array,
    output_tokens: Array,
    running: Array,
    together: bool = False,
) -> Array:
    """x_k for n load points, in seconds, shape (n, 10), columns as in ``TERMS``.

    ``running`` is C', see ``effective_concurrency``, ``together`` see ``prefill_passes.py``.
    Attention arithmetic is 2 L H d I^2 (causal half of the scores and of the
    weighted sum), a layer with a sliding window w attends to at most w tokens.
    The weights are read once per decode step, shared by C' sequences, and once
    in a pass for prompts alone, which makes the first token; of the experts,
    those that at least one of C' tokens chose, or of the prompt's: E (1 - (1 - A/E)^C').

    Engine settings change how many tokens are computed and how often weights
    and cache are read (``setting_terms.py``). What a prefill in smaller chunks
    reads again counts with the prefill, as it delays the first token.
    """
    model = work.model
    params = model.active_params
    attention = 2.0 * model.layers * model.attention_heads * model.head_dim
    mean_context = input_tokens + output_tokens / 2.0
    layers = model.layers / REFERENCE_LAYERS
    milli = 1e-3 * np.ones_like(running)

    cached = cached_tokens(input_tokens, work.prefix_hit_share)
    new = input_tokens - cached
    again = extra_passes(new, work.step_budget)
    drafting = prefill_with_draft(work.speculative)
    steps_a_token = steps_per_token(work.speculative)
    steps = output_tokens * steps_a_token
    passes = prefill_passes(work.prompts_apart, running, together)
    decoding = (steps - work.prompts_apart * steps_a_token) / running
    decoded = output_tokens * computed_per_token(work.speculative)
    experts = _share_of_experts_read(model, running * tokens_together(work.speculative))
    weights = work.dense_bytes + work.expert_bytes * experts
    weights_for_prompts = work.dense_bytes + work.expert_bytes * _share_of_experts_read(model, new)
    all_weights_s = (work.dense_bytes + work.expert_bytes) / work.bytes_per_s
    kv_token_s = work.kv_bytes_per_token / work.bytes_per_s
    return np.stack(
        [
            2.0 * params * new / work.flop_per_s * drafting + again * all_weights_s,
            attention
            * input_tokens
            * _attended_in_prefill(model, input_tokens, cached)
            / work.flop_per_s
            * drafting
            + tokens_read_again(new, cached, again) * kv_token_s,
            (decoding * weights + passes * weights_for_prompts) / work.bytes_per_s,
            steps * _attended(model, mean_context) * work.kv_bytes_per_token / work.bytes_per_s,
            2.0 * params * decoded / work.flop_per_s,
            work.link_bytes_per_token * (new + decoded) / work.link_bytes_per_s,
            (decoding + passes) * layers * milli,
            output_tokens * milli,
            layers * milli * (1.0 + again),
            layers * milli / running,
        ],
        axis=-1,
    )


def _attended(model: ModelSpec, context_tokens: Array) -> Array:
    """Tokens that attention looks at, averaged over full and sliding-window layers."""
    if model.sliding_window is None or model.sliding_window_layers == 0:
        return context_tokens
    share = model.sliding_window_layers / model.layers
    windowed = np.minimum(context_tokens, float(model.sliding_window))
    return np.asarray(share * windowed + (1.0 - share) * context_tokens)


def _attended_in_prefill(model: ModelSpec, input_tokens: Array, cached: Array) -> Array:
    """The same per prompt token, for the part of the prompt that is computed."""
    full = input_tokens * attended_share(input_tokens, cached, np.inf)
    if model.sliding_window is None or model.sliding_window_layers == 0:
        return np.asarray(full)
    share, window = model.sliding_window_layers / model.layers, float(model.sliding_window)
    windowed = np.minimum(input_tokens, window) * attended_share(input_tokens, cached, window)
    return np.asarray(share * windowed + (1.0 - share) * full)


def _share_of_experts_read(model: ModelSpec, tokens: Array) -> Array:
    """Of the experts, those that at least one of ``tokens`` tokens of a step chose."""
    if model.experts is None or model.active_experts is None:
        return np.zeros_like(tokens)
    return np.asarray(1.0 - (1.0 - model.active_experts / model.experts) ** tokens)
