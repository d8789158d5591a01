"""GPU memory that vLLM has in use with some requests running, from the shape of the model."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from planner.learning.from_measurements import Observed
from planner.physics.concurrency import effective_concurrency
from planner.vllm.memory import sized

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class MemoryInUse:
    """GiB on each GPU. vLLM takes ``reserved_gib`` when it starts, whatever runs later.

    ``fixed_gib`` are weights, activations, CUDA graphs and what lies outside PyTorch.
    ``requests_gib`` (n,) is the KV cache that the running requests fill at the end of their
    answers; the rest of ``kv_cache_gib`` is empty.
    """

    reserved_gib: float
    fixed_gib: float
    kv_cache_gib: float
    requests_gib: tuple[float, ...]


def memory_in_use(
    row: Observed, input_tokens: float, output_tokens: float, concurrency: Array
) -> MemoryInUse:
    """Memory under a measurement's deployment at n concurrencies, by ``planner.vllm.memory``."""
    tokens = max(1, math.ceil(input_tokens + output_tokens))
    engine = replace(row.deployment.engine, max_model_len=tokens)
    found = sized(replace(row.deployment, engine=engine))
    ones = np.ones_like(concurrency)
    work = row.observation.work
    running = effective_concurrency(work, input_tokens * ones, output_tokens * ones, concurrency)
    pool = found.kv_cache_gib
    # One request takes what the pool holds over how many of them it holds.
    each = pool / found.max_concurrency if found.max_concurrency else 0.0
    reserved = row.deployment.gpu.memory_gib * found.gpu_memory_utilization
    return MemoryInUse(
        reserved_gib=reserved,
        fixed_gib=reserved - pool,
        kv_cache_gib=pool,
        requests_gib=tuple(float(min(pool, n * each)) for n in running),
    )
