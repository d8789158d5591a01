"""AIPerf's reports, in the forms before and since 0.10."""

from __future__ import annotations

import json
from typing import Any

import pytest

from benchmarks.importing.measurement_files import ImportContext, parse_measurements
from planner.errors import InputError
from planner.records.measurement import Measurement

REPORT: dict[str, Any] = {
    "schema_version": "1.3",
    "aiperf_version": "0.10.0",
    "request_throughput": {"unit": "requests/sec", "avg": 2.0},
    "request_latency": {"unit": "ms", "avg": 3500.0},
    "time_to_first_token": {"unit": "ms", "avg": 120.0, "p50": 100.0},
    "inter_token_latency": {"unit": "ms", "avg": 17.0},
    "output_token_throughput": {"unit": "tokens/sec", "avg": 400.0},
    "output_sequence_length": {"unit": "tokens", "avg": 200.0},
    "input_sequence_length": {"unit": "tokens", "avg": 1500.0},
    "request_count": {"unit": "requests", "avg": 64.0},
    "input_config": {
        "models": {"items": [{"name": "ours/tiny"}]},
        "phases": [
            {"name": "warmup", "type": "concurrency", "concurrency": 2},
            {"name": "profiling", "type": "concurrency", "concurrency": 8},
        ],
    },
    "was_cancelled": False,
    "error_summary": [],
}
ON = ImportContext(gpu="L4")


def imported(changes: dict[str, object], context: ImportContext = ON) -> Measurement:
    (row,) = parse_measurements(json.dumps(REPORT | changes), "f.json", context)
    return row


def refusal(changes: dict[str, object], context: ImportContext = ON) -> str:
    with pytest.raises(InputError) as caught:
        imported(changes, context)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def phase(**values: object) -> dict[str, object]:
    config = REPORT["input_config"] | {"phases": [{"name": "profiling"} | values]}
    return {"input_config": config}


def options(**values: object) -> dict[str, object]:
    return {"input_config": {"endpoint": {"model_names": ["ours/tiny"]}, "loadgen": values}}


def test_a_report_is_a_closed_loop_measurement() -> None:
    row = imported({"start_time": "2026-08-07T19:00:53.1"})
    assert (row.model, row.engine, row.load, row.concurrency) == (
        "ours/tiny",
        "vllm",
        "closed_loop",
        8.0,
    )
    assert (row.input_tokens, row.output_tokens, row.requests) == (1500.0, 200.0, 64.0)
    assert (row.output_tokens_per_s, row.requests_per_s) == (400.0, 2.0)
    assert (row.ttft_ms_mean, row.ttft_ms_median, row.tpot_ms_mean) == (120.0, 100.0, 17.0)
    assert (row.e2e_s_mean, row.date, row.quality) == (3.5, "2026-08-07", "B")
    assert imported({}, ImportContext(gpu="L4", output_tokens=200)).quality == "A"


@pytest.mark.parametrize(
    ("changes", "load", "concurrency", "rate"),
    [
        (phase(type="poisson", rate=2.5), "poisson_rate", None, 2.5),
        (phase(type="constant", rate=2.5, concurrency=32), "constant_rate", 32.0, 2.5),
        (phase(type="concurrency", concurrency=64), "burst", 64.0, None),
        (options(concurrency=4, request_count=64), "closed_loop", 4.0, None),
        (options(request_rate=2.5, request_rate_mode="constant"), "constant_rate", None, 2.5),
        (options(request_rate=2.5, arrival_pattern="poisson"), "poisson_rate", None, 2.5),
    ],
)
def test_phases_and_options_are_loads(
    changes: dict[str, object], load: str, concurrency: float | None, rate: float | None
) -> None:
    row = imported(changes)
    assert (row.load, row.concurrency, row.request_rate_per_s) == (load, concurrency, rate)
    assert row.model == "ours/tiny"


def test_failed_requests_are_counted() -> None:
    row = imported({"request_count": {"avg": 199.0}, "error_request_count": {"avg": 1.0}})
    assert "1 of 200 requests failed" in str(row.notes)
    told = refusal({"error_summary": [{"error_details": {}, "count": 2}]})
    assert "only 64 of 66 requests completed, 2 failed: 3.0%" in told


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"was_cancelled": True}, "was_cancelled is true"),
        ({"request_latency": {"unit": "s", "avg": 3.5}}, "request_latency.unit is 's', not ms"),
        ({"request_count": {"avg": 0}}, "no request completed"),
        ({"request_count": None}, "request_count.avg is absent, not a number"),
        (
            {"output_token_throughput": {"unit": "tokens/sec", "avg": 800.0}},
            "output_token_throughput 800/s is not 2 requests/s of 200 tokens",
        ),
        ({"error_summary": 5}, "error_summary is not a list"),
        (phase(type="user_centric", rate=2.0), "type is 'user_centric', not one of concurrency"),
        (phase(type="poisson", rate=2.0, rate_ramp=30), "rate_ramp is stated"),
        ({"input_config": {"phases": []}}, "holds 0 phases named profiling"),
        ({"input_config": {}}, "states neither concurrency nor request_rate"),
        (options(request_rate=2.0, arrival_pattern="gamma"), "arrival_pattern is 'gamma'"),
        (
            {"input_config": REPORT["input_config"] | {"models": ["a", "b"]}},
            "it loads 2 models; a measurement has one",
        ),
    ],
)
def test_what_is_no_measurement_is_refused(changes: dict[str, object], reason: str) -> None:
    assert reason in refusal(changes)


