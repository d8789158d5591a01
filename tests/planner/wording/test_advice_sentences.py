"""Where the time goes and how many requests are enough, in sentences."""

from __future__ import annotations

import pytest

from planner.forecast.replica_advice import Advice, BatchSize
from planner.physics.terms import CAUSES, Cause
from planner.wording.advice_sentences import batch_size_sentence, time_sentence

SIZE = BatchSize(16, 100, 17.0, 8, 9.0, 0.9444)


def test_prompt_processing_is_not_helped_by_more_parallel_requests() -> None:
    assert time_sentence(Advice("prefill", 0.78, 0.008, SIZE)) == (
        "78 % of the time is prompt processing: more parallel requests will not help; a GPU with "
        "faster arithmetic, prefix caching or shorter prompts will."
    )


def test_what_more_parallel_requests_gain_is_told() -> None:
    assert time_sentence(Advice("weights", 0.8, 2.333, SIZE)) == (
        "80 % of the time is reading the weights: more parallel requests gain up to 233 %; beyond "
        "that, a smaller model, weights in fewer bits or a GPU with more bandwidth will help."
    )


def test_requests_that_do_not_fit_together_are_not_recommended() -> None:
    few = BatchSize(4, 4, 4.0, 2, 2.8, 0.71)
    assert time_sentence(Advice("weights", 0.4, None, few)) == (
        "The largest part of the time, 40 %, is reading the weights: no more than 4 requests run "
        "together; a smaller model, weights in fewer bits or a GPU with more bandwidth will help."
    )


@pytest.mark.parametrize("cause", CAUSES)
def test_every_cause_has_a_remedy(cause: Cause) -> None:
    assert time_sentence(Advice(cause, 1.0, 0.0, SIZE)).endswith(" will.")


def test_the_cost_in_answer_time_is_said() -> None:
    assert batch_size_sentence(SIZE) == (
        "Beyond 16 requests in parallel, throughput gains less than 5 % of its best: with 16 in "
        "parallel a request takes 17 s; with 8, 9 s at 94 % of the throughput."
    )


def test_where_memory_ends_the_gain_the_sentence_says_so() -> None:
    assert batch_size_sentence(BatchSize(4, 4, 1.0, 2, 1.0, 0.5)) == (
        "Throughput rises up to the 4 requests that run together: with 4 in parallel a request "
        "takes 1 s; with 2, 1 s at 50 % of the throughput."
    )


def test_requests_beyond_those_that_are_enough_are_not_said_to_help() -> None:
    # 39 of the 62 that fit have 95 % of the best throughput.
    assert batch_size_sentence(BatchSize(39, 62, 34.5, 19, 19.1, 0.88)) == (
        "Beyond 39 requests in parallel, throughput gains less than 5 % of its best: with 39 in "
        "parallel a request takes 34.5 s; with 19, 19.1 s at 88 % of the throughput."
    )


def test_one_request_has_no_half() -> None:
    assert batch_size_sentence(BatchSize(1, 1, 2.0, None, None, None)) == (
        "Only one request runs at a time: 2 s each."
    )
