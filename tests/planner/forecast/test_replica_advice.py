"""Where a request's time goes, and how many parallel requests are enough."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.forecast.replica_advice import BatchSize, advise, batch_size

PROMPT_BOUND = {"prefill": 0.78, "weights": 0.02, "kv_cache": 0.1, "decode": 0.05, "overhead": 0.05}


def falling(own: float, shared: float, most: int) -> np.ndarray:
    """Seconds per request that are ``own`` work and a share of ``shared`` work."""
    return own + shared / np.arange(1.0, most + 1.0)


def test_prompt_processing_is_not_helped_by_more_parallel_requests() -> None:
    advice = advise(PROMPT_BOUND, falling(0.99, 0.16, 64), running=16)
    assert advice.main_cause == "prefill"
    assert advice.share == pytest.approx(0.78)
    # alone 1.15 s, with 64 0.9925 s: 1 / 0.9925 is 0.8 % more throughput
    assert advice.gain_of_more == pytest.approx(1 / 0.9925 - 1)


def test_weights_are_shared_by_more_parallel_requests() -> None:
    causes = {"prefill": 0.2, "weights": 0.8, "kv_cache": 0.0, "decode": 0.0, "overhead": 0.0}
    advice = advise(causes, falling(0.2, 0.8, 8), running=1)
    # alone 1 s, with eight 0.2 + 0.8 / 8 = 0.3 s: 3.33 times the throughput
    assert advice.main_cause == "weights"
    assert advice.share == pytest.approx(0.8)
    assert advice.gain_of_more == pytest.approx(1 / 0.3 - 1)


def test_requests_that_do_not_fit_together_are_not_recommended() -> None:
    causes = {"prefill": 0.3, "weights": 0.4, "kv_cache": 0.1, "decode": 0.1, "overhead": 0.1}
    advice = advise(causes, falling(0.6, 1.6, 4), running=4)
    assert advice.main_cause == "weights"
    assert advice.gain_of_more is None
    assert advice.batch_size.most == 4


def test_the_batch_size_is_where_95_percent_of_the_best_throughput_is_reached() -> None:
    # 1 + 1 / n seconds, best 1 + 1 / 100 = 1.01: 95 % of it from 1.01 / 0.95 = 1.0632 s on,
    # so 1 / n <= 0.0632, n = 16
    size = batch_size(falling(1.0, 1.0, 100))
    assert (size.concurrency, size.half, size.most) == (16, 8, 100)
    assert size.e2e_s == pytest.approx(16 * 1.0625)
    assert size.e2e_s_at_half == pytest.approx(8 * 1.125)
    assert size.throughput_at_half == pytest.approx(1.0625 / 1.125)


def test_where_memory_ends_the_gain_the_last_request_is_still_worth_it() -> None:
    size = batch_size(falling(0.0, 1.0, 4))
    assert (size.concurrency, size.half, size.most) == (4, 2, 4)
    assert size.throughput_at_half == pytest.approx(0.5)


def test_one_request_has_no_half() -> None:
    size = batch_size(np.array([2.0]))
    assert size == BatchSize(1, 1, 2.0, None, None, None)


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
