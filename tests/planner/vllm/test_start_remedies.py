"""A remedy is tried before it is named: it starts, and it is not what was refused."""

from __future__ import annotations

import shlex
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from planner.catalog.lookup import load_catalog
from planner.networks.quantization import Quantization
from planner.vllm.deployment import Deployment
from planner.vllm.engine_settings import EngineConfig
from planner.vllm.memory import estimate

CATALOG = load_catalog()
FIELD = {
    "--max-model-len": ("max_model_len", int),
    "--gpu-memory-utilization": ("gpu_memory_utilization", float),
    "--max-num-seqs": ("max_num_seqs", int),
}


def changed(engine: EngineConfig, words: str) -> EngineConfig:
    option, *value = shlex.split(words)
    if option == "--enforce-eager":
        return replace(engine, enforce_eager=True)
    field, read = FIELD[option]
    return replace(engine, **{field: read(value[0])})


@given(
    gpu=st.sampled_from([gpu.name for gpu in CATALOG.gpus]),
    model=st.sampled_from([model.name for model in CATALOG.models]),
    quantization=st.sampled_from(["none", "awq", "gptq", "fp8"]),
    gpu_count=st.sampled_from([1, 2, 4]),
    version=st.sampled_from([None, "0.4.3", "0.6.4", "0.8.1", "0.11.0", "0.15.0", "0.22.0"]),
    utilization=st.floats(0.3, 1.0),
    sequences=st.none() | st.integers(1, 1024),
    stages=st.sampled_from([1, 2]),
)
def test_every_setting_that_is_named_starts_and_is_new(
    gpu: str,
    model: str,
    quantization: Quantization,
    gpu_count: int,
    version: str | None,
    utilization: float,
    sequences: int | None,
    stages: int,
) -> None:
    engine = EngineConfig(
        version=version,
        gpu_memory_utilization=utilization,
        max_num_seqs=sequences,
        pipeline_parallel_size=stages,
    )
    refused = Deployment(
        CATALOG.gpu(gpu),
        gpu_count * stages,
        CATALOG.model(model),
        quantization,
        engine,
    )
    found = estimate(refused)
    if found.fits:
        return
    for remedy in str(found.remedy).split(", "):
        if remedy.startswith("--"):
            tried = changed(engine, remedy)
            assert tried != engine
            assert estimate(replace(refused, engine=tried)).fits


def test_a_share_that_was_refused_is_not_its_own_remedy() -> None:
    # vllm-project/vllm issue 11251: "--gpu-memory-utilization 0.96" was the remedy at 0.96
    engine = EngineConfig(version="0.4.3", gpu_memory_utilization=0.999, max_model_len=16)
    card = replace(CATALOG.gpu("A100 80GB"), memory_gib=14.0)
    found = estimate(Deployment(card, 1, CATALOG.model("Mistral-7B-Instruct-v0.2"), "none", engine))
    assert not found.fits
    assert "0.999" not in str(found.remedy)
