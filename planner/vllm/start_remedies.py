"""Changes of the settings with which a refused deployment starts, each tried before it is named."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from planner.vllm.deployment import Deployment
from planner.vllm.engine_settings import EngineConfig
from planner.vllm.scheduler import max_num_seqs_of

HIGHEST_PERCENT = 98
"""Of the card's memory: beyond, the driver and other processes leave too little of the card."""

Starts = Callable[[Deployment], bool]


@dataclass(frozen=True, slots=True)
class SettingChange:
    """The option as it is typed, and the settings with it."""

    words: str
    engine: EngineConfig


def setting_changes(
    deployment: Deployment,
    utilization: float,
    longest: int | None,
    states: int | None,
    graphs_bind: bool,
    starts: Starts,
) -> Iterator[SettingChange]:
    """One change at a time with which ``starts`` says that the deployment starts.

    ``utilization`` is the share in force, ``longest`` the context that fits, None if none does.
    ``states`` are the sequences whose states fit, None if the model keeps none.
    ``graphs_bind`` is True if CUDA graphs lack memory beside that share, so that a smaller one
    may help, else a larger one.
    """
    engine = deployment.engine
    lengths = [] if longest is None else [replace(engine, max_model_len=longest)]
    percents = _below(utilization) if graphs_bind else _above(utilization)
    shares = [replace(engine, gpu_memory_utilization=p / 100) for p in percents]
    eager = [] if engine.enforce_eager else [replace(engine, enforce_eager=True)]
    fewer = list(_fewer(max_num_seqs_of(deployment)))
    if states and states < max_num_seqs_of(deployment):
        fewer = [states, *(n for n in fewer if n < states)]
    batches = [replace(engine, max_num_seqs=n) for n in fewer]
    for tried in (lengths, shares, eager, batches):
        # The last goes furthest: if not even that starts, none of them does.
        if not tried or not starts(replace(deployment, engine=tried[-1])):
            continue
        found = next(one for one in tried if starts(replace(deployment, engine=one)))
        yield SettingChange(_words(engine, found), found)


def _above(utilization: float) -> list[int]:
    """Whole percents above a share, the nearest first."""
    return [p for p in range(1, HIGHEST_PERCENT + 1) if p / 100 > utilization + 1e-9]


def _below(utilization: float) -> list[int]:
    """Whole percents at most a tenth of the card below a share, the nearest first."""
    found = [p for p in range(1, HIGHEST_PERCENT + 1) if p / 100 < utilization - 1e-9]
    return found[-10:][::-1]


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
