"""Results of ``vllm bench latency`` and ``vllm bench throughput``."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from benchmarks.importing.measurement_files import ImportContext, parse_measurements
from planner.errors import InputError
from planner.records.measurement import Measurement

LATENCY = {"avg_latency": 2.0, "latencies": [1.9, 2.0, 2.1], "percentiles": {"50": 2.0}}
THROUGHPUT = {
    "elapsed_time": 50.0,
    "num_requests": 1000,
    "total_num_tokens": 120_000,
    "requests_per_second": 20.0,
    "tokens_per_second": 2400.0,
}
ON = ImportContext(gpu="L4", model="ours/tiny", input_tokens=100, output_tokens=20, batch_size=8)


def imported(content: dict[str, object], context: ImportContext = ON) -> Measurement:
    (row,) = parse_measurements(json.dumps(content), "f.json", context)
    return row


def refusal(content: dict[str, object], context: ImportContext = ON) -> str:
    with pytest.raises(InputError) as caught:
        imported(content, context)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_latency_is_one_batch_after_another() -> None:
    row = imported(dict(LATENCY))
    assert (row.mode, row.load, row.concurrency) == ("offline", "static_batch", 8.0)
    assert (row.input_tokens, row.output_tokens, row.requests) == (100.0, 20.0, 24.0)
    assert (row.output_tokens_per_s, row.requests_per_s, row.e2e_s_mean) == (80.0, 4.0, 2.0)


def test_throughput_is_all_requests_at_once() -> None:
    row = imported(dict(THROUGHPUT), replace(ON, input_tokens=None, batch_size=None))
    assert (row.mode, row.load, row.concurrency) == ("offline", "burst", 1000.0)
    assert (row.input_tokens, row.output_tokens, row.requests) == (100.0, 20.0, 1000.0)
    assert (row.output_tokens_per_s, row.requests_per_s, row.e2e_s_mean) == (400.0, 20.0, None)


@pytest.mark.parametrize("name", ["input_tokens", "output_tokens", "batch_size"])
def test_what_latency_does_not_state_is_asked_for(name: str) -> None:
    told = refusal(dict(LATENCY), replace(ON, **{name: None}))
    assert f"does not state {name}; give it with the import" in told
    assert f"--{name.replace('_', '-')}" in told


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (LATENCY | {"latencies": []}, "latencies is not a list of seconds"),
        (LATENCY | {"latencies": [2.0, "x"]}, "f.json, latencies is refused: 2 is '\"x\"'"),
        (LATENCY | {"avg_latency": 3.0}, "avg_latency 3 s is not the mean of latencies, 2 s"),
        (THROUGHPUT | {"num_requests": 0}, "0 requests in 50 s are no measurement"),
        (THROUGHPUT | {"total_num_tokens": 15_000}, "15000 tokens are fewer than 1000 answers"),
        (THROUGHPUT | {"total_num_tokens": 150_000}, "prompts have 130 tokens on average, but"),
        (THROUGHPUT | {"requests_per_second": 5.0}, "requests_per_second 5 is not 1000 requests"),
    ],
)
def test_what_contradicts_itself_is_refused(content: dict[str, object], reason: str) -> None:
    assert reason in refusal(content)
