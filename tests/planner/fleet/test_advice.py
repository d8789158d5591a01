"""Why a request takes its time, and how many parallel requests are enough."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.fleet.advice import advise, batch_size
from planner.physics.terms import CAUSES, by_cause

PROMPT_BOUND = {"prefill": 0.78, "weights": 0.02, "kv_cache": 0.1, "decode": 0.05, "overhead": 0.05}


def falling(own: float, shared: float, most: int) -> np.ndarray:
    """Seconds per request that are ``own`` work and a share of ``shared`` work."""
    return own + shared / np.arange(1.0, most + 1.0)


def test_prompt_processing_is_not_helped_by_more_parallel_requests() -> None:
    advice = advise(PROMPT_BOUND, falling(0.99, 0.16, 64), running=16)
    assert advice.main_cause == "prefill"
    assert advice.share == pytest.approx(0.78)
    assert advice.why == (
        "78 % of the time is prompt processing: more parallel requests will not help; a card with "
        "faster arithmetic, prefix caching or shorter prompts will."
    )


def test_weights_are_shared_by_more_parallel_requests() -> None:
    causes = {"prefill": 0.2, "weights": 0.8, "kv_cache": 0.0, "decode": 0.0, "overhead": 0.0}
    advice = advise(causes, falling(0.2, 0.8, 8), running=1)
    # alone 1 s, with eight 0.2 + 0.8 / 8 = 0.3 s: 3.33 times the throughput
    assert "80 % of the time is reading the weights" in advice.why
    assert "more parallel requests gain up to 233 %" in advice.why


def test_requests_that_do_not_fit_together_are_not_recommended() -> None:
    causes = {"prefill": 0.3, "weights": 0.4, "kv_cache": 0.1, "decode": 0.1, "overhead": 0.1}
    advice = advise(causes, falling(0.6, 1.6, 4), running=4)
    assert advice.why.startswith("The largest part of the time, 40 %, is reading the weights: ")
    assert "no more than 4 requests run together" in advice.why
    assert "weights in fewer bits" in advice.why


def test_the_batch_size_is_where_95_percent_of_the_best_throughput_is_reached() -> None:
    # 1 + 1 / n seconds, best 1 + 1 / 100 = 1.01: 95 % of it from 1.01 / 0.95 = 1.0632 s on,
    # so 1 / n <= 0.0632, n = 16
    size = batch_size(falling(1.0, 1.0, 100))
    assert (size.concurrency, size.half, size.most) == (16, 8, 100)
    assert size.e2e_s == pytest.approx(16 * 1.0625)
    assert size.e2e_s_at_half == pytest.approx(8 * 1.125)
    assert size.throughput_at_half == pytest.approx(1.0625 / 1.125)


def test_the_cost_in_latency_is_said() -> None:
    advice = advise(PROMPT_BOUND, falling(1.0, 1.0, 100), running=100)
    assert advice.enough == (
        "Beyond 16 requests in parallel, throughput gains less than 5 % of its best: with 16 in "
        "parallel a request takes 17 s; with 8, 9 s at 94 % of the throughput."
    )


def test_where_memory_ends_the_gain_the_last_request_is_still_worth_it() -> None:
    advice = advise(PROMPT_BOUND, falling(0.0, 1.0, 4), running=4)
    assert advice.enough.startswith("Throughput rises up to the 4 requests that run together")


def test_one_request_has_no_half() -> None:
    advice = advise(PROMPT_BOUND, np.array([2.0]), running=1)
    assert advice.batch_size.half is None
    assert advice.enough == "Only one request runs at a time: 2 s each."


@pytest.mark.parametrize("cause", CAUSES)
def test_every_cause_has_a_remedy(cause: str) -> None:
    causes = by_cause(np.zeros(10)) | {cause: 1.0}
    assert advise(causes, falling(1.0, 0.0, 8), running=2).why.endswith(" will.")


@given(
    own=st.floats(0.01, 10), shared=st.floats(0, 100), most=st.integers(1, 200)
)  # fmt: skip
def test_no_more_requests_are_recommended_than_run_together(
    own: float, shared: float, most: int
) -> None:
    size = batch_size(falling(own, shared, most))
    assert 1 <= size.concurrency <= most
    if size.half is not None and size.e2e_s_at_half is not None:
        assert size.e2e_s_at_half < size.e2e_s
