"""Reports of GuideLLM become measurements, or are refused with the reason."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from foreign_results import FILES, ON, UNTOLD, document, refusal

from benchmarks.importing.failed_requests import failures_noted
from benchmarks.importing.measurement_files import (
    parse_measurements,
    read_guidellm_json,
    read_measurements,
)

Change = Callable[[dict[str, Any]], object]


def test_a_guidellm_report_is_read() -> None:
    (row,) = read_guidellm_json(FILES / "guidellm_0_8.json", UNTOLD)
    assert (row.load, row.concurrency, row.requests) == ("closed_loop", 2.0, 8.0)
    assert (row.input_tokens, row.output_tokens) == (72.0, 16.0)
    assert row.output_tokens_per_s == 96.709677
    assert row.requests_per_s == 6.044355
    assert (row.ttft_ms_mean, row.ttft_ms_median) == (87.737679, 91.107845)
    assert row.tpot_ms_mean == 10.353275  # its inter-token latency: the first token left out
    assert row.e2e_s_mean == 0.245766
    assert (row.model, row.date, row.quality) == ("tiny", "2026-11-22", "A")


def test_a_report_of_an_early_guidellm_is_read() -> None:
    (row,) = read_measurements(FILES / "guidellm_0_3.json", UNTOLD)
    assert (row.load, row.concurrency, row.requests) == ("closed_loop", 2.0, 8.0)
    assert (row.input_tokens, row.output_tokens) == (65.125, 16.0)
    assert row.output_tokens_per_s == 131.690205
    assert row.tpot_ms_mean == 7.824022
    assert (row.model, row.quality) == ("tiny", "A")


def test_a_guidellm_run_at_another_rate_than_it_says_is_refused() -> None:
    told = refusal(document("guidellm_0_8_wrong_rate"))
    assert "37 requests completed in 5.0 s, which is not 3 arrivals/s" in told


def report(change: Change) -> dict[str, Any]:
    whole = document("guidellm_0_8")
    change(whole["benchmarks"][0])
    return whole


@pytest.mark.parametrize(
    ("strategy", "load", "concurrency", "rate_per_s"),
    [
        ({"type_": "synchronous"}, "single_stream", 1.0, None),
        ({"type_": "concurrent", "streams": 4}, "closed_loop", 4.0, None),
        ({"type_": "throughput", "max_concurrency": 5}, "closed_loop", 5.0, None),
        ({"type_": "throughput", "max_concurrency": 512}, "burst", 8.0, None),
        ({"type_": "throughput", "max_concurrency": None}, "burst", 8.0, None),
        ({"type_": "constant", "rate": 6.5}, "constant_rate", None, 6.5),
        ({"type_": "poisson", "rate": 6.5, "max_concurrency": 512}, "poisson_rate", None, 6.5),
    ],
)
def test_guidellms_strategies_are_loads(
    strategy: dict[str, object], load: str, concurrency: float | None, rate_per_s: float | None
) -> None:
    content = report(lambda benchmark: benchmark["config"].update(strategy=strategy))
    (row,) = parse_measurements(json.dumps(content), "f.json", ON)
    assert (row.load, row.concurrency, row.request_rate_per_s) == (load, concurrency, rate_per_s)


def totals(successful: int, incomplete: int, errored: int) -> Change:
    counts = {"successful": successful, "incomplete": incomplete, "errored": errored}
    return lambda benchmark: benchmark["metrics"].update(request_totals=counts)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (totals(7, 0, 1), "only 7 of 8 requests completed, 1 failed: 12.5%, and at most 1.00% may"),
        (totals(0, 8, 0), "no request completed"),
        (totals(3, 5, 0), "5 requests were cut off and only 3 completed: let it run longer"),
        (
            lambda b: b["metrics"]["output_token_count"]["successful"].update(mean=12.0),
            "answers have 12 tokens on average, but 16 were asked for",
        ),
        (
            lambda b: b["metrics"]["output_token_count"]["successful"].update(mean=0.0),
            "no request got a token",
        ),
        (
            lambda b: b["metrics"]["request_latency"]["successful"].update(mean="x"),
            "metrics.request_latency.successful.mean is '\"x\"', not a number",
        ),
        (
            lambda b: b["config"].update(strategy={"type_": "trace"}),
            "strategy 'trace' is none of synchronous, concurrent,",
        ),
        (lambda b: b.pop("config"), "strategy None is none of"),
        (lambda b: b.update(start_time=1e14, end_time=2e14), "start_time 1e+14 s is not in any"),
        (
            lambda b: b["metrics"]["output_tokens_per_second"]["successful"].update(mean=9e9),
            "9e+09 output tokens/s are not 6.04436 requests/s of 16 tokens",
        ),
        (lambda b: b.update(metrics=[]), "no request got a token"),
        (
            lambda b: b["metrics"].pop("output_tokens_per_second"),
            "metrics.output_tokens_per_second is absent or 0",
        ),
    ],
)
def test_a_guidellm_benchmark_that_is_no_measurement_is_refused(
    change: Change, reason: str
) -> None:
    told = refusal(report(change))
    assert told.startswith("f.json, benchmark 1 is refused: ")
    assert reason in told


def test_requests_cut_off_by_the_end_of_a_run_count_for_tokens_alone() -> None:
    def cut(benchmark: dict[str, Any]) -> None:
        totals(8, 2, 0)(benchmark)
        benchmark["metrics"]["output_tokens_per_second"]["total"]["mean"] = 110.0

    (row,) = parse_measurements(json.dumps(report(cut)), "f.json", ON)
    assert (row.output_tokens_per_s, row.requests_per_s) == (110.0, None)
    assert (row.requests, row.quality) == (8.0, "B")
    assert "2 more were cut off by the end of the run" in str(row.notes)


@pytest.mark.parametrize(
    "data",
    [
        [{"kind": "synthetic_text", "output_tokens": 20, "output_tokens_stdev": None}],
        ["prompt_tokens=64,output_tokens=20"],
        '{"prompt_tokens": 64, "output_tokens": 20}',
    ],
)
def test_the_length_that_was_asked_for_is_found_in_every_form(data: object) -> None:
    content = document("guidellm_0_8")
    content.pop("config")
    content["args"] = {"data": data}
    assert "16 tokens on average, but 20 were asked for" in refusal(content, UNTOLD)


@pytest.mark.parametrize(
    "data",
    ["wikitext.jsonl", {"output_tokens": 20, "output_tokens_stdev": 5}, ["a=1", "b"], None, 5],
)
def test_answers_of_no_fixed_length_are_taken_as_they_came(data: object) -> None:
    content = document("guidellm_0_8")
    content.pop("config")
    content["args"] = {"data": data}
    (row,) = parse_measurements(json.dumps(content), "f.json", UNTOLD)
    assert (row.output_tokens, row.quality) == (16.0, "B")


def test_a_report_without_benchmarks_is_refused() -> None:
    assert "it holds no benchmark" in refusal({"benchmarks": []})


def test_one_guidellm_benchmark_with_failures_refuses_the_report() -> None:
    whole = document("guidellm_0_8")
    bad = json.loads(json.dumps(whole["benchmarks"][0]))
    totals(7, 0, 1)(bad)
    whole["benchmarks"].append(bad)
    told = refusal(whole)
    assert told.startswith("f.json, benchmark 2 is refused: only 7 of 8 requests completed")
    assert "--allow-failed 0.125" in told
    allowed = replace(ON, allowed_failed=0.125)
    rows = parse_measurements(json.dumps(whole), "f.json", allowed)
    assert [failures_noted(row) for row in rows] == [None, "1 of 8 requests failed"]
    assert [row.quality for row in rows] == ["A", "B"]
