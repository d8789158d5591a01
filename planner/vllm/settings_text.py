"""Engine settings as one line of text, for example in a measurement.

``max_num_seqs=64; kv_cache_dtype=fp8; prefix_hit_share=0.5; speculative=ngram:4:0.7``: fields
of ``EngineConfig`` with their values. They are read in any order and spacing, and written in the
order of ``NAMES`` if they are not at vLLM's default. The engine's version has its own column;
that a context beyond the model's was allowed is not recorded.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, cast, get_args

from planner.catalog.names import quoted
from planner.errors import InputError
from planner.vllm.engine_settings import (
    LEAST_BATCHED_TOKENS,
    MOST_PARALLEL,
    EngineConfig,
    KvCacheDtype,
    MoeBackend,
)
from planner.vllm.exact_number import exact
from planner.vllm.lora import lora_adapters_from
from planner.vllm.rope_scaling import rope_scaling_from
from planner.vllm.speculative_decoding import SpeculativeDecoding, SpeculativeMethod

MOST_SEQUENCES = 100_000
MOST_TOKENS = 100_000_000
LEAST_UTILIZATION = 0.01


def settings_in(text: str | None) -> EngineConfig:
    """The settings that a text states; all others are at vLLM's defaults. None states nothing.

    Raises InputError (field ``engine_settings``) for a setting that is unknown, invalid or
    stated twice.
    """
    stated: dict[str, Any] = {}
    for item in filter(None, map(str.strip, (text or "").split(";"))):
        name, separator, value = (part.strip() for part in item.partition("="))
        if not separator or name not in _READERS:
            raise _refused(
                f"{_cut(quoted(item))} is not an engine setting; give name=value, separated by ; "
                f"(names: {', '.join(NAMES)})"
            )
        if name in stated:
            raise _refused(f"engine setting {name} is stated twice; leave one of them out")
        try:
            stated[name] = _READERS[name](value)
        except InputError as error:
            raise _refused(f"engine setting {name}: {error}") from error
    return EngineConfig(**stated)


def settings_text(engine: EngineConfig) -> str | None:
    """The text for all settings that are not at their defaults; None if there are none."""
    default = EngineConfig()
    values = {name: getattr(engine, name) for name in NAMES}
    stated = (f"{n}={_written(v)}" for n, v in values.items() if v != getattr(default, n))
    return "; ".join(stated) or None


def canonical(text: str | None) -> str | None:
    """The same settings in the order of ``NAMES``. Raises InputError like ``settings_in``."""
    return settings_text(settings_in(text))


def _cut(shown: str) -> str:
    """At most 100 characters: escapes make even a short text long."""
    return shown if len(shown) <= 100 else f"{shown[:97]}..."


def _written(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return exact(value)
    if isinstance(value, SpeculativeDecoding):
        draft = () if value.draft_share is None else (exact(value.draft_share),)
        return ":".join((value.method, str(value.tokens), exact(value.acceptance), *draft))
    return str(value)


def _whole(least: int, most: int) -> Callable[[str], int]:
    def read(value: str) -> int:
        number = _number(value)
        if not (least <= number <= most and number.is_integer()):
            raise _refused(f"{quoted(value)} was given; give a whole number, {least} to {most}")
        return int(number)

    return read


def _share(least: float) -> Callable[[str], float]:
    def read(value: str) -> float:
        share = _number(value)
        if not least <= share <= 1.0:
            raise _refused(f"{quoted(value)} was given; give a share from {least:g} to 1")
        return share

    return read


def _one_of(allowed: tuple[str, ...]) -> Callable[[str], str]:
    def read(value: str) -> str:
        if value not in allowed:
            raise _refused(f"{quoted(value)} was given; give one of {', '.join(allowed)}")
        return value

    return read


def _switch(value: str) -> bool:
    if value.lower() not in ("true", "false"):
        raise _refused(f"{quoted(value)} was given; give true or false")
    return value.lower() == "true"


def _speculative(value: str) -> SpeculativeDecoding:
    method, *figures = value.split(":")
    tokens, *shares = map(_number, figures) if figures else (math.nan,)
    if len(shares) not in (1, 2) or not tokens.is_integer():
        raise _refused(
            f"{quoted(value)} is not understood; give method:tokens:acceptance, such as "
            "ngram:4:0.7, or with the draft's size divided by the model's, such as eagle:4:0.7:0.05"
        )
    return SpeculativeDecoding(cast(SpeculativeMethod, method), int(tokens), *shares)


def _number(text: str) -> float:
    """The number, or NaN, which is in no range, if the text is not a number."""
    if not text.isascii() or "_" in text:
        return math.nan
    try:
        return float(text)
    except ValueError:
        return math.nan


def _refused(message: str) -> InputError:
    return InputError(message, field="engine_settings")


_READERS: dict[str, Callable[[str], Any]] = {
    "max_num_seqs": _whole(1, MOST_SEQUENCES),
    "gpu_memory_utilization": _share(LEAST_UTILIZATION),
    "max_model_len": _whole(1, MOST_TOKENS),
    "max_num_batched_tokens": _whole(LEAST_BATCHED_TOKENS, MOST_TOKENS),
    "kv_cache_dtype": _one_of(get_args(KvCacheDtype)),
    "prefix_hit_share": _share(0.0),
    "speculative": _speculative,
    "rope_scaling": rope_scaling_from,
    "enforce_eager": _switch,
    "pipeline_parallel_size": _whole(1, MOST_PARALLEL),
    "data_parallel_size": _whole(1, MOST_PARALLEL),
    "enable_expert_parallel": _switch,
    "lora": lora_adapters_from,
    "text_only": _switch,
    "moe_backend": _one_of(get_args(MoeBackend)),
}
NAMES: tuple[str, ...] = tuple(_READERS)
