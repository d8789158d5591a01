"""What makes a result of the load generator no measurement."""

from __future__ import annotations

from typing import Any

import pytest
from bench_documents import document
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.design.points import FailureKind, LoadPoint, Spread
from benchmarks.load.bench_result import ResultRefusedError, read_figures

POINT = LoadPoint(input_tokens=100, output_tokens=10, concurrency=2)
REQUESTS = 4


def refusal(kind: FailureKind = "not_what_it_claims", **changes: Any) -> str:
    with pytest.raises(ResultRefusedError) as refused:
        read_figures(document(**changes), POINT, REQUESTS)
    assert refused.value.failure.kind == kind
    return refused.value.failure.words


def test_a_sound_result_gives_its_figures() -> None:
    figures = read_figures(document(), POINT, REQUESTS)
    assert figures.output_tokens_per_s == 20.0
    assert figures.requests_per_s == 2.0
    assert figures.input_tokens_mean == 100.0
    assert figures.mean_in_flight == pytest.approx(2.0)
    assert figures.ttft_ms == Spread(100.0, 100.0, 100.0, 100.0)
    assert figures.e2e_s.mean == pytest.approx(1.0)
    assert figures.halves_requests_per_s == pytest.approx((2.0, 2.0))
    assert not figures.halves_disagree()
    assert figures.window is not None
    assert figures.window.start_s == 50.0
    assert figures.window.end_s == pytest.approx(52.0)


def test_a_server_that_answers_nothing_has_failed_though_the_generator_has_not() -> None:
    words = refusal(
        "requests_failed",
        completed=0,
        failed=4,
        errors=["Internal Server Error"] * 4,
        output_lens=[0] * 4,
    )
    assert words == "4 of 4 requests failed: Internal Server Error"


def test_the_last_line_of_a_traceback_is_the_reason() -> None:
    errors = ["", "Traceback ...\n  File ...\nServerDisconnectedError: gone\n", "", ""]
    words = refusal("requests_failed", completed=3, failed=1, errors=errors)
    assert words == "1 of 4 requests failed: ServerDisconnectedError: gone"


def test_requests_that_are_missing_have_failed() -> None:
    assert refusal("requests_failed", completed=3).startswith("1 of 4 requests failed")


def test_clamped_answers_are_no_success() -> None:
    words = refusal(output_lens=[10, 10, 7, 3], total_output_tokens=30)
    assert words == (
        "2 of 4 answers do not have the 10 tokens that were asked for, but 3 to 7: clamped, cut "
        "off, or ended early by a server that does not know ignore_eos"
    )


def test_a_total_that_the_requests_contradict_is_refused() -> None:
    assert refusal(total_output_tokens=39) == "39 output tokens in total are not 4 x 10"


def test_prompts_of_another_length_are_refused() -> None:
    words = refusal(input_lens=[100, 100, 109, 100])
    assert words == "1 of 4 prompts have 109 tokens, 100 were asked for"


@given(st.integers(-8, 8))
def test_prompts_may_drift_by_a_few_tokens(drift: int) -> None:
    figures = read_figures(document(input_lens=[100 + drift] * 4), POINT, REQUESTS)
    assert figures.input_tokens_mean == 100 + drift


def test_an_answer_in_one_piece_has_no_first_token_time() -> None:
    assert "3 of 4 answers came in one piece" in refusal(itls=[[0.1] * 9] + [[]] * 3)


def test_under_load_the_tokens_of_an_answer_may_reach_the_generator_together() -> None:
    one_together = [[0.1] * 9] * 3 + [[]]
    assert read_figures(document(itls=one_together), POINT, REQUESTS).output_tokens_per_s == 20.0


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1.0])
def test_a_latency_that_is_no_time_is_refused(value: float) -> None:
    assert "p99_ttft_ms" in refusal(p99_ttft_ms=value)


def test_tokens_may_come_several_to_a_piece_and_end_with_an_empty_one() -> None:
    itls = [[0.3] * 3, [0.1] * 10, [0.1] * 9, [0.1] * 9]
    assert read_figures(document(itls=itls), POINT, REQUESTS).output_tokens_per_s == 20.0


def test_more_pieces_than_tokens_are_refused() -> None:
    assert "came in 12 pieces" in refusal(itls=[[0.1] * 11] * 4)


def test_streams_of_fewer_requests_than_were_sent_are_refused() -> None:
    assert refusal(itls=[[0.1] * 9] * 3) == "3 streams are recorded for 4 requests"


def test_time_does_not_run_backwards() -> None:
    assert refusal(itls=[[0.1] * 8 + [-0.1]] * 4) == "a stream goes back in time"


def test_a_throughput_that_the_duration_contradicts_is_refused() -> None:
    assert "25.0 output tokens/s are not 4 x 10 tokens in 2.00 s" in refusal(output_throughput=25.0)
    assert "nan output tokens/s" in refusal(output_throughput=float("nan"))


@pytest.mark.parametrize("field", ["itls", "errors", "duration", "p99_ttft_ms"])
def test_a_result_without_its_details_is_refused(field: str) -> None:
    incomplete = document()
    del incomplete[field]
    incomplete |= {"failed": 1} if field == "errors" else {}
    with pytest.raises(ResultRefusedError, match="not a detailed one"):
        read_figures(incomplete, POINT, REQUESTS)


def test_one_output_token_has_no_time_between_tokens() -> None:
    one = document(output_lens=[1] * 4, total_output_tokens=4, output_throughput=2.0, itls=[[]] * 4)
    figures = read_figures(one, LoadPoint(100, 1, 2), REQUESTS)
    assert (figures.tpot_ms, figures.itl_ms) == (None, None)


def test_an_older_generator_without_start_times_gives_no_halves_and_no_window() -> None:
    older = document()
    del older["start_times"]
    figures = read_figures(older, POINT, REQUESTS)
    assert (figures.halves_requests_per_s, figures.window) == (None, None)
    assert not figures.halves_disagree()


def test_a_slow_first_half_is_told() -> None:
    slow_start = document(
        duration=4.0,
        output_throughput=10.0,
        start_times=[50.0, 50.0, 53.0, 53.0],
        ttfts=[2.1, 2.1, 0.1, 0.1],
    )
    figures = read_figures(slow_start, POINT, REQUESTS)
    assert figures.halves_requests_per_s == pytest.approx((2 / 3, 2.0))
    assert figures.halves_disagree()
    assert figures.window is not None
    assert figures.window.end_s == pytest.approx(54.0)


def test_less_than_two_rounds_have_no_halves() -> None:
    assert read_figures(document(), LoadPoint(100, 10, 3), 4).halves_requests_per_s is None


@given(rounds=st.integers(2, 9), concurrency=st.integers(1, 16), seconds=st.floats(0.01, 100))
def test_steady_rounds_never_disagree(rounds: int, concurrency: int, seconds: float) -> None:
    requests = rounds * concurrency
    steady = document(
        completed=requests,
        duration=rounds * seconds,
        output_throughput=10 * concurrency / seconds,
        total_output_tokens=10 * requests,
        input_lens=[100] * requests,
        output_lens=[10] * requests,
        ttfts=[seconds / 10] * requests,
        itls=[[seconds / 10] * 9] * requests,
        start_times=[number * seconds for number in range(rounds) for _ in range(concurrency)],
        errors=[""] * requests,
    )
    figures = read_figures(steady, LoadPoint(100, 10, concurrency), requests)
    assert figures.halves_requests_per_s is not None
    assert not figures.halves_disagree(tolerance=1e-6)
