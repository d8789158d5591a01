"""Passes for prompts alone, between all together and each for itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from store_samples import MEASUREMENT

from planner.catalog.lookup import load_catalog
from planner.learning.from_measurements import observe
from planner.physics.prefill_passes import prefill_passes
from planner.vllm.deployment import Deployment
from planner.vllm.engine_settings import EngineConfig
from planner.vllm.scheduler import keeps_prompts_apart


def test_four_in_ten_prompts_find_no_other() -> None:
    # 1 / 5 + 0.4 x 4 / 5
    assert prefill_passes(True, np.array([1.0, 5.0])).tolist() == pytest.approx([1.0, 0.52])


def test_prompts_that_come_together_share_one_pass() -> None:
    passes = prefill_passes(True, np.array([1.0, 5.0]), together=True)
    assert passes.tolist() == pytest.approx([1.0, 0.2])


def test_an_engine_that_mixes_has_none() -> None:
    assert prefill_passes(False, np.array([1.0, 5.0])).tolist() == [0.0, 0.0]


@given(st.floats(1.0, 500.0), st.floats(1.0, 500.0))
def test_more_requests_never_cause_more_passes_each(one: float, other: float) -> None:
    few, many = sorted((one, other))
    passes = prefill_passes(True, np.array([few, many]))
    assert 1.0 >= passes[0] >= passes[1] > 0.0


@pytest.mark.parametrize(
    ("gpu", "engine", "mixes"),
    [
        ("A100 80GB", EngineConfig(version="0.6.3", max_model_len=8192), False),
        ("A100 80GB", EngineConfig(version="0.8.0", max_model_len=8192), True),
        ("A100 80GB", EngineConfig(max_model_len=8192), True),
        ("T4", EngineConfig(version="0.8.0", max_model_len=8192), False),  # V0 below Ampere
        ("T4", EngineConfig(version="0.11.0", max_model_len=8192), True),
        # V0 in chunks: by a step budget, or by default for a long context where it is stated
        (
            "A100 80GB",
            EngineConfig(version="0.6.3", max_model_len=8192, max_num_batched_tokens=2048),
            True,
        ),
        ("A100 80GB", EngineConfig(version="0.6.3", max_model_len=32_769), True),
        ("A100 80GB", EngineConfig(version="0.6.3", max_model_len=32_768), False),
        ("A100 80GB", EngineConfig(version="0.6.3"), False),
    ],
)
def test_which_engines_mix_prompts_with_decoding(
    gpu: str, engine: EngineConfig, mixes: bool
) -> None:
    catalog = load_catalog()
    model = catalog.model("meta-llama/Llama-3.1-8B-Instruct")  # of 131,072 tokens
    deployment = Deployment(catalog.gpu(gpu), 1, model, "none", engine)
    assert keeps_prompts_apart(deployment) is not mixes


@pytest.mark.parametrize("version", ["0.4.3", "0.6.3", "0.10.0", None])
@pytest.mark.parametrize("settings", [None, "max_model_len=8192", "max_model_len=65536"])
def test_a_measurement_and_a_forecast_of_it_mix_alike(
    version: str | None, settings: str | None
) -> None:
    long = "meta-llama/Llama-3.1-8B-Instruct"
    row = replace(MEASUREMENT, model=long, engine_version=version, engine_settings=settings)
    ([observed], _) = observe([row], load_catalog())
    apart = keeps_prompts_apart(observed.deployment)
    assert observed.observation.work.prompts_apart is apart
