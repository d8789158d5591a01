"""GuideLLM's CSV is read as its JSON is."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

from benchmarks.importing.measurement_files import ImportContext, parse_measurements
from planner.errors import InputError

Column = tuple[str, str, str]
ROW: dict[Column, object] = {
    ("Run Info", "Profile", ""): json.dumps({"kind": "concurrent", "streams": [2]}),
    ("Run Info", "Backend", ""): json.dumps({"model": "ours/tiny"}),
    ("Benchmark", "Strategy", ""): "concurrent",
    ("Timings", "Start Time", ""): "2026-11-22 10:00:00",
    ("Timings", "End Time", ""): "2026-11-22 10:00:10",
    ("Request Counts", "Successful", ""): 40,
    ("Request Counts", "Incomplete", ""): 0,
    ("Request Counts", "Errored", ""): 0,
    ("Request Latency", "Successful Sec", "Mean"): 0.5,
    ("Time to First Token", "Successful ms", "Mean"): 80.0,
    ("Time to First Token", "Successful ms", "Median"): 70.0,
    ("Inter Token Latency", "Successful ms", "Mean"): 21.0,
    ("Server Throughput", "Successful Requests/Sec", "Mean"): 4.0,
    ("Token Metrics", "Successful Input Tokens", "Mean"): 64.0,
    ("Token Metrics", "Successful Output Tokens", "Mean"): 20.0,
    ("Token Throughput", "Successful Output Tokens/Sec", "Mean"): 80.0,
    ("Token Throughput", "Incomplete Output Tokens/Sec", "Mean"): "",
    ("Runtime Info", "Arguments", ""): json.dumps({"data": ["prompt_tokens=64,output_tokens=20"]}),
}
ON = ImportContext(gpu="L4")


def text_of(*rows: dict[Column, object]) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerows(zip(*rows[0], strict=True))
    writer.writerows(row.values() for row in rows)
    return out.getvalue()


def refusal(changes: dict[Column, object]) -> str:
    with pytest.raises(InputError) as caught:
        parse_measurements(text_of(ROW | changes), "f.csv", ON)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_each_row_is_a_measurement() -> None:
    profile = json.dumps({"kind": "concurrent", "streams": [2, 4]})
    rows = [ROW | {("Run Info", "Profile", ""): profile}] * 2
    first, second = parse_measurements(text_of(*rows), "f.csv", ON)
    assert (first.load, first.concurrency, second.concurrency) == ("closed_loop", 2.0, 4.0)
    assert (first.input_tokens, first.output_tokens, first.requests) == (64.0, 20.0, 40.0)
    assert (first.output_tokens_per_s, first.requests_per_s) == (80.0, 4.0)
    assert (first.ttft_ms_mean, first.ttft_ms_median, first.tpot_ms_mean) == (80.0, 70.0, 21.0)
    assert (first.e2e_s_mean, first.date) == (0.5, "2026-11-22")
    assert (first.model, first.quality) == ("ours/tiny", "A")


def test_requests_cut_off_by_the_end_count_for_tokens_alone() -> None:
    changes: dict[Column, Any] = {
        ("Request Counts", "Incomplete", ""): 2,
        ("Token Throughput", "Incomplete Output Tokens/Sec", "Mean"): 3.0,
    }
    (row,) = parse_measurements(text_of(ROW | changes), "f.csv", ON)
    assert (row.output_tokens_per_s, row.requests_per_s, row.quality) == (83.0, None, "B")


def test_a_rate_is_one_of_the_profiles() -> None:
    changes: dict[Column, Any] = {
        ("Run Info", "Profile", ""): json.dumps({"kind": "poisson", "rate": [4.0]}),
        ("Benchmark", "Strategy", ""): "poisson",
    }
    (row,) = parse_measurements(text_of(ROW | changes), "f.csv", ON)
    assert (row.load, row.request_rate_per_s) == ("poisson_rate", 4.0)


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        (("Request Counts", "Errored", ""), 8, "only 40 of 48 requests completed, 8 failed: 16.7%"),
        (("Request Counts", "Successful", ""), "", "request_totals.successful is absent"),
        (
            ("Request Latency", "Successful Sec", "Mean"),
            "fast",
            "f.csv, line 4, Request Latency / Successful Sec: is 'fast', not a number",
        ),
        (("Run Info", "Backend", ""), "{", "f.csv, line 4, Run Info / Backend: is '{', not JSON"),
        (
            ("Run Info", "Profile", ""),
            json.dumps({"kind": "sweep"}),
            "Run Info / Profile: does not list streams for each of 1 benchmarks; import the JSON",
        ),
        (("Benchmark", "Strategy", ""), "trace", "strategy 'trace' is none of synchronous"),
        (("Token Metrics", "Successful Output Tokens", "Mean"), 16.0, "but 20 were asked for"),
    ],
)
def test_what_is_no_measurement_is_refused(column: Column, value: object, reason: str) -> None:
    assert reason in refusal({column: value})


def test_a_row_that_does_not_fit_the_header_is_refused() -> None:
    with pytest.raises(InputError, match=r"f.csv, line 5: 1 cells, but the header has 18"):
        parse_measurements(text_of(ROW) + "x\r\n", "f.csv", ON)
    with pytest.raises(InputError, match="are not GuideLLM's header"):
        parse_measurements("Run Info,a\nStrategy\n", "f.csv", ON)
