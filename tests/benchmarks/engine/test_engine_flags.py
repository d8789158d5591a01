"""The flags with which an engine is started."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from stand_in_system import deployment

from benchmarks.design.points import LargestLoad
from benchmarks.engine.engine_flags import (
    EngineLaunch,
    engine_flags,
    engine_spec,
    load_format_for,
    model_length,
    weights_on_disk,
)
from benchmarks.hardware.cards import Hardware
from planner.catalog.lookup import Catalog
from planner.errors import InputError
from planner.vllm.deployment import Deployment
from planner.vllm.settings_text import settings_in

MODEL = "mistralai/Mistral-7B-Instruct-v0.2"


def launch(deployment: Deployment, **changes: object) -> EngineLaunch:
    hardware = Hardware(deployment.gpu, deployment.gpu_count)
    values = {"model": MODEL, "deployment": deployment, "hardware": hardware}
    return EngineLaunch(**values | {"load_format": "dummy"} | changes)  # type: ignore[arg-type]


def flag(flags: tuple[str, ...], name: str) -> str:
    return dict(pairwise(flags))[name]


def test_requests_fit_with_a_margin_and_the_model_sets_the_limit() -> None:
    flags = engine_flags(launch(deployment()), LargestLoad(8150, 8))
    assert flag(flags, "--max-model-len") == "8313"  # 2 % more
    longest = engine_flags(launch(deployment()), LargestLoad(32760, 8))
    assert flag(longest, "--max-model-len") == "32768"
    assert "--no-enable-prefix-caching" in flags


def test_random_weights_are_quantized_by_the_config_of_a_checkpoint() -> None:
    config = json.loads(
        flag(engine_flags(launch(deployment()), LargestLoad(1000, 8)), "--hf-overrides")
    )
    assert config["quantization_config"]["quant_method"] == "awq"
    fp8 = replace(deployment(), quantization="fp8")
    assert flag(engine_flags(launch(fp8), LargestLoad(1000, 8)), "--quantization") == "fp8"


def test_a_checkpoint_that_is_quantized_already_needs_no_flag() -> None:
    flags = engine_flags(launch(deployment(), model="org/mistral-7b-AWQ"), LargestLoad(1000, 8))
    assert "--hf-overrides" not in flags


def test_real_weights_are_not_quantized_on_the_way() -> None:
    with pytest.raises(InputError, match="is not a checkpoint in awq"):
        engine_flags(launch(deployment(), load_format="auto"), LargestLoad(1000, 8))


def test_what_vllm_refuses_is_not_started(catalog: Catalog) -> None:
    volta = replace(deployment(), gpu=catalog.gpu("V100 16GB"))
    with pytest.raises(InputError, match="vLLM refuses"):
        engine_flags(launch(volta), LargestLoad(1000, 8))


def test_several_cards_share_a_replica() -> None:
    pair = replace(deployment(), gpu_count=2)
    assert flag(engine_flags(launch(pair), LargestLoad(1000, 8)), "--tensor-parallel-size") == "2"


def test_a_processor_gets_room_for_its_requests_and_no_more(catalog: Catalog) -> None:
    gpu = replace(catalog.gpu("A100 80GB"), name="cpu", memory_gib=64.0)
    plain = replace(deployment(), gpu=gpu, quantization="none")
    spec = engine_spec(launch(plain), ("vllm", "serve"), LargestLoad(8192, 4))
    # 128 KiB a token, 4 requests of 8,192 tokens
    assert spec.environment == {"VLLM_CPU_KVCACHE_SPACE": "4"}
    assert flag(spec.flags, "--dtype") == "bfloat16"
    assert "--enforce-eager" in spec.flags
    crowd = engine_spec(launch(plain), ("vllm", "serve"), LargestLoad(32768, 64))
    assert crowd.environment == {"VLLM_CPU_KVCACHE_SPACE": "16"}


def under(text: str, **changes: object) -> tuple[str, ...]:
    """The flags for the deployment under these settings."""
    on = replace(deployment(), engine=settings_in(text))
    return engine_flags(launch(on, **changes), LargestLoad(1000, 8))


def test_engine_settings_are_flags() -> None:
    flags = under("max_num_seqs=64; gpu_memory_utilization=0.85; prefix_hit_share=0.5")
    assert flag(flags, "--max-num-seqs") == "64"
    assert flag(flags, "--gpu-memory-utilization") == "0.85"
    assert "--enable-prefix-caching" in flags
    assert "--no-enable-prefix-caching" not in flags
    assert flag(under("max_num_batched_tokens=512"), "--max-num-batched-tokens") == "512"
    assert flag(under("kv_cache_dtype=fp8"), "--kv-cache-dtype") == "fp8"
    assert "--max-num-seqs" not in under("")


def test_speculation_is_spelled_for_the_installed_version() -> None:
    draft = "speculative=draft_model:3:0.7"
    new = json.loads(flag(under(draft, draft="org/draft"), "--speculative-config"))
    assert new == {"num_speculative_tokens": 3, "model": "org/draft"}
    old = under(draft, draft="org/draft", version="0.7.3")
    assert flag(old, "--speculative-model") == "org/draft"


def test_a_longer_context_takes_theta_from_the_models_config(tmp_path: Path) -> None:
    yarn = "rope_scaling=yarn:2"
    with pytest.raises(InputError, match=r"--rope-scaling needs rope_theta of the config\.json of"):
        under(yarn)
    (tmp_path / "config.json").write_text('{"rope_theta": 1000000.0}')
    flags = under(yarn, model=str(tmp_path))
    assert flags.count("--hf-overrides") == 1
    overrides = json.loads(flag(flags, "--hf-overrides"))
    assert overrides["quantization_config"]["quant_method"] == "awq"
    assert overrides["rope_parameters"] == {
        "rope_type": "yarn",
        "factor": 2.0,
        "original_max_position_embeddings": 32768,
        "rope_theta": 1000000.0,
    }
    long = replace(deployment(), engine=settings_in(yarn))
    assert model_length(60_000, long) == 61_200
    assert model_length(65_000, long) == 65_536


def test_a_processor_runs_as_many_together_as_was_asked_for(catalog: Catalog) -> None:
    gpu = replace(catalog.gpu("A100 80GB"), name="cpu", architecture="CPU")
    on = replace(deployment(), gpu=gpu, quantization="none", engine=settings_in("max_num_seqs=4"))
    assert flag(engine_flags(launch(on), LargestLoad(1000, 8)), "--max-num-seqs") == "4"


def test_weights_decide_how_a_model_is_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    folder = tmp_path / "model"
    folder.mkdir()
    assert load_format_for(str(folder), None) == "dummy"
    (folder / "model.safetensors").touch()
    assert load_format_for(str(folder), None) == "auto"
    assert load_format_for(str(folder), "dummy") == "dummy"
    snapshot = tmp_path / "hub" / "models--org--m" / "snapshots" / "abc"
    snapshot.mkdir(parents=True)
    assert not weights_on_disk("org/m")
    (snapshot / "model-00001.safetensors").touch()
    assert weights_on_disk("org/m")
