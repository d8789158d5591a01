"""Memory that running requests fill, worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from store_samples import MEASUREMENT

from planner.catalog.lookup import Catalog
from planner.forecast.memory_in_use import MemoryInUse, memory_in_use
from planner.learning.from_measurements import observe


def in_use(catalog: Catalog, gpu: str, memory_gb: float, *concurrency: float) -> MemoryInUse:
    measured = replace(MEASUREMENT, gpu=gpu, gpu_memory_gb=memory_gb, quantization="awq")
    [observed], _ = observe([measured], catalog)
    return memory_in_use(observed, 8000, 150, np.array(concurrency))


def test_each_request_of_mistral_7b_fills_its_whole_blocks_of_tokens(catalog: Catalog) -> None:
    """8,150 tokens are 510 blocks of 16; a token takes 32 layers x 8 heads x 2 x 128 x 2 bytes."""
    each_gib = 510 * 16 * 131_072 / 2**30
    memory = in_use(catalog, "A100 80GB", 80.0, 1.0, 32.0)
    assert memory.requests_gib == pytest.approx((each_gib, 32 * each_gib))
    assert memory.reserved_gib == pytest.approx(memory.fixed_gib + memory.kv_cache_gib)


def test_requests_fill_no_more_than_the_kv_cache(catalog: Catalog) -> None:
    memory = in_use(catalog, "T4", 16.0, 64.0)
    assert memory.requests_gib[0] <= memory.kv_cache_gib
    assert memory.kv_cache_gib - memory.requests_gib[0] < 510 * 16 * 131_072 / 2**30
