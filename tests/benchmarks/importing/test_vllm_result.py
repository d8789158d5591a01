"""Results of ``vllm bench serve`` become measurements, or are refused with the reason."""

from __future__ import annotations

import json

import pytest
from foreign_results import FILES, ON, UNTOLD, changed, document, refusal

from benchmarks.importing.measurement_files import (
    ImportContext,
    parse_measurements,
    read_measurements,
    read_vllm_bench_json,
)


def test_a_detailed_vllm_result_is_a_closed_loop_measurement() -> None:
    (row,) = read_vllm_bench_json(FILES / "vllm_closed_loop_detailed.json", ON)
    assert (row.gpu, row.model, row.engine, row.mode) == ("cpu", "ours/tiny", "vllm", "online")
    assert (row.load, row.concurrency, row.requests) == ("closed_loop", 2.0, 8.0)
    assert (row.input_tokens, row.output_tokens) == (64.0, 16.0)
    assert row.output_tokens_per_s == 144.589887  # 128 tokens in 0.885262 s
    assert row.requests_per_s == 9.036868
    assert (row.ttft_ms_mean, row.ttft_ms_median) == (65.56209, 51.398046)
    assert row.tpot_ms_mean == 10.325899
    assert row.e2e_s_mean == pytest.approx(0.220450576)
    assert (row.date, row.quality) == ("2026-11-22", "A")
    assert row.source == "vllm_closed_loop_detailed.json"
    assert row.source_id.startswith("import-")


def test_a_plain_vllm_result_gives_the_same_figures() -> None:
    (plain,) = read_measurements(FILES / "vllm_closed_loop_plain.json", ON)
    (detailed,) = read_measurements(FILES / "vllm_closed_loop_detailed.json", ON)
    assert plain.output_tokens_per_s == detailed.output_tokens_per_s
    assert plain.e2e_s_mean == detailed.e2e_s_mean
    assert plain.requests == detailed.requests


def test_what_a_result_cannot_show_is_said() -> None:
    (row,) = read_measurements(FILES / "vllm_closed_loop_plain.json", UNTOLD)
    assert row.quality == "B"
    assert "clamped answers would not show" in str(row.notes)
    assert row.model == "tiny"


def test_the_mean_latency_comes_from_the_requests_where_it_is_not_stated() -> None:
    result = document("vllm_closed_loop_detailed")
    stated = result.pop("mean_e2el_ms") / 1000
    (row,) = parse_measurements(json.dumps(result), "f.json", ON)
    assert row.e2e_s_mean == pytest.approx(stated, rel=0.02)


def test_a_rate_is_a_poisson_load() -> None:
    context = ImportContext(gpu="cpu", output_tokens=8)
    (row,) = read_measurements(FILES / "vllm_poisson.json", context)
    assert (row.load, row.request_rate_per_s, row.concurrency) == ("poisson_rate", 4.0, None)


def test_requests_at_a_rate_of_1e9_are_sent_at_once() -> None:
    at_once = changed("vllm_closed_loop_plain", request_rate=1e9, burstiness=0.7)
    (row,) = parse_measurements(json.dumps(at_once), "f.json", ON)
    assert (row.load, row.concurrency, row.request_rate_per_s) == ("closed_loop", 2.0, None)
    (row,) = parse_measurements(json.dumps(at_once | {"max_concurrency": None}), "f.json", ON)
    assert (row.load, row.concurrency) == ("burst", 8.0)
    # 8 requests at 100/s arrive within 0.08 s of 0.885 s: a rate.
    (row,) = parse_measurements(
        json.dumps(at_once | {"request_rate": 100, "burstiness": 1.0}), "f.json", ON
    )
    assert row.load == "poisson_rate"


@pytest.mark.parametrize("cap", [None, 8, 100])
def test_all_requests_at_once_are_a_burst(cap: int | None) -> None:
    result = changed("vllm_closed_loop_plain", max_concurrency=cap)
    (row,) = parse_measurements(json.dumps(result), "f.json", ON)
    assert (row.load, row.concurrency) == ("burst", 8.0)


def test_a_result_without_a_server_is_refused() -> None:
    told = refusal(document("vllm_no_server"))
    assert "only 0 of 4 requests completed, 4 failed" in told
    assert "Cannot connect to host" in told


def test_clamped_answers_are_refused() -> None:
    context = ImportContext(gpu="cpu", output_tokens=200)
    told = refusal(document("vllm_clamped"), context)
    assert "496 output tokens are not 4 requests x 200 tokens: answers were clamped" in told


