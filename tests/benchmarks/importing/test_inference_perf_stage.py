"""Stages of inference-perf."""

from __future__ import annotations

import json
from typing import Any

import pytest

from benchmarks.importing.measurement_files import ImportContext, parse_measurements
from planner.errors import InputError
from planner.records.measurement import Measurement

STAGE: dict[str, Any] = {
    "load_summary": {"count": 60, "requested_rate": 2.0, "achieved_rate": 2.01},
    "successes": {
        "count": 60,
        "latency": {
            "request_latency": {"mean": 1.2, "median": 1.1},
            "time_per_output_token": {"mean": 0.005},
            "time_to_first_token": {"mean": 0.2, "median": 0.15},
        },
        "throughput": {"output_tokens_per_sec": 200.0, "requests_per_sec": 1.98},
        "prompt_len": {"mean": 300.0},
        "output_len": {"mean": 101.0},
    },
    "failures": {"count": 0, "request_latency": None},
}
ON = ImportContext(gpu="L4", model="ours/tiny")


def imported(load: dict[str, object] | None = None, **changes: object) -> Measurement:
    content = STAGE | changes | ({} if load is None else {"load_summary": load})
    (row,) = parse_measurements(json.dumps(content), "f.json", ON)
    return row


def test_a_stage_at_a_rate_is_a_measurement() -> None:
    row = imported()
    assert (row.load, row.request_rate_per_s, row.concurrency) == ("constant_rate", 2.0, None)
    assert (row.input_tokens, row.output_tokens, row.requests) == (300.0, 101.0, 60.0)
    assert (row.output_tokens_per_s, row.requests_per_s) == (200.0, 1.98)
    assert (row.ttft_ms_mean, row.ttft_ms_median, row.e2e_s_mean) == (200.0, 150.0, 1.2)
    # (1.2 s - 0.2 s) / 100 tokens; the tool's own 5 ms divides by pieces of the stream
    assert row.tpot_ms_mean == pytest.approx(10.0)


def test_a_stage_of_a_number_of_clients_is_a_closed_loop() -> None:
    row = imported({"count": 60, "concurrency": 8, "requested_rate": 99.0, "achieved_rate": 3.0})
    assert (row.load, row.concurrency, row.request_rate_per_s) == ("closed_loop", 8.0, None)


@pytest.mark.parametrize(
    ("load", "told"),
    [
        ({"requested_rate": 2.0, "achieved_rate": 1.5}, "did not keep up"),
        ({"count": 60}, "give stage_N_lifecycle_metrics.json of each"),
    ],
)
def test_a_load_that_is_not_one_point_is_refused(load: dict[str, object], told: str) -> None:
    with pytest.raises(InputError, match=told):
        imported(load)


def test_failed_requests_are_counted() -> None:
    with pytest.raises(InputError, match="only 60 of 64 requests completed"):
        imported(failures={"count": 4})


SUCCESSES: dict[str, Any] = STAGE["successes"]
NEWER: dict[str, Any] = {key: SUCCESSES[key] for key in ("count", "latency", "throughput")} | {
    "prompt_tokens": {"total": 18_000.0, "cached": 0.0, "mean": 300.0},
    "output_len": {"mean": 101.0},
    "output_tokens": {"total": 6_300.0, "mean": 105.0},
}


def test_the_servers_count_is_preferred_in_the_newer_form() -> None:
    row = imported(successes=NEWER)
    assert (row.input_tokens, row.output_tokens) == (300.0, 105.0)
    assert row.output_tokens_per_s == pytest.approx(1.98 * 105)
    assert row.tpot_ms_mean == pytest.approx(1000 / 104)
    totals = {"prompt_tokens": {"total": 18_000.0}, "output_tokens": {"total": 6_300.0}}
    assert imported(successes=NEWER | totals).output_tokens == 105.0


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"output_len": None, "output_tokens": None}, "neither output_tokens nor output_len"),
        ({"prompt_tokens": None}, "neither prompt_tokens nor prompt_len"),
        (
            {"throughput": {"output_tokens_per_sec": 400.0, "requests_per_sec": 1.98}},
            "output_tokens_per_sec 400/s is not 1.98 requests/s of 105 tokens",
        ),
        (
            {"throughput": SUCCESSES["throughput"] | {"images_per_sec": 2.0}},
            "its requests hold images",
        ),
    ],
)
def test_what_contradicts_itself_or_is_no_text_is_refused(
    changes: dict[str, object], told: str
) -> None:
    with pytest.raises(InputError, match=told):
        imported(successes=NEWER | changes)


def test_answers_of_another_length_than_asked_for_are_refused() -> None:
    asked = ImportContext(gpu="L4", model="ours/tiny", output_tokens=128)
    with pytest.raises(InputError, match="101 tokens on average, but 128 were asked for"):
        parse_measurements(json.dumps(STAGE), "f.json", asked)


@pytest.mark.parametrize(
    ("sent_in_s", "achieved", "kept_up"),
    [
        (4.5, 10 / 4.5, True),  # 9 gaps of half a second: 11 % above the rate by the tool's count
        (3.0, 10 / 3.0, True),  # Poisson arrivals that happened to be early
        (6.0, 10 / 6.0, True),  # 1.5/s, within 5 % and 1 / sqrt(10)
        (9.0, 10 / 9.0, False),
    ],
)
def test_a_short_stage_is_judged_by_its_gaps(
    sent_in_s: float, achieved: float, kept_up: bool
) -> None:
    load = {"requested_rate": 2.0, "send_duration": sent_in_s, "achieved_rate": achieved}
    successes = SUCCESSES | {"count": 10}
    if kept_up:
        assert imported(load, successes=successes).request_rate_per_s == 2.0
        return
    with pytest.raises(InputError, match="but 1/s were sent: the load generator did not keep up"):
        imported(load, successes=successes)
