"""What engine settings do to a forecast, in words, and how much less sure they make it.

How sure each is stands in ``data/setting_certainty.csv``, with its source. A
setting makes log(seconds) less sure by ``effect_sd`` times the share of the
time that it moves, and by ``log_sd`` even where it moves none; by nothing
where it was in force while this deployment was calibrated.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from planner.catalog.csv_rows import read_records
from planner.forecast.forecast_values import SettingEffect
from planner.learning.observations import Observed
from planner.learning.random_effects import labels_of
from planner.physics.request_terms import basis, work_of
from planner.physics.setting_terms import extra_passes, tokens_per_step
from planner.vllm.deployment import SETTINGS, Deployment
from planner.vllm.scheduler import keeps_prompts_apart
from planner.wording.formatting import count, percent, significant

Array = NDArray[np.float64]

_TABLE = Path(__file__).parent.parent / "data" / "setting_certainty.csv"


@dataclass(frozen=True, slots=True)
class SettingRow:
    """One row of the table; the standard deviations are of log(seconds per request)."""

    setting: str
    certainty: Literal["sourced", "assumption"]
    effect_sd: float
    log_sd: float
    source: str
    source_date: str
    note: str


@cache
def certainties() -> dict[str, SettingRow]:
    """How sure the effect of each setting is, by its field of ``EngineConfig``."""
    return {row.setting: row for row in read_records(_TABLE, SettingRow)}


def widened(
    log_sd: Array,
    deployment: Deployment,
    theta: Array,
    point: tuple[Array, Array, Array],
    measured: Collection[str],
) -> Array:
    """``log_sd`` of log(seconds) at n load points with what the settings add to it, shape (n,).

    ``point`` is input tokens, output tokens and C', each (n,); settings in
    ``measured`` add nothing.
    """
    unsure = sorted(deployment.engine.changed_settings.difference(measured))
    if not unsure:
        return log_sd
    parts = basis(work_of(deployment), *point) * theta
    variance = log_sd**2
    for name in unsure:
        unset = replace(deployment, engine=deployment.engine.without(name))
        before = basis(work_of(unset), *point) * theta
        row = certainties()[name]
        variance = variance + (row.effect_sd * _share_moved(parts, before)) ** 2 + row.log_sd**2
    return np.asarray(np.sqrt(variance))


def _share_moved(parts: Array, before: Array) -> Array:
    """Seconds that a setting moves, over the longer time; by term, so that what it saves
    and what it costs do not cancel."""
    longer = np.maximum(parts.sum(axis=1), before.sum(axis=1))
    return np.asarray(np.abs(parts - before).sum(axis=1) / longer)


def measured_settings(
    deployment: Deployment, observed: Iterable[Observed], own_sources: Collection[str]
) -> frozenset[str]:
    """Settings that were in force, with this value, in a calibration of this deployment."""
    wanted = deployment.engine
    if not own_sources or not wanted.changed_settings:
        return frozenset()
    name = labels_of(deployment).deployment
    engines = {
        row.deployment.engine
        for row in observed
        if row.measurement.source_id in own_sources and row.observation.labels.deployment == name
    }
    return frozenset(
        setting
        for setting in wanted.changed_settings
        if any(engine.is_alike(wanted, setting) for engine in engines)
    )


def described(
    deployment: Deployment,
    input_tokens: float,
    seconds: Callable[[Deployment], float],
    measured: Collection[str],
) -> tuple[SettingEffect, ...]:
    """The effect of each setting that is not at its default, in the order of ``SETTINGS``.

    ``seconds`` is the forecast of a deployment's seconds per request; that of
    the same without the setting is set beside it.
    """
    engine = deployment.engine
    if not engine.changed_settings:
        return ()
    found, with_all = [], seconds(deployment)
    for name in (setting for setting in SETTINGS if setting in engine.changed_settings):
        row = certainties()[name]
        unset = replace(deployment, engine=engine.without(name))
        change = with_all / seconds(unset) - 1.0
        value, effect = _WORDS[name](deployment, input_tokens)
        found.append(
            SettingEffect(
                name,
                value,
                f"{effect}; {_in_total(change)}",
                "measured" if name in measured else row.certainty,
                row.source,
            )
        )
    return tuple(found)


def _in_total(change: float) -> str:
    if abs(change) < 0.0005:
        return "a request takes as long"
    return f"a request takes {percent(abs(change))} {'more' if change > 0 else 'less'} time"


def _prefix_caching(deployment: Deployment, input_tokens: float) -> tuple[str, str]:
    share = deployment.engine.prefix_hit_share
    cached = share * input_tokens
    return percent(share), (
        f"{count(cached)} of {count(input_tokens)} prompt tokens are in the cache, held once for "
        "all requests"
    )


def _step_budget(deployment: Deployment, input_tokens: float) -> tuple[str, str]:
    budget = work_of(deployment).step_budget
    if budget is None:
        raise ValueError("checked by changed_settings before")
    new = np.array([(1.0 - deployment.engine.prefix_hit_share) * input_tokens])
    more = float(extra_passes(new, budget)[0])
    default = f"vLLM's default here is {count(budget.default_tokens)}"
    mixed = "; chunks of prompts share the steps of others" if _apart_by_default(deployment) else ""
    if budget.tokens > budget.default_tokens:
        return count(budget.tokens), (
            f"more than the default ({default}), for which the forecast gives no credit, as no "
            f"measurement says what it gains; it takes memory for activations{mixed}"
        )
    if more == 0.0:
        return count(budget.tokens), f"no further prefill passes ({default}){mixed}"
    return count(budget.tokens), (
        f"{significant(more)} more prefill passes a request ({default}): a later first token, "
        f"shorter gaps between the tokens of other answers{mixed}"
    )


def _apart_by_default(deployment: Deployment) -> bool:
    """Whether prompts would have steps of their own if no step budget were set."""
    engine = replace(deployment.engine, max_num_batched_tokens=None)
    return keeps_prompts_apart(replace(deployment, engine=engine))


def _speculation(deployment: Deployment, _input_tokens: float) -> tuple[str, str]:
    speculative = deployment.engine.speculative
    if speculative is None:
        raise ValueError("checked by changed_settings before")
    value = (
        f"{speculative.method}, {speculative.tokens} tokens, {percent(speculative.acceptance)} "
        "accepted"
    )
    return value, (
        f"{significant(tokens_per_step(speculative))} tokens a step, of "
        f"{speculative.tokens + 1} computed; more requests together gain less"
    )


def _kv_cache(deployment: Deployment, _input_tokens: float) -> tuple[str, str]:
    unset = replace(deployment, engine=deployment.engine.without("kv_cache_dtype"))
    now, before = (work_of(d).kv_bytes_per_token for d in (deployment, unset))
    return deployment.engine.kv_cache_dtype, (
        f"{count(now)} bytes of KV cache a token instead of {count(before)}"
    )


def _rope(deployment: Deployment, _input_tokens: float) -> tuple[str, str]:
    return str(deployment.engine.rope_scaling), (
        f"contexts of up to {count(deployment.context_tokens)} tokens instead of "
        f"{count(deployment.model.max_position_embeddings)}, at no cost a token; positions of all "
        "texts are stretched alike, so answers to short ones may get worse"
    )


_WORDS: dict[str, Callable[[Deployment, float], tuple[str, str]]] = {
    "prefix_hit_share": _prefix_caching,
    "max_num_batched_tokens": _step_budget,
    "speculative": _speculation,
    "kv_cache_dtype": _kv_cache,
    "rope_scaling": _rope,
}
