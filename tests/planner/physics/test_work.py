"""What a deployment has to do for each token."""

from __future__ import annotations

import pytest

from planner.catalog.lookup import Catalog
from planner.physics.work import work_of
from planner.vllm.deployment import Deployment
from planner.vllm.engine_settings import EngineConfig
from planner.vllm.memory import sized


@pytest.mark.parametrize("dtype", ["auto", "fp8"])
@pytest.mark.parametrize("version", ["0.11.0", "0.11.2", None])
def test_forecast_and_memory_have_the_same_kv_cache(
    catalog: Catalog, version: str | None, dtype: str
) -> None:
    # vLLM 0.11.0 keeps FP8 for sparse attention even if the format is "auto"
    deployment = Deployment(
        catalog.gpu("H200"),
        8,
        catalog.model("deepseek-ai/DeepSeek-V3.2"),
        "fp8",
        EngineConfig(version=version, kv_cache_dtype=dtype),
    )
    assert work_of(deployment).kv_bytes_per_token == 8 * sized(deployment).bytes_per_token