def test_answers_of_another_length_than_asked_for_are_refused() -> None:
    told = refusal({}, ImportContext(gpu="L4", output_tokens=256))
    assert "answers have 200 tokens on average, but 256 were asked for" in told


def genai_perf(**config: object) -> dict[str, object]:
    """The changes that make a report one of GenAI-Perf."""
    return {"request_count": {"unit": "count", "avg": 64.0}, "input_config": config}


@pytest.mark.parametrize(
    ("config", "load", "concurrency", "rate"),
    [
        ({"perf_analyzer": {"stimulus": {"concurrency": 8}}}, "closed_loop", 8.0, None),
        ({"perf_analyzer": {"stimulus": {"request_rate": 1.5}}}, "constant_rate", None, 1.5),
        ({"concurrency": 64, "request_rate": None}, "burst", 64.0, None),
        ({"concurrency": None, "request_rate": 1.5}, "constant_rate", None, 1.5),
    ],
)
def test_genai_perf_states_its_load_in_two_places(
    config: dict[str, object], load: str, concurrency: float | None, rate: float | None
) -> None:
    row = imported(genai_perf(model_names=["ours/tiny"], **config))
    assert (row.load, row.concurrency, row.request_rate_per_s) == (load, concurrency, rate)
    assert (row.model, row.tpot_ms_mean, row.engine) == ("ours/tiny", 17.0, "vllm")
    assert (row.notes or "").startswith("GenAI-Perf, 64 requests")


def test_genai_perf_names_the_engine_only_behind_triton() -> None:
    triton = {"service_kind": "triton", "backend": "tensorrtllm"}
    row = imported(genai_perf(model=["ours/tiny"], concurrency=8, **triton))
    assert (row.engine, row.model) == ("tensorrt-llm", "ours/tiny")
    new = imported(
        genai_perf(
            model_names=["ours/tiny"],
            endpoint=triton,
            perf_analyzer={"stimulus": {"concurrency": 8}},
        )
    )
    assert new.engine == "tensorrt-llm"
    openai = {"service_kind": "openai", "backend": "tensorrtllm"}
    assert imported(genai_perf(model=["ours/tiny"], concurrency=8, **openai)).engine == "vllm"


def served_by(**server: str) -> dict[str, object]:
    return genai_perf(model=["ours/tiny"], concurrency=8, **server)


def test_genai_perf_loads_tensorrt_llm_without_a_server() -> None:
    changes = served_by(service_kind="tensorrtllm_engine")
    assert imported(changes).engine == "tensorrt-llm"


def test_an_engine_that_is_not_named_must_be_stated() -> None:
    for server in (
        served_by(service_kind="triton", backend="python"),
        served_by(service_kind="triton"),
        served_by(service_kind="torchserve"),
    ):
        assert "does not say what engine answered; add --engine" in refusal(server)
        assert imported(server, ImportContext(gpu="L4", engine="vllm")).engine == "vllm"


def test_another_engine_than_the_one_that_is_named_is_refused() -> None:
    ours = ImportContext(gpu="L4", engine="vllm")
    for server in (
        served_by(service_kind="triton", backend="tensorrtllm"),
        served_by(service_kind="tensorrtllm_engine"),
    ):
        assert "says the engine is tensorrt-llm, but --engine says 'vllm'" in refusal(server, ours)
    assert imported(served_by(service_kind="triton", backend="VLLM"), ours).engine == "vllm"


def test_a_genai_perf_report_without_a_load_is_refused() -> None:
    told = refusal(genai_perf(model=["ours/tiny"], perf_analyzer={"stimulus": {"session": 2}}))
    assert "states neither concurrency nor request_rate" in told


def test_the_length_of_prompts_comes_from_the_user_if_aiperf_does_not_state_it() -> None:
    assert "add --input-tokens" in refusal({"input_sequence_length": None})
    row = imported({"input_sequence_length": None}, ImportContext(gpu="L4", input_tokens=900))
    assert row.input_tokens == 900.0
    assert imported({}, ImportContext(gpu="L4", input_tokens=900)).input_tokens == 1500.0
