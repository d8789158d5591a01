"""Percentiles of answer times: by hand for the simplest loads, in order for all."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from planner.forecast.answer_times import AnswerTimes, closed_loop, poisson_arrivals

# prefill 0.2 s a request; decoding 0.8 s shared by those that run together
TERMS = np.array([0.2, 0.0, 0.8, *[0.0] * 8])


def terms(running: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    shared = TERMS.copy()
    shared[2] /= running
    return shared


def in_order(times: AnswerTimes) -> None:
    for figure in (times.ttft_s, times.tpot_ms, times.e2e_s):
        assert 0 <= figure.p50 <= figure.p95 * (1 + 1e-9) <= figure.p99 * (1 + 2e-9)
    assert times.ttft_s.mean <= times.e2e_s.mean


def test_alone_every_request_takes_the_same_time() -> None:
    times = closed_loop(terms(1), 1, 1, 100)
    # prefill 0.2 s and the first of 100 steps of 8 ms; then 99 steps
    assert times.ttft_s.p50 == times.ttft_s.p99 == pytest.approx(0.208)
    assert times.tpot_ms.p95 == pytest.approx(8.0)
    assert times.e2e_s.p99 == pytest.approx(1.0)


def test_what_the_owner_measured_moves_the_first_token_and_not_the_last() -> None:
    formula, measured = (
        closed_loop(terms(8), 8, 8, 100, correction) for correction in (0.0, np.log(1.5))
    )
    assert measured.ttft_s.mean == pytest.approx(1.5 * formula.ttft_s.mean, rel=0.01)
    assert measured.e2e_s == formula.e2e_s
    assert measured.tpot_ms.mean < formula.tpot_ms.mean
    whole = closed_loop(terms(8), 8, 8, 100, 5.0)
    assert whole.ttft_s.mean <= whole.e2e_s.mean * (1 + 1e-9)


def test_at_a_trickle_every_request_is_alone() -> None:
    arrivals = poisson_arrivals(1e-7, np.array([terms(n) for n in range(1, 9)]), 100)
    assert arrivals.times is not None
    assert arrivals.times.e2e_s.p99 == pytest.approx(1.0)
    assert arrivals.times.ttft_s.p50 == pytest.approx(0.208)
    # 0.2 + 0.8 / 8 = 0.3 s a request at its fullest
    assert arrivals.utilization == pytest.approx(3e-8)


def test_prompts_wait_for_each_other_as_in_an_m_d_1_queue_that_serves_all_at_once() -> None:
    # 0.2 s of prompt at 2.5 a second, rho = 0.5: mean wait 0.5 x 0.2 / (2 x 0.5) = 0.1 s, and
    # 0.5 / 1.5 of it for those that join the same step; 0.2 + 0.1 x 4/3 = 0.3333 s.
    # Long answers, so that many are there and none ends soon.
    by_concurrency = np.array([[0.2, 0, 50.0 / n, *[0.0] * 8] for n in range(1, 2000)])
    arrivals = poisson_arrivals(2.5, by_concurrency, 1e6)
    assert arrivals.times is not None
    assert arrivals.times.ttft_s.mean == pytest.approx(1 / 3, rel=0.02)
    assert arrivals.times.ttft_s.p50 == pytest.approx(0.2, rel=0.05)


def test_a_rate_that_cannot_be_carried_has_no_times() -> None:
    arrivals = poisson_arrivals(4.0, np.array([terms(n) for n in range(1, 9)]), 100)
    assert arrivals.times is None
    assert arrivals.mean_running is None
    assert arrivals.utilization == pytest.approx(1.2)


@given(st.floats(0.001, 0.95), st.integers(1, 40), st.integers(2, 2000))
@example(load=0.203125, limit=2, output_tokens=2)
def test_percentiles_are_in_order_and_rise_with_the_rate(
    load: float, limit: int, output_tokens: int
) -> None:
    by_concurrency = np.array([terms(n) for n in range(1, limit + 1)])
    fullest = float(by_concurrency[-1].sum())
    quiet, busy = (
        poisson_arrivals(share / fullest, by_concurrency, output_tokens)
        for share in (load / 2, load)
    )
    assert quiet.times is not None
    assert busy.times is not None
    in_order(quiet.times)
    in_order(busy.times)
    assert busy.times.e2e_s.p95 >= quiet.times.e2e_s.p95 * (1 - 1e-9)
    assert busy.times.ttft_s.mean >= quiet.times.ttft_s.mean * (1 - 1e-9)


@given(st.integers(1, 300), st.floats(-2.0, 2.0), st.integers(1, 2000))
def test_closed_loop_percentiles_are_in_order(
    concurrency: int, correction: float, output_tokens: int
) -> None:
    in_order(closed_loop(terms(concurrency), concurrency, concurrency, output_tokens, correction))
