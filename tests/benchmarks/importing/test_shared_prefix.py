"""Results of prompts with a common beginning, which vLLM reads from its prefix cache."""

from __future__ import annotations

import json
from typing import Any

import pytest
from foreign_results import changed, refusal

from benchmarks.importing.measurement_files import ImportContext, parse_measurements

ON = ImportContext(gpu="L4", model="ours/tiny")
AIPERF: dict[str, Any] = {
    "request_throughput": {"unit": "requests/sec", "avg": 2.0},
    "output_token_throughput": {"unit": "tokens/sec", "avg": 40.0},
    "output_sequence_length": {"unit": "tokens", "avg": 20.0},
    "input_sequence_length": {"unit": "tokens", "avg": 1000.0},
    "request_count": {"unit": "requests", "avg": 64.0},
}
SGLANG: dict[str, Any] = {
    "backend": "vllm",
    "request_rate": 2.0,
    "duration": 25.0,
    "completed": 50,
    "total_input_tokens": 5000,
    "total_output_tokens": 1000,
    "total_output_tokens_retokenized": 998,
    "output_throughput": 40.0,
}
ADVICE = "add --engine-settings prefix_hit_share=SHARE"


def aiperf(**config: object) -> dict[str, Any]:
    return AIPERF | {"input_config": {"loadgen": {"concurrency": 8}} | config}


def guidellm(data: object) -> dict[str, Any]:
    report = changed("guidellm_0_8")
    return report | {"args": report.get("args", {}) | {"data": data}}


SHARED = [
    (aiperf(input={"prompt": {"prefix_prompt": {"length": 500, "pool_size": 4}}}), "length is 500"),
    (
        aiperf(input={"prompt": {"prefix_prompt": {"shared_system_prompt_length": 300}}}),
        "shared_system_prompt_length is 300",
    ),
    (aiperf(datasets=[{"prefix_prompts": {"shared_system_length": 7}}]), "length is 7"),
    (aiperf(datasets=[{"turns": {"mean": 10}}]), "a conversation has 10 turns"),
    (aiperf(input={"conversation": {"turn": {"mean": 2.5}}}), "a conversation has 2.5 turns"),
    (guidellm("prompt_tokens=64,output_tokens=16,prefix_tokens=48"), "prefix_tokens is 48"),
    (
        guidellm([{"prompt_tokens": 64, "prefix_buckets": [{"prefix_tokens": 32}]}]),
        "prefix_tokens is 32",
    ),
    (guidellm({"prompt_tokens": 64, "output_tokens": 16, "turns": 3}), "3 turns"),
    (
        SGLANG | {"dataset_name": "generated-shared-prefix"},
        "dataset_name is generated-shared-prefix",
    ),
    (changed("vllm_closed_loop_plain", random_prefix_len=50), "random_prefix_len is 50"),
    (changed("vllm_closed_loop_plain", dataset_name="prefix_repetition"), "dataset_name is"),
]


@pytest.mark.parametrize(("result", "told"), SHARED)
def test_a_common_beginning_needs_the_share_that_the_cache_held(
    result: dict[str, Any], told: str
) -> None:
    said = refusal(result, ON)
    assert told in said
    assert ADVICE in said
    stated = ImportContext(gpu="L4", model="ours/tiny", engine_settings="prefix_hit_share=0.5")
    for row in parse_measurements(json.dumps(result), "f.json", stated):
        assert row.engine_settings == "prefix_hit_share=0.5"


@pytest.mark.parametrize(
    "result",
    [
        aiperf(input={"prompt": {"prefix_prompt": {"length": 500, "pool_size": 0}}}),
        aiperf(input={"prompt": {"prefix_prompt": {"length": 0, "pool_size": 0}}}),
        aiperf(input={"prompt": {"prefix_prompt": {"length": 500, "pool_size": 64}}}),
        aiperf(input={"conversation": {"turn": {"mean": 1}}}),
        guidellm("prompt_tokens=64,output_tokens=16,prefix_tokens=0"),
        SGLANG | {"backend": "sglang", "dataset_name": "generated-shared-prefix"},
        changed("vllm_closed_loop_plain", random_prefix_len=50, enable_prefix_caching=False),
    ],
)
def test_without_reuse_nothing_is_asked(result: dict[str, Any]) -> None:
    assert parse_measurements(json.dumps(result), "f.json", ON)


def test_that_nothing_was_found_can_be_said() -> None:
    none = ImportContext(gpu="L4", model="ours/tiny", engine_settings="prefix_hit_share=0")
    (row,) = parse_measurements(json.dumps(SHARED[0][0]), "f.json", none)
    assert row.engine_settings is None
