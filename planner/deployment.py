"""One replica: a model, how it is quantized, on which cards, with which engine settings."""

from __future__ import annotations

from dataclasses import dataclass, field

from planner.catalog import GPU, ModelSpec, Quantization


@dataclass(frozen=True, slots=True)
class EngineConfig:
    """vLLM settings that change a forecast. None means "vLLM's default for that version".

    ``version`` None means "not stated": limits then are those that hold in
    every version, and speeds those of the versions that were measured.
    """

    version: str | None = None
    gpu_memory_utilization: float | None = None
    max_model_len: int | None = None
    max_num_seqs: int | None = None
    max_num_batched_tokens: int | None = None
    kv_cache_dtype: str = "auto"
    prefix_caching: bool = False


@dataclass(frozen=True, slots=True)
class Deployment:
    """One replica. ``gpu_count`` is the tensor-parallel size."""

    gpu: GPU
    gpu_count: int
    model: ModelSpec
    quantization: Quantization
    engine: EngineConfig = field(default_factory=EngineConfig)
