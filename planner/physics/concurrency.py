"""C': the requests in flight that really run together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from planner.physics.setting_terms import cached_tokens, sequences_in_cache, tokens_together
from planner.physics.work import Work
from planner.workload.request_mix import RequestMix

Array = NDArray[np.float64]


def effective_concurrency(
    work: Work, input_tokens: Array, output_tokens: Array, concurrency: Array
) -> Array:
    """C' = min(C, max_num_seqs, requests in the KV cache), at least 1.

    A prefix that requests share is held once. If the tokens of an engine step are limited,
    each sequence takes one of them, or the k + 1 that it verifies.
    """
    cached = cached_tokens(input_tokens, work.prefix_hit_share)
    in_cache = sequences_in_cache(
        work.kv_capacity_tokens, input_tokens + work.state_tokens, output_tokens, cached
    )
    limit = np.minimum(work.max_num_seqs, in_cache)
    if work.step_budget is not None:
        limit = np.minimum(limit, work.step_budget.tokens // tokens_together(work.speculative))
    return np.asarray(np.maximum(1.0, np.minimum(concurrency, limit)))


def most_of_a_mix(work: Work, mix: RequestMix) -> float:
    """Most requests of a mix that run together.

    Long answers stay longer, so at a random moment a request's answer has E[O^2] / E[O] tokens
    (the inspection paradox; Kleinrock, "Queueing Systems" vol. 1, section 5.2).
    """
    _, outputs, shares = mix.arrays
    seen = float(shares @ outputs**2) / mix.output_tokens
    lengths = np.array([mix.input_tokens]), np.array([seen])
    return float(effective_concurrency(work, *lengths, np.array([np.inf]))[0])
