"""Results of SGLang's bench_serving, in the form that its ``.jsonl`` files have."""

from __future__ import annotations

import json
from typing import Any

import pytest

from benchmarks.importing.measurement_files import ImportContext, parse_measurements
from planner.errors import InputError
from planner.records.measurement import Measurement

RUN: dict[str, Any] = {
    "backend": "sglang",
    "dataset_name": "random",
    "request_rate": 2.0,
    "max_concurrency": None,
    "random_input_len": 100,
    "random_output_len": 20,
    "random_range_ratio": 1.0,
    "duration": 25.0,
    "completed": 50,
    "total_input_tokens": 5000,
    "total_output_tokens": 1000,
    "total_output_tokens_retokenized": 998,
    "output_throughput": 40.0,
    "mean_e2e_latency_ms": 800.0,
    "median_ttft_ms": 60.0,
    "median_itl_ms": 12.0,
}
ON = ImportContext(gpu="L4", model="ours/tiny")


def rows(*runs: dict[str, Any], context: ImportContext = ON) -> tuple[Measurement, ...]:
    return parse_measurements("\n".join(map(json.dumps, runs)) + "\n", "f.jsonl", context)


def refusal(run: dict[str, Any], context: ImportContext = ON) -> str:
    with pytest.raises(InputError) as caught:
        rows(run, context=context)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_each_line_is_a_measurement_of_its_engine() -> None:
    first, second = rows(RUN, RUN | {"request_rate": float("inf"), "max_concurrency": 8})
    assert (first.engine, first.load, first.request_rate_per_s) == ("sglang", "poisson_rate", 2.0)
    assert (first.input_tokens, first.output_tokens, first.requests) == (100.0, 20.0, 50.0)
    assert (first.output_tokens_per_s, first.requests_per_s) == (40.0, 2.0)
    assert (first.ttft_ms_mean, first.ttft_ms_median, first.e2e_s_mean) == (None, 60.0, 0.8)
    assert (second.load, second.concurrency) == ("closed_loop", 8.0)
    assert first.quality == "B"


def test_it_can_load_vllm() -> None:
    (row,) = rows(RUN | {"backend": "vllm"})
    assert row.engine == "vllm"
    (row,) = rows(RUN | {"num_prompts": 50, "server_info": {"model_path": "org/m"}})
    assert row.model == "ours/tiny"


def test_the_model_is_the_servers_unless_another_is_stated() -> None:
    (row,) = rows(RUN | {"server_info": {"model_path": "org/m"}}, context=ImportContext(gpu="L4"))
    assert row.model == "org/m"
    assert "does not state the model" in refusal(RUN, ImportContext(gpu="L4"))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"completed": 0}, "no request completed"),
        ({"num_prompts": 60}, "only 50 of 60 requests completed, 10 failed: 16.7%"),
        ({"num_prompts": 40}, "50 requests completed, but only 40 were sent"),
        ({"output_throughput": 80.0}, "output_throughput 80/s is not total_output_tokens 1000"),
        ({"total_input_vision_tokens": 500}, "its requests hold images"),
        ({"request_rate": "trace"}, "request_rate is '\"trace\"', not a number"),
        ({"backend": "abacus"}, "backend is 'abacus', not one of"),
        ({"backend": "vllm", "accept_length": 2.5}, "accept_length 2.5 says speculative decoding"),
    ],
)
def test_what_is_no_measurement_is_refused(changes: dict[str, object], reason: str) -> None:
    assert reason in refusal(RUN | changes)


def test_answers_of_another_length_than_stated_are_refused() -> None:
    told = refusal(RUN, ImportContext(gpu="L4", model="m", output_tokens=30))
    assert "1000 output tokens are not 50 requests x 30 tokens" in told


def test_the_server_states_its_cards_version_and_format() -> None:
    info = {"model_path": "org/m", "tp_size": 4, "pp_size": 2, "version": "0.5.3"}
    (row,) = rows(RUN | {"server_info": info | {"quantization": "fp8"}})
    assert (row.gpu_count, row.engine_version, row.quantization) == (8, "0.5.3", "fp8")
    told = refusal(RUN | {"server_info": info}, ImportContext(gpu="L4", model="m", gpu_count=2))
    assert "server_info says 8 cards, but --gpu-count says 2" in told


@pytest.mark.parametrize(
    ("sizes", "cards"),
    [
        ({"tp_size": 2, "dp_size": 4}, 8),
        ({"tp_size": 2, "dp_size": 1, "pp_size": 1}, 2),
        ({"tp_size": 8, "dp_size": 8, "enable_dp_attention": True}, 8),
        ({"tp_size": 8, "dp_size": 2, "enable_dp_attention": False}, 16),
    ],
)
def test_ranks_have_cards_of_their_own_unless_they_share_the_attention(
    sizes: dict[str, object], cards: int
) -> None:
    (row,) = rows(RUN | {"server_info": sizes})
    assert row.gpu_count == cards


def test_one_card_and_another_format_contradict_the_server() -> None:
    run = RUN | {"server_info": {"tp_size": 2, "quantization": "fp8"}}
    told = refusal(run, ImportContext(gpu="L4", model="m", gpu_count=1))
    assert "server_info says 2 cards, but --gpu-count says 1" in told
    told = refusal(run, ImportContext(gpu="L4", model="m", quantization="awq"))
    assert "server_info says fp8, but --quantization says awq" in told
    run["server_info"] = {"tp_size": 2, "quantization": "w8a8_fp8"}  # SGLang's own word
    (row,) = rows(run, context=ImportContext(gpu="L4", model="m", quantization="fp8"))
    assert (row.quantization, row.gpu_count) == ("fp8", 2)