def test_streams_that_the_servers_end_cut_off_are_refused() -> None:
    result = document("vllm_closed_loop_detailed")
    for request in (6, 7):
        lost = sum(result["itls"][request][5:])
        result["itls"][request] = result["itls"][request][:5]
        result["output_lens"][request] = 6
        assert lost < 0.25
    result["total_output_tokens"] = 6 * 16 + 2 * 6
    result["output_throughput"] = result["total_output_tokens"] / result["duration"]
    assert "2 answers are shorter than the others and end together" in refusal(result, UNTOLD)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"failed": 1}, "only 8 of 8 requests completed, 1 failed"),
        ({"completed": 0, "num_prompts": 0, "failed": 0}, "it holds no request"),
        ({"output_throughput": 300.0}, "output_throughput 300/s is not total_output_tokens 128 in"),
        ({"request_throughput": 1.0}, "request_throughput 1/s is not completed 8 in 0.88"),
        ({"duration": 0}, "output_throughput 144.59/s is not total_output_tokens 128 in 0 s"),
        ({"duration": "long"}, "duration is '\"long\"', not a number"),
        ({"duration": None}, "duration is absent, not a number"),
        ({"duration": -1}, "duration is '-1', not between 0 and"),
        ({"duration": float("nan")}, "duration is 'NaN', not between 0 and"),
        ({"completed": 7.5}, "completed is '7.5', not a whole number"),
        ({"completed": True}, "completed is 'true', not a number"),
        ({"model_id": 5}, "model_id is '5', not a text"),
        ({"date": "soon"}, "date is 'soon', not an ISO date"),
        ({"date": "20260230-190053"}, "date is '20260230-190053', not an ISO date"),
        ({"best_of": 4}, "generates several answers a prompt and counts one"),
        ({"use_beam_search": True}, "generates several answers a prompt"),
        ({"request_rate": 0.0}, "request_rate_per_s would be 0, and must be over 0"),
        ({"total_input_tokens": 0}, "input_tokens would be 0"),
        ({"mean_ttft_ms": 1e15}, "ttft_ms_mean would be 1e+15, and must be over 0 and at most"),
        ({"output_lens": [16] * 7}, "output_lens is not a list of 8 entries"),
        ({"output_lens": [16] * 7 + [None]}, "output_lens holds an entry that is not a number"),
        ({"output_lens": [16] * 7 + [15]}, "output_lens add up to 127, not to the total of 128"),
        ({"output_lens": [16] * 6 + [15, 17]}, "2 answers do not have 16 tokens"),
        ({"itls": [["x"]] * 8, "mean_e2el_ms": None}, "itls is not a list of seconds"),
        ({"burstiness": 0.5, "request_rate": 4.0}, "burstiness 0.5 is not Poisson arrival"),
        ({"ramp_up_strategy": "linear"}, "its request rate rises during the run"),
        ({"total_output_tokens": None}, "not a text generation benchmark"),
        ({"total_output_tokens": 0, "output_lens": [0] * 8}, "0 output tokens are not 8 requests"),
    ],
)
def test_a_result_that_contradicts_itself_is_refused(
    values: dict[str, object], reason: str
) -> None:
    told = refusal(changed("vllm_closed_loop_detailed", **values))
    assert told.startswith("f.json is refused: ")
    assert reason in told


def test_empty_answers_are_refused() -> None:
    lengths = [16] * 6 + [32, 0]
    told = refusal(changed("vllm_closed_loop_detailed", output_lens=lengths), UNTOLD)
    assert "1 of 8 answers are empty" in told


def test_a_latency_of_zero_is_not_stated() -> None:
    result = changed("vllm_closed_loop_plain", mean_ttft_ms=0.0, mean_tpot_ms=0.0)
    (row,) = parse_measurements(json.dumps(result), "f.json", ON)
    assert (row.ttft_ms_mean, row.tpot_ms_mean) == (None, None)


def test_latencies_without_a_unit_in_their_name_are_seconds() -> None:
    result = document("vllm_closed_loop_plain")
    for name in [name for name in result if name.endswith(("ttft_ms", "tpot_ms", "e2el_ms"))]:
        del result[name]
    result |= {"mean_ttft": 0.25, "median_ttft": 0.125, "mean_tpot": 0.0625, "mean_e2el": 2.0}
    (row,) = parse_measurements(json.dumps(result), "f.json", ON)
    assert (row.ttft_ms_mean, row.ttft_ms_median) == (250.0, 125.0)
    assert (row.tpot_ms_mean, row.e2e_s_mean) == (62.5, 2.0)
