"""C': the requests in flight that really run together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from planner.physics.setting_terms import cached_tokens, sequences_in_cache, tokens_together
from planner.physics.work import Work

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
