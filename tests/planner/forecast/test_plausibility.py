"""What a card cannot have done is judged by the card, not by how its engine was scheduled."""

from __future__ import annotations

from dataclasses import replace

import pytest
from store_samples import MEASUREMENT

from planner.catalog.lookup import load_catalog
from planner.forecast.plausibility import excesses

ROW = replace(
    MEASUREMENT,
    gpu="A100",
    gpu_memory_gb=80.0,
    gpu_count=1,
    model="mistralai/Mistral-7B-Instruct-v0.2",
    base_model=None,
    quantization="none",
    load="closed_loop",
    input_tokens=10.0,
    output_tokens=2.0,
    concurrency=20.0,
    request_rate_per_s=None,
    requests=None,
    requests_per_s=None,
    output_tokens_per_s=2400.0,
)


@pytest.mark.parametrize("version", ["0.6.3", "0.10.0"])
def test_an_old_engine_is_not_taken_to_keep_prompts_apart(version: str) -> None:
    # The weights read twice for 20 requests, 0.1 x 14.2213e9 / 2.039e12 = 0.6975 ms a request,
    # arithmetic for 12 tokens, 12 x 2 x 7.241732e9 / 312e12 = 0.5571 ms, and 0.003 ms for
    # attention and KV cache: at most 2 / 1.258 ms = 1,590 output tokens/s
    (found,) = excesses([replace(ROW, engine_version=version)], load_catalog())
    assert found.times == pytest.approx(2400 / 1590, rel=5e-3)
