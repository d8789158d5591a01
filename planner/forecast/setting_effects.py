"""What engine settings do to a forecast, and how much wider they make its interval.

``data/setting_certainty.csv`` says how sure the effect of each is, with its
source. A setting adds to the sd of log(seconds) ``effect_sd`` times the share of
the time that it moves, and ``log_sd`` even if it moves none. It adds nothing if
it was in force while this deployment was calibrated.
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
from planner.forecast.setting_figures import (
    Adapters,
    BatchedTokens,
    EagerMode,
    Figures,
    Groups,
    KvCacheFormat,
    PrefixCaching,
    SettingEffect,
    SeveralMachines,
    Speculation,
    StretchedContext,
)
from planner.learning.from_measurements import Observed
from planner.learning.random_effects import labels_of
from planner.physics.request_terms import request_terms
from planner.physics.setting_terms import (
    EAGER_STEP_MS,
    LORA_SLOWDOWN,
    extra_passes,
    tokens_per_step,
)
from planner.physics.work import work_of
from planner.vllm.deployment import Deployment
from planner.vllm.engine_settings import SETTINGS
from planner.vllm.scheduler import keeps_prompts_apart

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


def log_sd_with_settings(
    log_sd: Array,
    deployment: Deployment,
    theta: Array,
    inputs: Array,
    outputs: Array,
    running: Array,
    measured: Collection[str],
) -> Array:
    """The sd of log(seconds) at n load points with what the settings add to ``log_sd``, (n,).

    ``inputs`` and ``outputs`` are tokens, ``running`` is C', each (n,). Settings in
    ``measured`` add nothing.
    """
    unsure = sorted(deployment.engine.changed_settings.difference(measured))
    if not unsure:
        return log_sd
    parts = request_terms(work_of(deployment), inputs, outputs, running) * theta
    variance = log_sd**2
    for name in unsure:
        unset = replace(deployment, engine=deployment.engine.without(name))
        before = request_terms(work_of(unset), inputs, outputs, running) * theta
        row = certainties()[name]
        variance = variance + (row.effect_sd * _share_moved(parts, before)) ** 2 + row.log_sd**2
    return np.asarray(np.sqrt(variance))


def _share_moved(parts: Array, before: Array) -> Array:
    """Seconds that a setting moves over the longer time, added by term.

    By term, so that what it saves and what it costs do not cancel.
    """
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
    measured = frozenset(
        setting
        for setting in wanted.changed_settings
        if any(engine.is_alike(wanted, setting) for engine in engines)
    )
    # A measurement states its stages and GPUs, and no machine holds so many of them.
    over_machines = {"machines"} if "pipeline_parallel_size" in measured else set[str]()
    return measured | (over_machines & wanted.changed_settings)


def describe_settings(
    deployment: Deployment,
    input_tokens: float,
    seconds: Callable[[Deployment], float],
    measured: Collection[str],
) -> tuple[SettingEffect, ...]:
    """The effect of each setting that is not at its default, in the order of ``SETTINGS``.

    ``seconds`` returns the forecast of a deployment's seconds per request. It is
    called with the setting and without it.
    """
    engine = deployment.engine
    if not engine.changed_settings:
        return ()
    found, with_all = [], seconds(deployment)
    for name in (setting for setting in SETTINGS if setting in engine.changed_settings):
        row = certainties()[name]
        unset = replace(deployment, engine=engine.without(name))
        figures = _FIGURES[name](deployment, input_tokens)
        change = with_all / seconds(unset) - 1.0
        certainty = "measured" if name in measured else row.certainty
        found.append(SettingEffect(name, figures, change, certainty, row.source))
    return tuple(found)


def _prefix_caching(deployment: Deployment, input_tokens: float) -> PrefixCaching:
    share = deployment.engine.prefix_hit_share
    return PrefixCaching(share, share * input_tokens, input_tokens)


def _batched_tokens(deployment: Deployment, input_tokens: float) -> BatchedTokens:
    budget = work_of(deployment).step_budget
    if budget is None:
        raise ValueError("checked by changed_settings before")
    new = np.array([(1.0 - deployment.engine.prefix_hit_share) * input_tokens])
    more = float(extra_passes(new, budget)[0])
    mixes = _apart_by_default(deployment)
    return BatchedTokens(budget.tokens, budget.default_tokens, more, mixes)


def _apart_by_default(deployment: Deployment) -> bool:
    """True if prompts would have steps of their own if no step budget were set."""
    engine = replace(deployment.engine, max_num_batched_tokens=None)
    return keeps_prompts_apart(replace(deployment, engine=engine))


def _speculation(deployment: Deployment, _input_tokens: float) -> Speculation:
    speculative = deployment.engine.speculative
    if speculative is None:
        raise ValueError("checked by changed_settings before")
    return Speculation(speculative, tokens_per_step(speculative))


def _kv_cache(deployment: Deployment, _input_tokens: float) -> KvCacheFormat:
    unset = replace(deployment, engine=deployment.engine.without("kv_cache_dtype"))
    now, before = (work_of(d).kv_bytes_per_token for d in (deployment, unset))
    return KvCacheFormat(deployment.engine.kv_cache_dtype, now, before)


def _stretched_context(deployment: Deployment, _input_tokens: float) -> StretchedContext:
    scaling = deployment.engine.rope_scaling
    if scaling is None:
        raise ValueError("checked by changed_settings before")
    own = deployment.model.max_position_embeddings
    return StretchedContext(scaling, deployment.context_tokens, own)


def _eager(_deployment: Deployment, _input_tokens: float) -> EagerMode:
    return EagerMode(EAGER_STEP_MS)


def _stages(deployment: Deployment, _input_tokens: float) -> Groups:
    stages = deployment.engine.pipeline_parallel_size
    return Groups(stages, deployment.gpu_count // stages)


def _ranks(deployment: Deployment, _input_tokens: float) -> Groups:
    ranks = deployment.engine.data_parallel_size
    return Groups(ranks, deployment.gpu_count // ranks)


def _machines(deployment: Deployment, _input_tokens: float) -> SeveralMachines:
    machines = deployment.engine.machines
    return SeveralMachines(machines, deployment.gpu_count // machines)


def _lora(deployment: Deployment, _input_tokens: float) -> Adapters:
    if deployment.engine.lora is None:
        raise ValueError("checked by changed_settings before")
    return Adapters(deployment.engine.lora, LORA_SLOWDOWN)


_FIGURES: dict[str, Callable[[Deployment, float], Figures]] = {
    "prefix_hit_share": _prefix_caching,
    "max_num_batched_tokens": _batched_tokens,
    "speculative": _speculation,
    "kv_cache_dtype": _kv_cache,
    "rope_scaling": _stretched_context,
    "enforce_eager": _eager,
    "pipeline_parallel_size": _stages,
    "data_parallel_size": _ranks,
    "machines": _machines,
    "lora": _lora,
}
