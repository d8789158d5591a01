from __future__ import annotations

import pytest

from planner.catalog.names import (
    architecture_key,
    gpu_key,
    is_path,
    loose,
    model_key,
    nearest,
    quoted,
    without_publisher_prefix,
)


@pytest.mark.parametrize("name", ["NVIDIA L40S", "l40s", "L-40 S", "nvidia l40s"])
def test_a_cards_key_ignores_vendor_case_and_punctuation(name: str) -> None:
    assert gpu_key(name) == "l40s"


def test_a_models_key_leaves_the_publisher_out_and_the_size_in() -> None:
    assert model_key("meta-llama/Meta-Llama-3.1-8B-Instruct") == "llama3.1-8binstruct"


@pytest.mark.parametrize(
    "name",
    [
        *("TheBloke/CodeLlama-13B-Instruct-AWQ", "codellama/CodeLlama-13b-hf"),
        *("CodeLlama-13B (ours)", "CodeLlama-13B-unsloth-bnb-4bit", "CodeLlama-13b-FP8-block"),
        *("CodeLlama-13B-GPTQ-4b-128g", "CodeLlama-13B-quantized.w4a16", "CodeLlama-13B-FP8-KV"),
    ],
)
def test_tuning_and_quantization_leave_the_architecture_alone(name: str) -> None:
    assert architecture_key(name) == "codellama13b"


def test_versions_and_sizes_do_not() -> None:
    keys = ["Mistral-7B-v0.1", "Mistral-7B-v0.3", "Qwen3-8B", "Qwen3-4B", "Qwen3-VL-8B"]
    assert len({architecture_key(key) for key in keys}) == 5


def test_what_separates_digits_tells_sizes_apart_until_it_is_lost() -> None:
    assert model_key("facebook/opt-1.3b") == "opt1.3b"
    assert model_key("facebook/opt-13b") == "opt13b"
    assert model_key("meta-llama-31-70b") == "llama31-70b"
    assert loose("llama31-70b") == loose("llama3.1-70b") == "llama3170b"


def test_a_date_is_dropped_only_where_a_size_is_stated() -> None:
    assert architecture_key("Qwen3-4B-Instruct-2507") == architecture_key("Qwen3-4B")
    assert architecture_key("Mistral-Small-2409") != architecture_key("Mistral-Small-2503")


def test_a_known_publisher_before_an_underscore_is_dropped() -> None:
    publishers = {"nvidia"}
    written = "ArtusDev/nvidia_Llama-3.1-Nemotron-70B-Instruct-HF"
    assert without_publisher_prefix(written, publishers) == "Llama-3.1-Nemotron-70B-Instruct-HF"
    assert without_publisher_prefix("ours/legal_Llama-3.1-8B", publishers).startswith("ours/")


def test_the_nearest_names_come_best_first() -> None:
    assert nearest("rtx 3099", ["A100 80GB", "RTX 3090", "RTX 4090"])[0] == "RTX 3090"
    assert nearest("zzz", ["A100 80GB"]) == []


def test_what_was_typed_is_quoted_short_and_on_one_line() -> None:
    assert quoted("a\nb") == r"'a\nb'"
    assert len(quoted("x" * 10_000)) <= 82


@pytest.mark.parametrize(("given", "path"), [("./x", True), ("a.json", True), ("Qwen/x", False)])
def test_paths_are_told_from_names(given: str, path: bool) -> None:
    assert is_path(given) is path
