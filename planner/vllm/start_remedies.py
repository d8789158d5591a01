"""Changes of the settings with which a refused deployment starts, each tried before it is named."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from planner.vllm.deployment import Deployment
from planner.vllm.engine_settings import EngineConfig
from planner.vllm.scheduler import max_num_seqs_of

HIGHEST_UTILIZATION = 0.98
"""Beyond, the driver and other processes leave too little of the card."""

Starts = Callable[[Deployment], bool]


@dataclass(frozen=True, slots=True)
class SettingChange:
    """The option as it is typed, and the settings with it."""

    words: str
    engine: EngineConfig


def setting_changes(
    deployment: Deployment, utilization: float, longest: int | None, starts: Starts
) -> Iterator[SettingChange]:
    """One change at a time with which ``starts`` says that the deployment starts.

    ``utilization`` is the share in force, ``longest`` the context that fits, None if none does.
    """
    engine = deployment.engine
    if longest is not None:
        yield from _that_start(
            deployment, starts, [_change(engine, "--max-model-len", "max_model_len", longest)]
        )
    steps = range(round(100 * utilization) - 1, round(100 * HIGHEST_UTILIZATION) + 1)
    tried = [step / 100 for step in (*steps, *reversed(range(30, steps.start)))]
    yield from _that_start(
        deployment,
        starts,
        (
            _change(engine, "--gpu-memory-utilization", "gpu_memory_utilization", share)
            for share in tried
            if abs(share - utilization) > 1e-9
        ),
    )
    if not engine.enforce_eager:
        eager = SettingChange("--enforce-eager", replace(engine, enforce_eager=True))
        yield from _that_start(deployment, starts, [eager])
    yield from _that_start(
        deployment,
        starts,
        (
            _change(engine, "--max-num-seqs", "max_num_seqs", 2**power)
            for power in reversed(range(max_num_seqs_of(deployment).bit_length()))
            if 2**power < max_num_seqs_of(deployment)
        ),
    )


def _change(engine: EngineConfig, option: str, field: str, value: float) -> SettingChange:
    return SettingChange(f"{option} {value:.10g}", replace(engine, **{field: value}))


def _that_start(
    deployment: Deployment, starts: Starts, changes: Iterator[SettingChange] | list[SettingChange]
) -> Iterator[SettingChange]:
    """The first of the changes that starts, if any does."""
    for change in changes:
        if starts(replace(deployment, engine=change.engine)):
            yield change
            return
