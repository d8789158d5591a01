"""The engine and the settings that a file states are recorded, or the file is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from foreign_results import ON, document
from paths import DATA

from benchmarks.importing.measurement_files import ImportContext, parse_measurements
from benchmarks.importing.speculation import acceptance_from
from planner.errors import InputError
from planner.records.measurement import Measurement

PLAIN: dict[str, Any] = json.loads(
    (DATA / "benchmarks" / "vllm_closed_loop_plain.json").read_text()
)
DRAFTED = {
    "spec_decode_acceptance_rate": 60.0,
    "spec_decode_acceptance_length": 2.2,
    "spec_decode_num_drafts": 50,
    "spec_decode_draft_tokens": 100,
    "spec_decode_accepted_tokens": 60,
    "spec_decode_per_position_acceptance_rates": [0.75, 0.45],
}


def imported(changes: dict[str, object], **context: Any) -> Measurement:
    content = json.dumps(PLAIN | changes)
    (row,) = parse_measurements(content, "f.json", ImportContext(gpu="L4", **context))
    return row


def refusal(changes: dict[str, object], **context: Any) -> str:
    with pytest.raises(InputError) as caught:
        imported(changes, **context)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith("f.json is refused: ")
    return str(caught.value)


@pytest.mark.parametrize(
    ("settings", "recorded"),
    [
        ("speculative=ngram", "speculative=ngram:2:0.75"),
        ("speculative=eagle:2:0.75", "speculative=eagle:2:0.75"),
        ("speculative=eagle:2:0.75:0.03", "speculative=eagle:2:0.75:0.03"),
        ("max_num_seqs=64; speculative=ngram", "max_num_seqs=64; speculative=ngram:2:0.75"),
    ],
)
def test_speculation_is_recorded_with_the_figures_of_the_file(settings: str, recorded: str) -> None:
    row = imported(DRAFTED, engine_settings=settings)
    assert row.engine_settings == recorded
    assert "with speculative decoding" in str(row.notes)


@pytest.mark.parametrize("remark", ["TP4", "auto", "", None, True, "2.5"])
def test_a_remark_under_a_short_name_states_no_number(remark: object) -> None:
    assert imported({"tp": remark}).gpu_count == 1
    assert imported({"tp": remark}, gpu_count=4).gpu_count == 4


def test_a_file_without_the_method_asks_for_it() -> None:
    assert refusal(DRAFTED).endswith(
        "it was measured with speculative decoding (2 tokens a step, acceptance 0.75), but does "
        "not state the method; add --engine-settings speculative=METHOD with METHOD one of ngram, "
        "draft_model, eagle, mtp."
    )


@pytest.mark.parametrize("key", ["speculative_config", "speculative-config"])
@pytest.mark.parametrize("as_text", [False, True])
def test_a_sweep_states_the_method(key: str, as_text: bool) -> None:
    config: object = {"method": "eagle3", "num_speculative_tokens": 2}
    changes = DRAFTED | {key: json.dumps(config) if as_text else config}
    assert imported(changes).engine_settings == "speculative=eagle:2:0.75"


@pytest.mark.parametrize("method", ["mtp", "deepseek_mtp", "qwen3_5_mtp"])
def test_multi_token_prediction_has_a_name_for_each_family(method: str) -> None:
    config = {"method": method, "num_speculative_tokens": 2}
    assert imported(DRAFTED | {"speculative_config": config}).engine_settings == (
        "speculative=mtp:2:0.75"
    )


def test_acceptance_without_positions_is_solved_from_the_tokens_of_a_step() -> None:
    # 1 + 0.5 + 0.25 = 1.75 tokens a step: 75 accepted in 100 drafts of 2.
    changes = {
        "spec_decode_num_drafts": 100,
        "spec_decode_draft_tokens": 200,
        "spec_decode_accepted_tokens": 75,
    }
    row = imported(changes, engine_settings="speculative=ngram")
    assert row.engine_settings == "speculative=ngram:2:0.5"
    row = imported(
        {"spec_decode_acceptance_length": 1.75}, engine_settings="speculative=ngram:2:0.5"
    )
    assert row.engine_settings == "speculative=ngram:2:0.5"


@pytest.mark.parametrize(
    ("tokens_a_step", "tokens", "acceptance"),
    [(1.0, 3, 0.0), (4.0, 3, 1.0), (1.875, 3, 0.5), (3.439, 3, 0.9)],
)
def test_acceptance_from_tokens_a_step(
    tokens_a_step: float, tokens: int, acceptance: float
) -> None:
    assert acceptance_from(tokens_a_step, tokens) == pytest.approx(acceptance, abs=1e-4)


@pytest.mark.parametrize(
    ("changes", "settings", "reason"),
    [
        ({}, "speculative=ngram:4:0.75", "2 tokens were drafted a step, but --engine-settings say"),
        ({}, "speculative=ngram:2:0.6", "the acceptance in the file is 0.75"),
        (
            {"speculative_config": {"method": "eagle"}},
            "speculative=ngram",
            "speculative_config says method 'eagle', but --engine-settings say ngram",
        ),
        ({"speculative_config": {"method": "medusa"}}, None, "'medusa' is not one of ngram"),
        ({"speculative_config": "{"}, None, "speculative_config is '{', not JSON"),
        ({"speculative_config": 5}, None, "speculative_config is '5', not an object"),
        ({"spec_decode_num_drafts": 0}, "speculative=ngram", "drafted nothing; measure without"),
        ({"spec_decode_num_drafts": "x"}, "speculative=ngram", "spec_decode_num_drafts is"),
        ({"spec_decode_draft_tokens": 500}, "speculative=ngram", "2 tokens a step do not agree"),
        (
            {"spec_decode_accepted_tokens": 20},
            "speculative=ngram",
            "add up to 1.2 tokens a draft, but 0.4 were accepted",
        ),
        ({"spec_decode_accepted_tokens": 200}, "speculative=ngram", "4 tokens were accepted a dr"),
        (
            {"spec_decode_per_position_acceptance_rates": [75.0]},
            "speculative=ngram",
            "is not a list of shares from 0 to 1",
        ),
        (
            {
                "spec_decode_per_position_acceptance_rates": [],
                "spec_decode_draft_tokens": None,
            },
            "speculative=ngram",
            "does not state how many tokens were proposed a step; add",
        ),
    ],
)
def test_speculation_that_contradicts_itself_or_the_user_is_refused(
    changes: dict[str, object], settings: str | None, reason: str
) -> None:
    assert reason in refusal(DRAFTED | changes, engine_settings=settings)


def test_a_method_alone_needs_a_file_with_the_figures() -> None:
    with pytest.raises(InputError, match="give method:tokens:acceptance"):
        imported({}, engine_settings="speculative=ngram")


@pytest.mark.parametrize(
    ("backend", "engine"),
    [
        ("vllm", "vllm"),
        ("openai-chat", "vllm"),
        (None, "vllm"),
        ("sglang", "sglang"),
        ("tensorrt-llm", "tensorrt-llm"),
        ("lmdeploy", "lmdeploy"),
        ("tgi", "tgi"),
    ],
)
def test_the_engine_is_the_one_that_was_loaded(backend: str | None, engine: str) -> None:
    assert imported({"backend": backend, "endpoint_type": None}).engine == engine
    assert imported({"backend": "vllm", "endpoint_type": backend}).engine == engine


def test_the_user_names_the_engine_behind_the_default_backend() -> None:
    changes = {"backend": "vllm", "endpoint_type": "openai-comp"}
    assert imported(changes, engine="sglang").engine == "sglang"
    assert imported({"backend": "sglang"}, engine="sglang").engine == "sglang"


def test_another_engine_than_the_files_is_refused() -> None:
    told = refusal({"backend": "sglang"}, engine="vllm")
    assert "backend says the engine is sglang, but --engine says 'vllm'" in told
    told = refusal({"backend": "tgi", "endpoint_type": "sglang"})
    assert "backend says tgi and endpoint_type says sglang" in told
    assert "backend is 'abacus', not one of vllm," in refusal({"backend": "abacus"})


def test_options_of_a_sweep_are_settings() -> None:
    changes = {
        "max_num_seqs": 64,
        "max-num-batched-tokens": 4096,
        "tensor_parallel_size": 2,
        "quantization": "awq",
        "enforce_eager": False,
        "pipeline_parallel_size": 1,
    }
    row = imported(changes, engine_settings="prefix_hit_share=0.5")
    assert row.engine_settings == (
        "max_num_seqs=64; max_num_batched_tokens=4096; prefix_hit_share=0.5"
    )
    assert (row.gpu_count, row.quantization) == (2, "awq")


def test_eager_mode_and_stages_are_recorded_with_all_gpus() -> None:
    changes = {"enforce_eager": True, "pipeline_parallel_size": 2, "tensor_parallel_size": 2}
    row = imported(changes)
    assert row.engine_settings == "enforce_eager=true; pipeline_parallel_size=2"
    assert row.gpu_count == 4


@pytest.mark.parametrize(
    ("changes", "context", "reason"),
    [
        ({"enable_lora": True}, {}, "enable_lora is 'true', which a measurement cannot state"),
        ({"decode_context_parallel_size": 2}, {}, "decode_context_parallel_size is '2', which"),
        (
            {"pipeline_parallel_size": 2, "tensor_parallel_size": 2},
            {"gpu_count": 2},
            "tensor_parallel_size x pipeline_parallel_size is '4' in the file, but --gpu-count",
        ),
        ({"max_num_seqs": -5}, {}, "engine setting max_num_seqs: '-5' was given"),
        ({"max_num_seqs": [5]}, {}, "max_num_seqs is '[5]', not one value"),
        (
            {"max_num_seqs": 64},
            {"engine_settings": "max_num_seqs=32"},
            "max_num_seqs is '64' in the file, but --engine-settings say max_num_seqs=32",
        ),
        (
            {"tensor_parallel_size": 4},
            {"gpu_count": 2},
            "tensor_parallel_size is '4' in the file, but --gpu-count says 2",
        ),
        (
            {"quantization": "fp8"},
            {"quantization": "awq"},
            "quantization is 'fp8' in the file, but --quantization says 'awq'",
        ),
    ],
)
def test_settings_that_cannot_be_recorded_are_refused(
    changes: dict[str, object], context: dict[str, Any], reason: str
) -> None:
    assert reason in refusal(changes, **context)


def test_cards_noted_with_metadata_are_read() -> None:
    (row,) = parse_measurements(
        json.dumps(document("vllm_closed_loop_plain") | {"tp": "2", "pp_size": "2"}), "f.json", ON
    )
    assert (row.gpu_count, row.engine_settings) == (4, "pipeline_parallel_size=2")


@pytest.mark.parametrize("written", ["fp8", "fp8_e4m3", "fp8_e5m2"])
def test_the_formats_of_a_cache_of_8_bits_are_one(written: str) -> None:
    result = PLAIN | {"kv_cache_dtype": written}
    (row,) = parse_measurements(json.dumps(result), "f.json", ON)
    assert row.engine_settings == "kv_cache_dtype=fp8"
