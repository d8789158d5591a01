"""Summaries of LLMPerf."""

from __future__ import annotations

import json
from typing import Any

import pytest

from benchmarks.importing.measurement_files import ImportContext, parse_measurements
from planner.errors import InputError
from planner.records.measurement import Measurement

SUMMARY: dict[str, Any] = {
    "version": "2023-08-31",
    "model": "ours/tiny",
    "mean_input_tokens": 550,
    "num_concurrent_requests": 4,
    "results_ttft_s_mean": 0.2,
    "results_ttft_s_quantiles_p50": 0.15,
    "results_inter_token_latency_s_mean": 0.02,
    "results_end_to_end_latency_s_mean": 2.0,
    "results_number_input_tokens_mean": 560.0,
    "results_number_output_tokens_mean": 100.0,
    "results_num_requests_started": 40,
    "results_number_errors": 0,
    "results_mean_output_throughput_token_per_s": 190.0,
    "results_num_completed_requests": 40,
    "results_num_completed_requests_per_min": 114.0,
    "timestamp": 1754550000,
}
ON = ImportContext(gpu="L4")


def imported(**changes: object) -> Measurement:
    (row,) = parse_measurements(json.dumps(SUMMARY | changes), "f.json", ON)
    return row


def test_a_summary_is_a_closed_loop_measurement_without_tpot() -> None:
    row = imported()
    assert (row.model, row.load, row.concurrency) == ("ours/tiny", "closed_loop", 4.0)
    assert (row.input_tokens, row.output_tokens, row.requests) == (560.0, 100.0, 40.0)
    assert (row.output_tokens_per_s, row.requests_per_s) == (190.0, 1.9)
    assert (row.ttft_ms_mean, row.ttft_ms_median, row.tpot_ms_mean) == (200.0, 150.0, None)
    assert (row.e2e_s_mean, row.date, row.quality) == (2.0, "2025-08-07", "B")
    assert "tokens of Llama" in (row.notes or "")


def test_all_requests_at_once_are_a_burst() -> None:
    row = imported(num_concurrent_requests=50, results_mean_output_throughput_token_per_s=1900.0)
    assert (row.load, row.concurrency) == ("burst", 40.0)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"results_number_errors": 20}, "only 40 of 60 requests completed"),
        ({"results_num_completed_requests": 0}, "no request completed"),
        # 4 requests of 100 tokens in 2 s give at most 200 tokens/s
        ({"results_mean_output_throughput_token_per_s": 900.0}, "is not what 4 requests"),
        ({"timestamp": 1e14}, "not in any year"),
    ],
)
def test_what_contradicts_itself_is_refused(changes: dict[str, object], told: str) -> None:
    with pytest.raises(InputError, match=told):
        imported(**changes)


def test_answers_of_another_length_than_asked_for_are_refused() -> None:
    asked = ImportContext(gpu="L4", output_tokens=128)
    with pytest.raises(InputError, match="100 tokens on average, but 128 were asked for"):
        parse_measurements(json.dumps(SUMMARY), "f.json", asked)
