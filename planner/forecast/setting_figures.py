"""What one engine setting does at a load point, in figures, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from planner.vllm.lora import LoraAdapters
from planner.vllm.rope_scaling import RopeScaling
from planner.vllm.speculative_decoding import SpeculativeDecoding

Certainty = Literal["measured", "sourced", "assumption"]


@dataclass(frozen=True, slots=True)
class PrefixCaching:
    """``hit_share`` of the prompt: ``cached_tokens`` of ``input_tokens``."""

    hit_share: float
    cached_tokens: float
    input_tokens: float


@dataclass(frozen=True, slots=True)
class BatchedTokens:
    """Tokens of an engine step, and the prefill passes a request that this adds.

    ``mixes_prompts`` if prompts would have steps of their own without the setting.
    """

    tokens: float
    default_tokens: float
    more_passes: float
    mixes_prompts: bool


@dataclass(frozen=True, slots=True)
class Speculation:
    """``tokens_per_step`` are gained on average; one more than those proposed are computed."""

    decoding: SpeculativeDecoding
    tokens_per_step: float


@dataclass(frozen=True, slots=True)
class KvCacheFormat:
    """Bytes of KV cache a token, and those of the default format."""

    dtype: str
    bytes_per_token: float
    default_bytes_per_token: float


@dataclass(frozen=True, slots=True)
class StretchedContext:
    """The longest context in tokens, and the model's own."""

    scaling: RopeScaling
    context_tokens: int
    own_context_tokens: int


@dataclass(frozen=True, slots=True)
class EagerMode:
    """Least milliseconds of a step."""

    step_ms: float


@dataclass(frozen=True, slots=True)
class Groups:
    """Groups of GPUs that work on different requests: pipeline stages, or data-parallel ranks."""

    count: int
    gpus_each: int


@dataclass(frozen=True, slots=True)
class SeveralMachines:
    """Machines that a replica spans, and the GPUs of each."""

    count: int
    gpus_each: int


@dataclass(frozen=True, slots=True)
class Adapters:
    """LoRA adapters, and the time of a request over that without them."""

    lora: LoraAdapters
    slowdown: float


Figures = (
    PrefixCaching
    | BatchedTokens
    | Speculation
    | KvCacheFormat
    | StretchedContext
    | EagerMode
    | Groups
    | SeveralMachines
    | Adapters
)


@dataclass(frozen=True, slots=True)
class SettingEffect:
    """What one engine setting does at a load point, and how sure that is.

    ``name`` is its field of ``EngineConfig``. ``change`` is the relative change
    of the seconds per request: -0.04 is 4 % less time. ``certainty``:
    *measured* in a calibration under this very setting, *sourced* from the
    named documentation or measurements, *assumption* if the size of the effect
    is not known; then the interval is wider.
    """

    name: str
    figures: Figures
    change: float
    certainty: Certainty
    source: str
