"""InferenceX's own results: an object, or an array of them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from benchmarks.importing.measurement_files import ImportContext, parse_measurements
from planner.errors import InputError

RESULT: dict[str, Any] = {
    "hw": "h200-cw",
    "conc": 16,
    "image": "vllm/vllm-openai:v0.11.0",
    "model": "ours/tiny",
    "framework": "vllm",
    "precision": "fp8",
    "spec_decoding": "none",
    "disagg": False,
    "isl": 1024,
    "osl": 512,
    "is_multinode": False,
    "tp": 4,
    "ep": 1,
    "dp_attention": "false",
    "tput_per_gpu": 900.0,
    "output_tput_per_gpu": 300.0,
    "mean_ttft": 0.2,
    "median_ttft": 0.15,
    "mean_tpot": 0.012,
    "mean_e2el": 6.4,
}


def test_each_result_is_a_measurement_of_all_its_cards() -> None:
    text = json.dumps([RESULT, RESULT | {"conc": 32, "framework": "trt"}])
    first, second = parse_measurements(text, "f.json", ImportContext())
    assert (first.gpu, first.gpu_count, first.model) == ("H200", 4, "ours/tiny")
    assert (first.engine, first.quantization) == ("vllm", "fp8")
    assert (first.input_tokens, first.output_tokens, first.concurrency) == (1024.0, 512.0, 16.0)
    assert first.output_tokens_per_s == 1200.0  # 300 on each of four cards
    assert (first.ttft_ms_mean, first.tpot_ms_mean, first.e2e_s_mean) == (200.0, 12.0, 6.4)
    assert (second.engine, second.concurrency) == ("tensorrt-llm", 32.0)


def test_expert_and_pipeline_parallelism_are_settings_of_vllm() -> None:
    (row,) = parse_measurements(json.dumps(RESULT | {"ep": 4, "pp": 2}), "f", ImportContext())
    assert row.gpu_count == 8
    assert row.engine_settings == "pipeline_parallel_size=2; enable_expert_parallel=true"


def test_a_throughput_is_of_all_cards_that_it_was_divided_by() -> None:
    parts = {"framework": "sglang", "tp": 4, "pp": 2, "pcp_size": 2, "dcp_size": 2, "mtp": "off"}
    (row,) = parse_measurements(json.dumps(RESULT | parts), "f", ImportContext())
    assert (row.gpu_count, row.output_tokens_per_s) == (16, 4800.0)


def test_settings_that_agree_with_the_file_are_no_contradiction() -> None:
    text = json.dumps(RESULT | {"ep": 4, "pp": 2})
    ours = "max_num_seqs=64; pipeline_parallel_size=2; enable_expert_parallel=true"
    (row,) = parse_measurements(text, "f", ImportContext(engine_settings=ours))
    assert row.engine_settings == ours
    with pytest.raises(InputError, match=r"pp: means pipeline_parallel_size=2, but .* say 4"):
        parse_measurements(text, "f", ImportContext(engine_settings="pipeline_parallel_size=4"))
    with pytest.raises(
        InputError, match=r"ep: means enable_expert_parallel=True, but .* say False"
    ):
        parse_measurements(text, "f", ImportContext(engine_settings="enable_expert_parallel=false"))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"tp": None}, "tp is absent"),
        ({"output_tput_per_gpu": None}, "output_tput_per_gpu is absent"),
        ({"ep": 2}, "f.json, ep: is 2, but tp is 4"),
        ({"disagg": True}, "disagg: is 'True'"),
        ({"dcp_size": 2}, "dcp_size: is '2'"),
        ({"spec_decoding": "mtp"}, "spec_decoding: is 'mtp', without the acceptance"),
        ({"spec_decoding": None, "mtp": "on"}, "f.json, mtp: is 'on', without the acceptance"),
    ],
)
def test_what_a_measurement_cannot_state_is_refused(changes: dict[str, object], told: str) -> None:
    with pytest.raises(InputError, match=told):
        parse_measurements(json.dumps(RESULT | changes), "f.json", ImportContext())


def test_a_draft_that_only_mtp_states_is_noted_by_its_method() -> None:
    drafted = RESULT | {"framework": "sglang", "spec_decoding": None, "mtp": "on"}
    (row,) = parse_measurements(json.dumps(drafted), "f.json", ImportContext())
    assert "speculative decoding mtp" in str(row.notes)


def test_another_length_than_asked_for_is_refused() -> None:
    with pytest.raises(InputError, match="osl: is '512', but 256 were asked for"):
        parse_measurements(json.dumps(RESULT), "f.json", ImportContext(output_tokens=256))
    (row,) = parse_measurements(json.dumps(RESULT), "f.json", ImportContext(output_tokens=512))
    assert row.output_tokens == 512.0
