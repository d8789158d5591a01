"""What engine settings do to a forecast, in a sentence each."""

from __future__ import annotations

from typing import assert_never

from planner.forecast.setting_figures import (
    Adapters,
    BatchedTokens,
    EagerMode,
    Groups,
    KvCacheFormat,
    PrefixCaching,
    SettingEffect,
    SeveralMachines,
    Speculation,
    StretchedContext,
)
from planner.wording.formatting import count, counted, percent, significant

SETTING_NAME: dict[str, str] = {
    "prefix_hit_share": "Prefix cache hits",
    "max_num_batched_tokens": "Tokens per engine step",
    "speculative": "Speculative decoding",
    "kv_cache_dtype": "KV cache format",
    "rope_scaling": "RoPE scaling",
    "enforce_eager": "Eager mode",
    "pipeline_parallel_size": "Pipeline stages",
    "data_parallel_size": "Data-parallel ranks",
    "machines": "Machines of a replica",
    "lora": "LoRA adapters",
}

NO_CHANGE = 0.0005
"""Relative change of a request's time that is too small to be told."""


def setting_sentence(setting: SettingEffect) -> str:
    """What an engine setting does, how sure that is, and who says so."""
    return (
        f"{SETTING_NAME[setting.name]} {setting_value(setting)}: {setting_effect(setting)} "
        f"({setting.certainty}; {setting.source})."
    )


def setting_value(setting: SettingEffect) -> str:
    """The value that was set, as people write it."""
    figures = setting.figures
    match figures:
        case PrefixCaching():
            return percent(figures.hit_share)
        case BatchedTokens():
            return count(figures.tokens)
        case Speculation():
            decoding = figures.decoding
            accepted = percent(decoding.acceptance)
            return f"{decoding.method}, {decoding.tokens} tokens, {accepted} accepted"
        case KvCacheFormat():
            return figures.dtype
        case StretchedContext():
            return str(figures.scaling)
        case EagerMode():
            return "on"
        case Groups() | SeveralMachines():
            return count(figures.count)
        case Adapters():
            return f"{count(figures.lora.adapters)} of rank {count(figures.lora.rank)}"
        case _:
            assert_never(figures)


def setting_effect(setting: SettingEffect) -> str:
    """What the setting does, and what that makes of a request's time."""
    return f"{_effect(setting)}; {_in_total(setting.change)}"


def _effect(setting: SettingEffect) -> str:
    figures = setting.figures
    match figures:
        case PrefixCaching():
            return (
                f"{count(round(figures.cached_tokens))} of {count(round(figures.input_tokens))} "
                "prompt tokens "
                "are in the cache, held once for all requests"
            )
        case BatchedTokens():
            return _batched_tokens(figures)
        case Speculation():
            return (
                f"{significant(figures.tokens_per_step)} tokens a step, of "
                f"{figures.decoding.tokens + 1} computed; more requests together gain less"
            )
        case KvCacheFormat():
            return (
                f"{count(figures.bytes_per_token)} bytes of KV cache a token instead of "
                f"{count(figures.default_bytes_per_token)}"
            )
        case StretchedContext():
            return (
                f"contexts of up to {count(figures.context_tokens)} tokens instead of "
                f"{count(figures.own_context_tokens)}, at no cost a token; positions of all texts "
                "are stretched alike, so answers to short ones may get worse"
            )
        case EagerMode():
            return (
                f"without CUDA graphs a step takes about {significant(figures.step_ms)} ms at "
                "least, whatever the weights"
            )
        case Groups():
            return (
                f"{count(figures.count)} groups of {count(figures.gpus_each)} work on different "
                "requests; each batch reads the weights again, and few requests leave groups idle"
            )
        case SeveralMachines():
            return (
                f"stages on {counted(figures.count, 'machine')} of "
                f"{counted(figures.gpus_each, 'GPU')}; no measurement of the reference is of "
                "several machines, so their network is taken to cost nothing and the interval is "
                "wider"
            )
        case Adapters():
            return (
                f"a request takes {significant(figures.slowdown)} times as long as without adapters"
            )
        case _:
            assert_never(figures)


def _batched_tokens(figures: BatchedTokens) -> str:
    default = f"vLLM's default here is {count(figures.default_tokens)}"
    mixed = "; chunks of prompts share the steps of others" if figures.mixes_prompts else ""
    if figures.tokens > figures.default_tokens:
        return (
            f"more than the default ({default}); the forecast gives no credit for it, as no "
            f"measurement says what it gains; it takes memory for activations{mixed}"
        )
    if figures.more_passes == 0.0:
        return f"no further prefill passes ({default}){mixed}"
    return (
        f"{significant(figures.more_passes)} more prefill passes a request ({default}): a later "
        f"first token, shorter gaps between the tokens of other answers{mixed}"
    )


def _in_total(change: float) -> str:
    if abs(change) < NO_CHANGE:
        return "a request takes as long"
    return f"a request takes {percent(abs(change))} {'more' if change > 0 else 'less'} time"
