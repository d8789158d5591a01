"""Effects of engine settings on the physical terms, each as a pure function.

Symbols as in ``request_terms``, with h the share of the prompt that is in the prefix cache, b
the tokens that one engine step may hold, k the tokens proposed a step, a the probability
that each is accepted, and c the draft's size divided by the model's. At its default a
setting changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.vllm.speculative_decoding import SpeculativeDecoding

Array = NDArray[np.float64]


def cached_tokens(input_tokens: Array, hit_share: float) -> Array:
    """Prompt tokens that are not computed again: h I, but never the last one.

    Source: vLLM, "Automatic Prefix Caching", docs.vllm.ai/en/latest/design/prefix_caching
    (read 2026-11-25). vLLM's hit rate counts whole blocks, so h has them in it.
    """
    last = np.maximum(input_tokens - 1.0, 0.0)
    return np.asarray(np.minimum(hit_share * input_tokens, last))


def attended_share(input_tokens: Array, cached: Array, window: float) -> Array:
    """Pairs of a new token and one that it attends to, as a share of the whole prompt's pairs.

    The new tokens still attend to the cached ones: with A(t) the pairs of t
    tokens, A(I) - A(hI) remain. Twice A(t) is t^2, in a window w 2 w t - w^2
    beyond it. So 1 - h^2 without a window, and 1 - h far beyond one.
    """
    whole = _twice_the_pairs(input_tokens, window)
    return np.asarray((whole - _twice_the_pairs(cached, window)) / whole)


def _twice_the_pairs(tokens: Array, window: float) -> Array:
    within = np.minimum(tokens, window)
    return np.asarray(within * (2.0 * tokens - within))


def sequences_in_cache(
    capacity_tokens: float, input_tokens: Array, output_tokens: Array, cached: Array
) -> Array:
    """Requests that run together if the KV cache limits them.

    (K - hI - n / 2) / (n + 3 O / 4) with n = (1 - h) I new tokens. A waiting prompt
    is admitted once its n tokens are free, so half as many are idle on average. An answer
    holds all of its O tokens at its end and half of them on average, and requests are
    neither all in step nor all out of step. On published sweeps that the cache limits it
    fits better than K / (I + O), which is wrong by up to 27 %.

    Blocks of a prefix are held once and shared (the same source as
    ``cached_tokens``); an assumption here: all requests share the same prefix.
    """
    new = input_tokens - cached
    room = capacity_tokens - cached - new / 2.0
    return np.asarray(room / (new + _HELD_BY_AN_ANSWER * output_tokens))


_HELD_BY_AN_ANSWER = 0.75
"""Share of an answer's tokens that is held: half if requests are out of step, all at the end of
a batch in step."""


@dataclass(frozen=True, slots=True)
class StepBudget:
    """Tokens that one engine step may hold: as set, and the default on that GPU and version."""

    tokens: int
    default_tokens: int


def extra_passes(new_tokens: Array, budget: StepBudget | None) -> Array:
    """Prefill passes a request beyond those of the default budget: max(1, n / b), n new tokens.

    Measurements were made with the default, so the efficiencies include its passes, and a
    larger budget gets no credit. An assumption:
    decoding tokens leave the whole budget to the prompts. Source of the
    schedule: vLLM, "Optimization and Tuning",
    docs.vllm.ai/en/stable/configuration/optimization (read 2026-11-25).
    """
    if budget is None:
        return np.zeros_like(new_tokens)
    passes = np.maximum(1.0, new_tokens / budget.tokens)
    by_default = np.maximum(1.0, new_tokens / budget.default_tokens)
    return np.asarray(np.maximum(passes - by_default, 0.0))


def tokens_read_again(new_tokens: Array, cached: Array, passes: Array) -> Array:
    """KV tokens that p further prefill passes read: p (hI + n / 2).

    The j-th chunk of b tokens reads the prefix and the (j - 1) b before it;
    summed over n / b chunks that is (n / b - 1) (hI + n / 2).
    """
    return np.asarray(passes * (cached + new_tokens / 2.0))


def tokens_per_step(speculative: SpeculativeDecoding) -> float:
    """Expected tokens of one verification step: (1 - a^(k+1)) / (1 - a), written as a sum.

    Source: Leviathan, Kalman and Matias, "Fast Inference from Transformers via
    Speculative Decoding", ICML 2023, equation 1 (arXiv 2211.17192).
    """
    return sum(speculative.acceptance**i for i in range(speculative.tokens + 1))


def steps_per_token(speculative: SpeculativeDecoding | None) -> float:
    """Passes over weights and KV cache for one output token: (1 + k c) / tokens a step.

    One pass of the model and k of the draft, each c of the model's (the same
    paper, theorem 3.8, with the time of the draft in proportion to its size).
    """
    if speculative is None:
        return 1.0
    return (1.0 + speculative.tokens * speculative.draft) / tokens_per_step(speculative)


def computed_per_token(speculative: SpeculativeDecoding | None) -> float:
    """Tokens of arithmetic for one output token: (k + 1 + k c) / tokens a step, at least 1.

    All proposed tokens are verified, accepted or not; this is why the gain
    shrinks as more requests run and arithmetic binds (the same paper, section 3.4).
    """
    if speculative is None:
        return 1.0
    drafted = speculative.tokens * speculative.draft
    return (speculative.tokens + 1 + drafted) / tokens_per_step(speculative)


def tokens_together(speculative: SpeculativeDecoding | None) -> float:
    """Tokens of one sequence in a decode step: k + 1."""
    return 1.0 if speculative is None else speculative.tokens + 1.0


def prefill_with_draft(speculative: SpeculativeDecoding | None) -> float:
    """The draft reads the prompt too: 1 + c."""
    return 1.0 if speculative is None else 1.0 + speculative.draft


def micro_batches(running: Array, groups: int) -> Array:
    """Batches that are on their way at once: min(g, C'), at least 1.

    A pipeline of g stages works on g batches, g data-parallel ranks on one each. With fewer
    requests than groups the others wait.
    """
    return np.clip(running, 1.0, float(groups))


EAGER_STEP_MS = 40.0
"""Least milliseconds of a step without CUDA graphs, whatever the weights: the processor launches
every kernel. Published: 22 (A800, vllm-project/vllm-omni issue 7960) to 89 (an Arm processor,
Project-MONAI/VLM-Surgical-Agent-Framework issue 5)."""

_PRIOR_STEP_MS = 3.0
"""The prior's overhead of a step of 32 layers, in which the launches are counted."""


def eager_step_overheads(step_s: Array, eager: bool) -> Array:
    """Step overheads that launching takes beyond ``step_s``, the GPU's own time at its peak.

    The GPU works while the processor launches, so only the longer of the two counts.
    """
    waiting_ms = np.maximum(EAGER_STEP_MS - 1e3 * step_s, 0.0)
    return np.asarray(waiting_ms / _PRIOR_STEP_MS * eager)


LORA_SLOWDOWN = 2694.0 / 1788.0
"""Time of a request with an adapter over that without one: 2,694 and 1,788 tokens/s of
Llama-2-7B on an A100 (vllm-project/vllm pull 11267, issue 10062)."""
