"""The recommended command starts: for every quantization, and whatever the model is called."""

from __future__ import annotations

import shlex
from dataclasses import replace

import pytest

from planner.catalog.lookup import Catalog
from planner.vllm.deployment import Deployment
from planner.vllm.engine_settings import EngineConfig
from planner.vllm.serve_command import checkpoint_note, vllm_command


def deployment(catalog: Catalog, quantization: str, gpu_count: int = 1) -> Deployment:
    model = catalog.model("mistralai/Mistral-7B-Instruct-v0.2")
    engine = EngineConfig(max_model_len=8192)
    return Deployment(catalog.gpu("A100 80GB"), gpu_count, model, quantization, engine)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("quantization", "start"),
    [
        ("none", "vllm serve mistralai/Mistral-7B-Instruct-v0.2 --max-model-len"),
        ("fp8", "vllm serve mistralai/Mistral-7B-Instruct-v0.2 --quantization fp8 --max"),
        ("awq", "vllm serve ./Mistral-7B-Instruct-v0.2-awq --max-model-len"),
        ("int8", "vllm serve ./Mistral-7B-Instruct-v0.2-int8 --max-model-len"),
    ],
)
def test_only_what_vllm_quantizes_itself_is_asked_of_the_16_bit_checkpoint(
    catalog: Catalog, quantization: str, start: str
) -> None:
    assert shlex.join(vllm_command(deployment(catalog, quantization), 16, ())).startswith(start)


def test_a_quantized_checkpoint_of_ones_own_is_said_beside_the_command(catalog: Catalog) -> None:
    note = checkpoint_note(vllm_command(deployment(catalog, "awq"), 16, ()))
    assert note is not None
    assert "your quantized checkpoint" in note
    assert checkpoint_note(vllm_command(deployment(catalog, "none"), 16, ())) is None


def test_a_natively_quantized_model_is_served_as_it_is_published(catalog: Catalog) -> None:
    model = catalog.model("openai/gpt-oss-20b")
    native = replace(deployment(catalog, "mxfp4"), model=model)
    assert vllm_command(native, 16, ())[:4] == (
        *("vllm", "serve", "openai/gpt-oss-20b", "--max-model-len"),
    )


def test_cards_and_their_flags_are_named(catalog: Catalog) -> None:
    command = vllm_command(deployment(catalog, "none", 2), 16, ("--dtype half",))
    assert command[3:5] == ("--tensor-parallel-size", "2")
    assert command[-4:] == ("--max-num-seqs", "16", "--dtype", "half")


def test_a_hostile_model_name_is_one_word_of_the_shell(catalog: Catalog) -> None:
    model = replace(deployment(catalog, "none").model, hf_id="x; rm -rf ~ $(id)")
    hostile = replace(deployment(catalog, "none"), model=model)
    assert vllm_command(hostile, 1, ())[2] == "x; rm -rf ~ $(id)"
