"""The engine settings of a deployment: vLLM's version and the options that change a forecast.

What each setting does to a request's terms is in ``setting_terms.py``, how certain
that effect is in ``setting_effects.py``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from planner.errors import InputError
from planner.vllm.lora import LoraAdapters
from planner.vllm.rope_scaling import RopeScaling
from planner.vllm.speculative_decoding import SpeculativeDecoding

KvCacheDtype = Literal["auto", "fp8"]
MoeBackend = Literal["auto", "triton", "marlin"]

LEAST_BATCHED_TOKENS = 16
"""One block of the KV cache; smaller engine steps are not worth planning for."""

MOST_PARALLEL = 64
"""More stages or ranks than any published replica has."""

SETTINGS = (
    "prefix_hit_share",
    "max_num_batched_tokens",
    "speculative",
    "kv_cache_dtype",
    "rope_scaling",
    "enforce_eager",
    "pipeline_parallel_size",
    "data_parallel_size",
    "machines",
    "lora",
)
"""Fields of ``EngineConfig`` whose effect on a forecast is stated, see ``setting_effects.py``."""

SAME_SHARE = 0.05
"""Shares of tokens (cache hits, accepted ones) that differ by less count as one setting.

Measured shares come in whole blocks of the cache and differ from point to point by about
a block of 16 tokens in 320."""


@dataclass(frozen=True, slots=True)
class EngineConfig:
    """vLLM settings that change a forecast. None means vLLM's default for that version.

    ``version`` None means "not stated": limits are then those that hold in
    every version, and speeds those of the versions that were measured.
    ``prefix_hit_share`` is the share of prompt tokens that are found in the
    prefix cache, 0 if prompts have no common beginning. ``text_only`` is a model
    that reads images, used without them (``--limit-mm-per-prompt`` 0 of each kind).
    ``allow_long_max_model_len`` is VLLM_ALLOW_LONG_MAX_MODEL_LEN=1. ``moe_backend``
    is the kernel of MXFP4 experts, *auto* the one that the version prefers. ``prefix_caching``
    says whether the option for it is given: it is on by default where it costs no memory.
    ``flashinfer_sampler`` is True if FlashInfer samples: from 0.8 to 0.10.1 wherever it is
    installed, as in vLLM's docker images, later with VLLM_USE_FLASHINFER_SAMPLER=1.
    ``max_cudagraph_capture_size`` is the largest step, in tokens, with a CUDA graph.
    ``machines`` share the stages of the pipeline.
    Raises InputError with the field for a value that is out of range or contradicts another.
    """

    version: str | None = None
    gpu_memory_utilization: float | None = None
    max_model_len: int | None = None
    max_num_seqs: int | None = None
    max_num_batched_tokens: int | None = None
    kv_cache_dtype: str = "auto"
    prefix_hit_share: float = 0.0
    speculative: SpeculativeDecoding | None = None
    rope_scaling: RopeScaling | None = None
    enforce_eager: bool = False
    pipeline_parallel_size: int = 1
    data_parallel_size: int = 1
    enable_expert_parallel: bool = False
    lora: LoraAdapters | None = None
    text_only: bool = False
    allow_long_max_model_len: bool = False
    moe_backend: MoeBackend = "auto"
    prefix_caching: bool | None = None
    flashinfer_sampler: bool = False
    max_cudagraph_capture_size: int | None = None
    machines: int = 1

    def __post_init__(self) -> None:
        if not 0.0 <= self.prefix_hit_share <= 1.0:
            raise InputError(
                f"prefix hit share {self.prefix_hit_share:g} was given; give a share from 0 to 1, "
                "such as 0.0625 for an instruction of 500 of 8,000 tokens",
                field="prefix_hit_share",
            )
        if self.prefix_hit_share > 0.0 and self.prefix_caching is False:
            raise InputError(
                f"prefix hit share {self.prefix_hit_share:g} was given without prefix caching; "
                "give a share of 0, or leave prefix caching on",
                field="prefix_hit_share",
            )
        for field in ("pipeline_parallel_size", "data_parallel_size"):
            if not 1 <= getattr(self, field) <= MOST_PARALLEL:
                raise InputError(
                    f"{field} {getattr(self, field)} was given; give 1 to {MOST_PARALLEL}",
                    field=field,
                )
        if self.max_cudagraph_capture_size is not None and self.max_cudagraph_capture_size < 1:
            raise InputError(
                f"max_cudagraph_capture_size {self.max_cudagraph_capture_size} was given; give 1 "
                "or more, or --enforce-eager to have no CUDA graphs",
                field="max_cudagraph_capture_size",
            )

    @property
    def changed_settings(self) -> frozenset[str]:
        """Names of those ``SETTINGS`` that are not at their defaults."""
        return frozenset(n for n in SETTINGS if getattr(self, n) != getattr(_DEFAULTS, n))

    def same_settings(self, other: EngineConfig) -> bool:
        """True if all ``SETTINGS`` are alike."""
        return all(self.is_alike(other, name) for name in SETTINGS)

    def is_alike(self, other: EngineConfig, setting: str) -> bool:
        """True if one of ``SETTINGS`` is the same; shares may differ by ``SAME_SHARE``."""
        mine, its = getattr(self, setting), getattr(other, setting)
        if setting == "prefix_hit_share":
            return _is_same_share(mine, its)
        if isinstance(mine, SpeculativeDecoding) and isinstance(its, SpeculativeDecoding):
            same_draft = replace(mine, acceptance=its.acceptance) == its
            return same_draft and _is_same_share(mine.acceptance, its.acceptance)
        return bool(mine == its)

    def without(self, setting: str) -> EngineConfig:
        """A copy with one setting at its default."""
        return replace(self, **{setting: getattr(_DEFAULTS, setting)})


_DEFAULTS = EngineConfig()


def _is_same_share(share: float, other: float) -> bool:
    """True if both are 0, or neither is and they differ by at most ``SAME_SHARE``.

    A share of 0 means that the setting was off, so it is unlike any small share.
    """
    return (share == 0.0) == (other == 0.0) and abs(share - other) <= SAME_SHARE
