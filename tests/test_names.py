from __future__ import annotations

import pytest

from planner.names import architecture_key, gpu_key, is_path, model_key, nearest, quoted


@pytest.mark.parametrize("name", ["NVIDIA L40S", "l40s", "L-40 S", "nvidia l40s"])
def test_a_cards_key_ignores_vendor_case_and_punctuation(name: str) -> None:
    assert gpu_key(name) == "l40s"


def test_a_models_key_leaves_the_publisher_out_and_the_size_in() -> None:
    assert model_key("meta-llama/Meta-Llama-3.1-8B-Instruct") == "llama318binstruct"


@pytest.mark.parametrize(
    "name",
    ["TheBloke/CodeLlama-13B-Instruct-AWQ", "codellama/CodeLlama-13b-hf", "CodeLlama-13B (ours)"],
)
def test_tuning_and_quantization_leave_the_architecture_alone(name: str) -> None:
    assert architecture_key(name) == "codellama13b"


def test_versions_and_sizes_do_not() -> None:
    keys = ["Mistral-7B-v0.1", "Mistral-7B-v0.3", "Qwen3-8B", "Qwen3-4B", "Qwen3-VL-8B"]
    assert len({architecture_key(key) for key in keys}) == 5


def test_the_nearest_names_come_best_first() -> None:
    assert nearest("rtx 3099", ["A100 80GB", "RTX 3090", "RTX 4090"])[0] == "RTX 3090"
    assert nearest("zzz", ["A100 80GB"]) == []


def test_what_was_typed_is_quoted_short_and_on_one_line() -> None:
    assert quoted("a\nb") == r"'a\nb'"
    assert len(quoted("x" * 10_000)) <= 82


@pytest.mark.parametrize(("given", "path"), [("./x", True), ("a.json", True), ("Qwen/x", False)])
def test_paths_are_told_from_names(given: str, path: bool) -> None:
    assert is_path(given) is path
