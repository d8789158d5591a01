"""Engine settings from options and scenario files to the answers and the command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from command_line import MISTRAL, answer, complaint, fill_store, run
from pypdf import PdfReader

REPLICA = ("--gpu", "A100 80GB", "--model", MISTRAL, "--quantization", "awq")
PREDICT = (
    *("predict", *REPLICA),
    *("--input-tokens", "8000", "--output-tokens", "150", "--concurrency", "4"),
)
PLAN = ("plan", "--quantization", "awq", "--gpu", "A100 80GB")
SPECULATING = ("--speculative-tokens", "5", "--speculative-acceptance", "0.8")


@pytest.fixture(autouse=True)
def _store() -> None:
    fill_store()


@pytest.mark.slow
def test_without_settings_the_answer_has_none() -> None:
    assert answer(*PREDICT)["settings"] == []
    assert all(option["settings"] == [] for option in answer(*PLAN)["options"])


def test_a_forecast_says_what_each_setting_does_and_who_says_so() -> None:
    forecast = answer(*PREDICT, "--prefix-hit-share", "0.0625", *SPECULATING)
    prefix, speculative = forecast["settings"]
    assert set(prefix) == {"name", "value", "effect", "certainty", "source"}
    assert (prefix["name"], prefix["certainty"]) == ("prefix_hit_share", "sourced")
    assert prefix["effect"].startswith("500 of 8,000 prompt tokens are in the cache")
    assert (speculative["name"], speculative["certainty"]) == ("speculative", "assumption")
    assert speculative["effect"].startswith("3.69 tokens a step, of 6 computed")
    assert "arXiv 2211.17192" in speculative["source"]
    plain = answer(*PREDICT)
    assert forecast["e2e_s_mean"]["value"] < plain["e2e_s_mean"]["value"]
    assert forecast["seconds_per_request"]["prefill"] < plain["seconds_per_request"]["prefill"]


def test_the_settings_are_told_in_words() -> None:
    shown = " ".join(run(*PREDICT, *SPECULATING, "--kv-cache-dtype", "fp8").stdout.split())
    assert "Speculative decoding ngram, 5 tokens, 80 % accepted: 3.69 tokens a step" in shown
    assert "KV cache format fp8: 65,536 bytes of KV cache a token instead of 131,072" in shown
    assert "(assumption; Leviathan et al." in shown


@pytest.mark.slow
def test_a_plan_carries_the_settings_into_its_command() -> None:
    plan = answer(
        *PLAN, "--prefix-hit-share", "0.5", "--max-num-batched-tokens", "4096", *SPECULATING
    )
    best = plan["recommended"]
    assert [s["name"] for s in best["settings"]] == [
        *("prefix_hit_share", "max_num_batched_tokens", "speculative"),
    ]
    command = best["fleet"][0]["vllm_command"]
    assert "--enable-prefix-caching --max-num-batched-tokens 4096" in command
    assert '"num_speculative_tokens": 5' in command
    assert plan["scenario"]["prefix_hit_share"] == 0.5
    plain = answer(*PLAN)["recommended"]
    more = best["capacity_documents_per_year"]["value"] / best["fleet"][0]["replicas"]
    fewer = plain["capacity_documents_per_year"]["value"] / plain["fleet"][0]["replicas"]
    assert more > fewer
    shown = " ".join(run(*PLAN, "--prefix-hit-share", "0.5").stdout.split())
    assert "Prefix cache hits 50 %: 3,981 of 7,961 prompt tokens" in shown


@pytest.mark.slow
def test_a_scenario_file_may_hold_them(tmp_path: Path) -> None:
    file = tmp_path / "scenario.yaml"
    file.write_text(
        "quantization: awq\ngpu: A100 80GB\nprefix_hit_share: 0.25\nkv_cache_dtype: fp8\n"
        "speculative_tokens: 3\nspeculative_acceptance: 0.6\nspeculative_method: draft_model\n"
        "speculative_draft_share: 0.02\nrope_scaling: yarn:2\ninput_tokens: 40000\n"
    )
    plan = answer("plan", str(file))
    assert len(plan["recommended"]["settings"]) == 4
    assert "./draft-model" in plan["recommended"]["fleet"][0]["vllm_command"]


def test_a_card_without_fp8_cache_is_refused_with_the_reason() -> None:
    plan = answer("plan", "--gpu", "V100 16GB", "--kv-cache-dtype", "fp8", status=1)
    reasons = json.dumps(plan["infeasible"])
    assert "An FP8 KV cache needs FlashInfer (compute capability 7.5 or higher)" in reasons


@pytest.mark.slow
def test_what_to_know_about_a_card_stands_beside_the_command(tmp_path: Path) -> None:
    words = (*PLAN, "--kv-cache-dtype", "fp8")
    [item] = answer(*words, "--pdf", str(tmp_path / "sizing.pdf"))["recommended"]["fleet"]
    [note] = item["notes"]
    assert note.startswith("An FP8 KV cache on A100 80GB works with the FlashInfer backend only")
    assert [item["notes"] for item in answer(*PLAN)["recommended"]["fleet"]] == [[]]
    pages = PdfReader(tmp_path / "sizing.pdf").pages
    report = "".join(page.extract_text() for page in pages)
    for text in (report, run(*words).stdout, run(*PREDICT, "--kv-cache-dtype", "fp8").stdout):
        assert "".join(note.split()) in "".join(text.split())


def memory(*words: str, status: int = 0) -> Any:
    return answer("memory", *REPLICA, *words, status=status)


def test_scaling_makes_room_for_a_longer_context() -> None:
    refused = memory("--max-model-len", "65536", status=1)
    assert "derived max_model_len (32768)" in refused["reason"]
    assert memory("--max-model-len", "65536", "--rope-scaling", "yarn:2")["fits"]


def test_a_draft_model_and_larger_steps_take_memory() -> None:
    plain = memory("--max-model-len", "8192")
    larger = memory("--max-model-len", "8192", "--max-num-batched-tokens", "32768")
    drafted = memory(
        *("--max-model-len", "8192", "--speculative-method", "draft_model"), *SPECULATING
    )
    assert larger["kv_cache_gib"] < plain["kv_cache_gib"]
    assert drafted["kv_cache_gib"] < plain["kv_cache_gib"]
    assert larger["bytes_per_token"] == plain["bytes_per_token"]


def test_memory_asks_for_the_draft_alone_and_not_for_what_it_proposes() -> None:
    method = ("--speculative-method", "eagle")
    assert memory(*method) == memory(*method, *SPECULATING)
    assert memory(*method)["kv_cache_gib"] < memory()["kv_cache_gib"]
    smaller = memory(*method, "--speculative-draft-share", "0.01")
    assert smaller["kv_cache_gib"] > memory(*method)["kv_cache_gib"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--prefix-hit-share", "1.5"), "--prefix-hit-share: "),
        (("--speculative-tokens", "4"), "per-position acceptance rates"),
        (("--speculative-method", "eagle"), "give speculative tokens from 1 to 32"),
        (("--speculative-method", "medusa"), "--speculative-method: "),
        (("--rope-scaling", "yarn"), "give kind:factor, such as yarn:4"),
        (("--kv-cache-dtype", "int4"), "--kv-cache-dtype: "),
        (("--max-num-batched-tokens", "4"), "--max-num-batched-tokens: "),
    ],
)
def test_what_cannot_be_set_is_refused_in_one_line(words: tuple[str, ...], told: str) -> None:
    assert told in complaint(*PREDICT, *words)
    assert told in complaint(*PLAN, *words)


@pytest.mark.slow
def test_a_document_beyond_the_context_names_the_scaling_that_would_hold_it() -> None:
    words = (*PLAN, "--input-tokens", "100000")
    assert "stretch this one's with RoPE scaling yarn:4" in complaint(*words)
    assert answer(*words, "--rope-scaling", "yarn:4", status=0)["recommended"] is not None


MEMORY = ("memory", "--gpu", "L40S", "--model", "Qwen/Qwen3-32B", "--quantization", "awq")


def test_memory_takes_vllms_options() -> None:
    plain = answer(*MEMORY, "--max-model-len", "4096")
    few = answer(*MEMORY, "--max-model-len", "4096", "--max-num-seqs", "8", "--enforce-eager")
    assert few["kv_cache_tokens"] > plain["kv_cache_tokens"]
    assert few["cuda_graph_gib"] == 0.0
    lora = answer(*MEMORY, "--max-model-len", "4096", "--enable-lora", "--max-lora-rank", "64")
    assert lora["adapter_gib"] > 0.5
    assert lora == answer(*MEMORY, "--max-model-len", "4096", "--lora-rank", "64")
    smaller = answer(*MEMORY, "--gpu-memory-gib", "24.0", "--max-model-len", "1024")
    assert smaller["kv_cache_gib"] < plain["kv_cache_gib"]


def test_three_gpus_are_stages_where_they_cannot_share_a_layer() -> None:
    refused = answer(*MEMORY, "--gpu-count", "3", "--max-model-len", "4096", status=1)
    assert "cannot be split over 3 GPUs" in refused["reason"]
    assert refused["remedy"].endswith("or --pipeline-parallel-size 3")
    staged = answer(*MEMORY, "--pipeline-parallel-size", "3", "--max-model-len", "4096")
    assert staged["fits"]
    assert staged["compatible"]
    told = complaint(*MEMORY, "--gpu-count", "4", "--pipeline-parallel-size", "3")
    assert "give a multiple of 3" in told


def test_options_that_contradict_the_load_or_vllm_are_refused() -> None:
    assert "give at least 8150" in complaint(*PREDICT, "--max-model-len", "8000")
    assert "LoRA rank 17 was given" in complaint(*PREDICT, "--lora-rank", "17")
    told = complaint(*MEMORY, "--limit-mm-per-prompt", "image")
    assert "give a number for each kind" in told
    assert "give at least 8150" in complaint(*PLAN, "--max-model-len", "8000")


def test_the_loader_of_several_formats_is_refused_for_a_model_that_has_none() -> None:
    memory = ("memory", "--gpu", "L40S", "--max-model-len", "1024")
    loader = ("--quantization", "compressed-tensors")
    told = complaint(*memory, "--model", MISTRAL, *loader)
    assert "has 16-bit weights; give the id of a quantized checkpoint, or its format" in told
    awq = "Qwen/Qwen2.5-32B-Instruct-AWQ"
    assert answer(*memory, "--model", awq, *loader)["read_as"]["quantization"] == "awq"


def test_eager_mode_and_adapters_are_settings_with_their_certainty() -> None:
    forecast = answer(*PREDICT, "--enforce-eager", "--lora-adapters", "2")
    eager, lora = forecast["settings"]
    assert (eager["name"], eager["certainty"]) == ("enforce_eager", "assumption")
    assert eager["effect"].startswith("without CUDA graphs a step takes about 40 ms at least")
    assert (lora["name"], lora["value"]) == ("lora", "2 of rank 16")
    assert (
        forecast["output_tokens_per_s"]["value"]
        < (answer(*PREDICT)["output_tokens_per_s"]["value"])
    )


@pytest.mark.slow
def test_a_plan_starts_its_replicas_as_it_was_asked() -> None:
    options = ("--max-num-seqs", "16", "--enforce-eager", "--lora-adapters", "1")
    [item] = answer(*PLAN, *options)["options"][0]["fleet"]
    words = item["vllm_command"]
    assert "--enforce-eager --enable-lora --max-loras 1 --max-lora-rank 16" in words
    assert item["concurrency"] <= 16


@pytest.mark.slow
def test_a_plan_makes_stages_where_heads_do_not_split() -> None:
    # 40 heads and 10 KV heads are shared by 2 GPUs, not by 4, and 2 x T4 are too small
    plan = answer(
        *("plan", "--model", "microsoft/Phi-3-medium-128k-instruct", "--quantization", "none"),
        *("--gpu", "T4", "--documents-per-year", "100000"),
    )
    stages = {
        option["fleet"][0]["gpu_count"]: option["fleet"][0]["pipeline_parallel_size"]
        for option in plan["options"]
    }
    assert stages == {4: 2}
