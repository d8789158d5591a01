"""Changes of the settings with which a refused deployment starts, each tried before it is named."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
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
    lengths = (replace(engine, max_model_len=longest),) if longest is not None else ()
    shares = (replace(engine, gpu_memory_utilization=u) for u in _utilizations(utilization))
    eager = () if engine.enforce_eager else (replace(engine, enforce_eager=True),)
    batches = (replace(engine, max_num_seqs=n) for n in _fewer(max_num_seqs_of(deployment)))
    kinds: tuple[Iterable[EngineConfig], ...] = (lengths, shares, eager, batches)
    for tried in kinds:
        for changed in tried:
            if starts(replace(deployment, engine=changed)):
                yield SettingChange(_words(engine, changed), changed)
                break


def _utilizations(now: float) -> Iterator[float]:
    """Shares in whole percent: above the one in force, the nearest first, then below it."""
    percents = range(1, round(100 * HIGHEST_UTILIZATION) + 1)
    yield from (p / 100 for p in percents if p / 100 > now + 1e-9)
    yield from (p / 100 for p in reversed(percents) if p / 100 < now - 1e-9)


def _fewer(sequences: int) -> Iterator[int]:
    """Powers of two below a number of sequences, the largest first."""
    return (2**power for power in reversed(range((sequences - 1).bit_length())))


def _words(engine: EngineConfig, changed: EngineConfig) -> str:
    if changed.max_model_len != engine.max_model_len:
        return f"--max-model-len {changed.max_model_len}"
    if changed.gpu_memory_utilization != engine.gpu_memory_utilization:
        return f"--gpu-memory-utilization {changed.gpu_memory_utilization:g}"
    if changed.max_num_seqs != engine.max_num_seqs:
        return f"--max-num-seqs {changed.max_num_seqs}"
    return "--enforce-eager"
