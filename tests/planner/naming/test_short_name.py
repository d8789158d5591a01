"""Names that people type with words left out."""

from __future__ import annotations

import pytest

from planner.catalog.lookup import load_catalog
from planner.errors import InputError
from planner.naming.short_name import full_names

NAMES = {
    "Qwen/Qwen3-235B-A22B": 235e9,
    "Qwen/Qwen3-VL-235B-A22B-Instruct": 235e9,
    "Qwen/Qwen3-32B": 32.8e9,
    "meta-llama/Llama-2-70b-chat-hf": 69e9,
    "meta-llama/Llama-3.3-70B-Instruct": 70.6e9,
    "NousResearch/Hermes-2-Pro-Llama-3-8B": 8e9,
    "microsoft/phi-4": 14.66e9,
    "deepseek-ai/DeepSeek-R1": 671e9,
    "deepseek-ai/DeepSeek-R1-Distill-Llama-70B": 70.6e9,
}


@pytest.mark.parametrize(
    ("written", "full"),
    [
        ("Qwen3 235B", ["Qwen/Qwen3-235B-A22B"]),
        ("qwen 3 vl 235b", ["Qwen/Qwen3-VL-235B-A22B-Instruct"]),
        ("Llama 70B", ["meta-llama/Llama-2-70b-chat-hf", "meta-llama/Llama-3.3-70B-Instruct"]),
        ("llama 3.3 70b", ["meta-llama/Llama-3.3-70B-Instruct"]),
        ("deepseek-r1:70b", ["deepseek-ai/DeepSeek-R1-Distill-Llama-70B"]),
        ("deepseek-r1:671b", ["deepseek-ai/DeepSeek-R1"]),
        ("phi4:14b", ["microsoft/phi-4"]),
        ("phi4:15b", ["microsoft/phi-4"]),
        ("phi4:13b", []),  # 14.66 billion are 13 % more
        ("Hermes 3 8B", []),  # Hermes 2, made from Llama 3
        ("Qwen3-70B", []),
        ("Qwen3-235B-A3B", []),
        ("Qwen3 235B coder", []),
        ("70B", []),
        ("Qwen3", []),
        ("Llama 3.2 70B", []),
    ],
)
def test_every_word_and_the_size_must_stand_in_the_full_name(written: str, full: list[str]) -> None:
    assert list(full_names(written, NAMES.items())) == full


@pytest.mark.parametrize(
    ("written", "hf_id"),
    [
        ("deepseek-r1:70b", "deepseek-ai/DeepSeek-R1-Distill-Llama-70B"),
        ("command-r:35b", "CohereForAI/c4ai-command-r-v01"),
        ("Nemotron Super 49B", "nvidia/Llama-3_3-Nemotron-Super-49B-v1"),
        ("gemma 4 26b", "google/gemma-4-26B-A4B-it"),
        ("TinyLlama 1.1B", "TinyLlama/TinyLlama-1.1B-Chat-v1.0"),
        ("deepseek r1 70b awq", "deepseek-ai/DeepSeek-R1-Distill-Llama-70B"),
    ],
)
def test_a_short_name_is_the_shape_that_all_longer_ones_have(written: str, hf_id: str) -> None:
    assert load_catalog().model(written).read_as == hf_id


@pytest.mark.parametrize(
    ("written", "named"),
    [
        ("Mistral 7B", "mistralai/Mistral-7B-Instruct-v0.3"),  # v0.1 has a sliding window
        ("Llama 70B", "meta-llama/Llama-3.3-70B-Instruct"),
        ("deepseek-r1:8b", "deepseek-ai/DeepSeek-R1-0528-Qwen3-8B"),
        ("devstral:24b", "mistralai/Devstral-Small-2-24B-Instruct-2512"),
        ("Qwen3 235B", "Qwen/Qwen3-235B-A22B"),
    ],
)
def test_a_short_name_of_several_shapes_lists_them(written: str, named: str) -> None:
    with pytest.raises(InputError, match="has versions of different shapes; give one of") as caught:
        load_catalog().model(written)
    assert named in str(caught.value)


def test_an_id_with_an_owner_is_not_short() -> None:
    """nvidia/Minitron-8B-Base is no Mistral-NeMo-Minitron-8B."""
    with pytest.raises(InputError, match="is not in the catalogue"):
        load_catalog().model("nvidia/Minitron-8B-Base")
