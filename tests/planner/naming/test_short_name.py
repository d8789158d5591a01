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
        ("Qwen3 235B", "Qwen/Qwen3-235B-A22B"),
        ("phi4:14b", "microsoft/phi-4"),
        ("llama 7b", "huggyllama/llama-7b"),
        ("ministral-14b-2512", "mistralai/Ministral-3-14B-Instruct-2512"),
    ],
)
def test_a_short_name_is_the_shape_that_all_longer_ones_have(written: str, hf_id: str) -> None:
    found = load_catalog().model_of(written)
    assert found is not None
    assert found.hf_id == hf_id


@pytest.mark.parametrize(
    ("written", "context"),
    [
        *(
            ("Qwen3 235B", 40_960),
            ("Qwen3 235B Thinking", 262_144),
            ("Qwen3 30B Instruct", 262_144),
        ),
        ("phi4:14b", 16_384),  # Phi-4-reasoning has twice as much
    ],
)
def test_the_words_for_tuning_decide_between_releases_of_one_shape(
    written: str, context: int
) -> None:
    assert load_catalog().model(written).max_position_embeddings == context


@pytest.mark.parametrize(
    ("written", "named"),
    [
        # a family whose first generation, or another of whose variants, is a network of its own
        *(("internlm-20b", "internlm2-20b"), ("starcoder:15b", "starcoder2-15b")),
        *(("starcoder 7b", "starcoder2-7b"), ("starcoder 3b", "starcoder2-3b")),
        *(("chatglm-6b", "chatglm3-6b"), ("baichuan-7b", "Baichuan2-7B-Chat")),
        *(("gemma 9b", "gemma-2-9b-it"), ("falcon 10b", "Falcon3-10B-Instruct")),
        *(("glm 32b", "GLM-4-32B-0414"), ("deepseek 67b", "deepseek-llm-67b-chat")),
        *(("nemotron 8b", "Nemotron-Orchestrator-8B"), ("stablelm 3b", "stablelm-3b-4e1t")),
        *(("minitron 8b", "Mistral-NeMo-Minitron-8B"), ("phi:2.7b", "phi-2")),
        ("nemotron super 120b", "NVIDIA-Nemotron-3-Super-120B-A12B"),
    ],
)
def test_a_name_that_another_model_may_have_is_not_read_but_answered_with_the_known_one(
    written: str, named: str
) -> None:
    with pytest.raises(InputError, match="leaves out words that tell models apart; if") as caught:
        load_catalog().model(written)
    assert named in str(caught.value)
    assert load_catalog().model_of(written) is None


@pytest.mark.parametrize(
    ("written", "named"),
    [
        ("Mistral 7B", "mistralai/Mistral-7B-Instruct-v0.3"),  # v0.1 has a sliding window
        ("Llama 70B", "meta-llama/Llama-3.3-70B-Instruct"),
        ("deepseek-r1:8b", "deepseek-ai/DeepSeek-R1-0528-Qwen3-8B"),
        ("devstral:24b", "mistralai/Devstral-Small-2-24B-Instruct-2512"),
        ("internvl 38b", "OpenGVLab/InternVL3-38B"),
        ("mistral 120b", "mistralai/Mistral-Small-4-119B-2603"),
    ],
)
def test_a_short_name_of_several_shapes_lists_them(written: str, named: str) -> None:
    with pytest.raises(InputError, match="has versions of different shapes; give one of") as caught:
        load_catalog().model(written)
    assert named in str(caught.value)


def test_versions_that_differ_in_their_context_alone_are_not_said_to_have_other_shapes() -> None:
    with pytest.raises(InputError, match=r"has versions of different contexts; .*13b-v1\.5-16k"):
        load_catalog().model("vicuna 13b")


def test_an_id_with_an_owner_is_not_short() -> None:
    """nvidia/Minitron-8B-Base is no Mistral-NeMo-Minitron-8B."""
    with pytest.raises(InputError, match="is not in the catalogue"):
        load_catalog().model("nvidia/Minitron-8B-Base")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Qwen3-Next", "Qwen/Qwen3-Next-80B-A3B-Instruct"),
        ("gpt-oss", "openai/gpt-oss-120b or openai/gpt-oss-20b"),
        ("llama3.2", "meta-llama/Llama-3.2-3B-Instruct"),
        ("Llama 4 Maverick", "meta-llama/Llama-4-Maverick-17B-128E-Instruct"),
    ],
)
def test_a_name_without_a_size_is_asked_about_by_its_words(written: str, meant: str) -> None:
    with pytest.raises(InputError, match="did you mean") as caught:
        load_catalog().model(written)
    assert meant in str(caught.value)
    assert "huggyllama" not in str(caught.value)
