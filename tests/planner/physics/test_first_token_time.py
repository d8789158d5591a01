"""Seconds to the first token, against figures worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from planner.physics.first_token_time import closed_loop_ttft_s, prompt_s, undisturbed_ttft_s
from planner.physics.terms import Term

TERMS_S = np.array([0.8, 0.1, 0.3, 0.2, 0.0, 0.0, 0.6, 0.0, 0.0, 0.0, 0.0])


def test_alone_the_first_token_comes_after_the_prefill_and_one_step() -> None:
    # prefill 0.8 + 0.1, one of 150 steps of (0.3 + 0.6)
    assert closed_loop_ttft_s(TERMS_S, 1, 1, 150) == pytest.approx(0.9 + 0.9 / 150)


def test_with_others_the_first_token_is_between_random_and_common_starts() -> None:
    # one step: 0.9 x 4 / 150 = 0.024
    # apart: s = 2, prefill 0.9, C' = 4: share = 0.45 x 3/4 = 0.3375; 0.9 / 0.6625 + 0.024 = 1.38249
    # together: 0.9 x (4 + 1) / 2 + 0.024 = 2.274; sqrt(1.38249 x 2.274) = 1.77307
    assert closed_loop_ttft_s(TERMS_S, 4, 4, 150) == pytest.approx(1.77307, rel=1e-5)


def test_a_prefill_pass_is_waited_for_whole_though_its_cost_is_shared() -> None:
    shared = TERMS_S.copy()
    shared[Term.PREFILL_OVERHEAD] = 0.01  # 0.04 s a pass for the four that share it
    added = closed_loop_ttft_s(shared, 4, 4, 150) - closed_loop_ttft_s(TERMS_S, 4, 4, 150)
    assert added == pytest.approx(0.04, rel=0.1)


def test_those_who_do_not_fit_wait_for_those_who_do() -> None:
    fits = closed_loop_ttft_s(TERMS_S, 4, 4, 150)
    assert closed_loop_ttft_s(TERMS_S, 10, 4, 150) == pytest.approx(fits + 6 * 2.0)


def test_where_prompts_are_apart_the_length_of_the_answer_does_not_delay_its_first_token() -> None:
    # passes of 40 ms: of a request with n others 149 / 4 or 1 / 4 to decode and, for its prompt,
    # 1 / 4 + 0.4 x 3 / 4 = 0.55; so 2 answer tokens take 0.04 x (1 / 4 + 0.55) of the replica
    def terms(output_tokens: float) -> np.ndarray:
        passes = (output_tokens - 1) / 4 + 0.55
        return np.array([0.2, 0.0, 0.04 * passes, *[0.0] * 8])

    alone = [undisturbed_ttft_s(terms(o), 4, o, prompts_apart=True) for o in (1.0, 2.0, 150.0)]
    assert alone == pytest.approx([0.24, 0.24, 0.24])
    assert prompt_s(terms(2.0), 4, 2.0, prompts_apart=True) == pytest.approx(0.2 + 0.55 * 0.04)
