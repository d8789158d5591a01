"""Models as people write them, in ``memory``, ``predict``, ``plan`` and ``catalog``."""

from __future__ import annotations

import pytest
from command_line import answer, complaint, run

QWEN_AWQ = "Qwen/Qwen2.5-32B-Instruct-AWQ"
ON_A100 = ("--gpu", "A100 80GB")
LOAD = ("--input-tokens", "1000", "--output-tokens", "100", "--concurrency", "8")


@pytest.mark.slow
def test_memory_of_a_quantized_id_is_that_of_the_shape_in_its_format() -> None:
    by_name = answer("memory", *ON_A100, "--model", QWEN_AWQ)
    stated = answer(
        *("memory", *ON_A100, "--model", "Qwen/Qwen2.5-32B-Instruct", "--quantization", "awq")
    )
    assert by_name.pop("read_as") == {"model": "Qwen/Qwen2.5-32B-Instruct", "quantization": "awq"}
    assert stated.pop("read_as") is None
    assert by_name == stated


@pytest.mark.slow
def test_a_fine_tune_is_forecast_like_its_base() -> None:
    fine_tune = answer("predict", *ON_A100, "--model", "NousResearch/Hermes-3-Llama-3.1-8B", *LOAD)
    base = answer("predict", *ON_A100, "--model", "meta-llama/Llama-3.1-8B-Instruct", *LOAD)
    assert fine_tune["read_as"] == {
        "model": "meta-llama/Meta-Llama-3.1-8B-Instruct",
        "quantization": "none",
    }
    assert fine_tune | {"read_as": None} == base


@pytest.mark.slow
def test_a_quantization_that_the_name_contradicts_is_refused_with_the_reason() -> None:
    refused = answer("memory", *ON_A100, "--model", QWEN_AWQ, "--quantization", "fp8", status=1)
    assert refused["compatible"] is False
    assert "is published in awq and cannot be loaded as fp8" in refused["reason"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "command",
    [
        ("memory", *ON_A100, "--model", QWEN_AWQ),
        ("predict", *ON_A100, "--model", QWEN_AWQ, *LOAD),
        ("plan", *ON_A100, "--model", QWEN_AWQ),
        ("catalog", "models", QWEN_AWQ),
    ],
)
def test_every_command_says_which_shape_it_took(command: tuple[str, ...]) -> None:
    shown = " ".join(run(*command).stdout.split())
    assert (
        "Qwen2.5-32B-Instruct-AWQ is read as Qwen/Qwen2.5-32B-Instruct, awq, by its name." in shown
    )


@pytest.mark.slow
def test_a_plan_compares_only_the_format_of_the_name_and_serves_that_checkpoint() -> None:
    plan = answer("plan", *ON_A100, "--model", QWEN_AWQ)
    assert plan["read_as"]["quantization"] == "awq"
    fleets = [option["fleet"][0] for option in plan["options"]]
    assert {fleet["quantization"] for fleet in fleets} == {"awq"}
    assert fleets[0]["vllm_command"].startswith(f"vllm serve {QWEN_AWQ} ")


@pytest.mark.slow
def test_the_catalogue_shows_the_model_that_a_name_means() -> None:
    (row,) = answer("catalog", "models", "unsloth/Llama-3.2-3B-Instruct-bnb-4bit")
    assert row["read_as"] == "meta-llama/Llama-3.2-3B-Instruct"
    assert (row["layers"], row["native_quantization"]) == (28, "bitsandbytes")


@pytest.mark.slow
def test_gguf_files_are_refused_in_one_line() -> None:
    said = complaint("memory", *ON_A100, "--model", "bartowski/Llama-3.2-3B-Instruct-GGUF")
    assert "vLLM serves only experimentally" in said
    assert "meta-llama/Llama-3.2-3B-Instruct" in said
