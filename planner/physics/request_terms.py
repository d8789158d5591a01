"""The physics of one request: seconds at the datasheet's peak, term by term.

Symbols as in ``work``, with I and O input and output tokens and C' the requests that run
together.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from planner.catalog.model_spec import ModelSpec
from planner.physics.prefill_passes import prefill_passes
from planner.physics.setting_terms import (
    attended_share,
    cached_tokens,
    computed_per_token,
    eager_step_overheads,
    extra_passes,
    micro_batches,
    prefill_with_draft,
    steps_per_token,
    tokens_read_again,
    tokens_together,
)
from planner.physics.terms import Term
from planner.physics.work import Work

Array = NDArray[np.float64]

REFERENCE_LAYERS = 32
"""Overheads are mostly kernel launches, so they are counted per 32 layers (a 7B model)."""

LAUNCHES_WITH_EXPERTS = 1.6
"""Kernel launches of a layer with experts, as a multiple of a dense one: 16 to 10. Both have two
norms, four products with their cache write and attention (7); a dense layer then has two products
and an activation, one with experts has the gate, top-k, two launches that sort the tokens, two
grouped products, the activation and the sum (vLLM 0.11, ``fused_moe.py``), and quantizes in
between. With it the levels of dense networks and of those with experts differ by less."""


def request_terms(
    work: Work,
    input_tokens: Array,
    output_tokens: Array,
    running: Array,
    together: bool = False,
) -> Array:
    """x_k for n load points, in seconds, shape (n, K), columns as in ``Term``.

    ``running`` is C', see ``effective_concurrency``; for ``together`` see ``prefill_passes``.
    Attention arithmetic is L H (d + v) I^2 with heads of d (queries, keys) and v values
    (causal half of the scores and of the weighted sum), a layer with a sliding window w attends
    to at most w tokens.
    The weights are read once per decode step, shared by C' sequences, and once
    in a pass for prompts alone, which makes the first token; of the experts,
    those that at least one of C' tokens chose, or of the prompt's: E (1 - (1 - A/E)^C'). AWQ
    without Marlin reads them more often (``awq_without_marlin``).

    Engine settings change how many tokens are computed and how often weights and cache are
    read (``setting_terms``). What a prefill in smaller chunks reads again counts as prefill,
    because it delays the first token.

    A pipeline or data-parallel ranks divide the requests into micro-batches. Each batch reads
    all weights (its rank's attention, all ranks' experts), and with fewer batches than groups of
    GPUs some of them wait.
    """
    model = work.model
    params = model.active_params
    value_dim = model.value_head_dim or model.head_dim
    attention = model.kv_layers * model.attention_heads * (model.head_dim + value_dim)
    mean_context = input_tokens + output_tokens / 2.0
    layers = model.layers / REFERENCE_LAYERS
    launches = layers * (1.0 if model.experts is None else LAUNCHES_WITH_EXPERTS)
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
    in_stage = micro_batches(running, work.stages)
    in_group = micro_batches(running, work.stages * work.ranks)
    busy = in_group / (work.stages * work.ranks)
    flop_per_s, bytes_per_s = work.flop_per_s * busy, work.bytes_per_s * busy
    together_in_step = running / in_stage * tokens_together(work.speculative)
    experts = _share_of_experts_read(model, together_in_step)
    weights = work.dense_bytes * in_group + work.expert_bytes * experts * work.stages * busy
    weights_for_prompts = work.dense_bytes + work.expert_bytes * _share_of_experts_read(model, new)
    read_again = np.zeros_like(running)
    if work.tiled_weights is not None:
        beyond_one_read = work.tiled_weights.bytes_beyond_one_read
        with_prompts = prefill_passes(True, running, together)
        weights = weights + in_group * beyond_one_read(together_in_step)
        read_again = with_prompts * beyond_one_read(new / with_prompts)
    all_weights_s = (work.dense_bytes + work.expert_bytes) / bytes_per_s
    kv_token_s = work.kv_bytes_per_token / bytes_per_s
    step_s = (
        weights / bytes_per_s
        + running * mean_context * kv_token_s
        + 2.0 * params * running / flop_per_s
    )
    x = {
        Term.PREFILL_ARITHMETIC: 2.0 * params * new / flop_per_s * drafting + again * all_weights_s,
        Term.PREFILL_ATTENTION: attention
        * input_tokens
        * _attended_in_prefill(model, input_tokens, cached)
        / flop_per_s
        * drafting
        + tokens_read_again(new, cached, again) * kv_token_s,
        Term.WEIGHTS_READ: (decoding * weights + passes * weights_for_prompts + read_again)
        / bytes_per_s,
        Term.KV_READ: steps
        * (_attended(model, mean_context) * work.kv_bytes_per_token + work.state_bytes_per_step)
        / bytes_per_s,
        Term.DECODE_ARITHMETIC: 2.0 * params * decoded / flop_per_s
        + decoded * mean_context * work.latent_s_per_kv_token / busy,
        Term.LINK_TRAFFIC: work.link_bytes_per_token * (new + decoded) / work.link_bytes_per_s,
        Term.STEP_OVERHEAD: (decoding + passes)
        * (launches + eager_step_overheads(step_s, work.eager))
        * milli,
        Term.TOKEN_OVERHEAD: output_tokens * milli,
        Term.REQUEST_OVERHEAD: layers * milli * (1.0 + again),
        Term.PREFILL_OVERHEAD: layers * milli / running,
        Term.ALL_REDUCE_LATENCY: (decoding + passes) * work.all_reduces_per_step * milli,
    }
    return work.slowdown * np.stack([x[term] for term in Term], axis=-1)


def _attended(model: ModelSpec, context_tokens: Array) -> Array:
    """Tokens that attention reads, averaged over full and sliding-window layers by their bytes."""
    if model.sliding_window is None or model.sliding_window_layers == 0:
        return context_tokens
    share = model.window_kv_share
    windowed = np.minimum(context_tokens, float(model.sliding_window))
    return np.asarray(share * windowed + (1.0 - share) * context_tokens)


def _attended_in_prefill(model: ModelSpec, input_tokens: Array, cached: Array) -> Array:
    """Tokens that attention reads per prompt token, for the part of the prompt that is computed."""
    full = input_tokens * attended_share(input_tokens, cached, np.inf)
    if model.sliding_window is None or model.sliding_window_layers == 0:
        return np.asarray(full)
    share, window = model.sliding_window_layers / model.kv_layers, float(model.sliding_window)
    windowed = np.minimum(input_tokens, window) * attended_share(input_tokens, cached, window)
    return np.asarray(share * windowed + (1.0 - share) * full)


def _share_of_experts_read(model: ModelSpec, tokens: Array) -> Array:
    """Share of the experts that at least one of ``tokens`` tokens of a step chose."""
    if model.experts is None or model.active_experts is None:
        return np.zeros_like(tokens)
    return np.asarray(1.0 - (1.0 - model.active_experts / model.experts) ** tokens)
