"""The engine settings that were in force at a point: as asked for, shares as they were measured."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from benchmarks.points import EngineUse
from planner.deployment import EngineConfig

DIGITS = 3
"""A share of so many tokens is not known better than to a thousandth."""


def in_force(asked: EngineConfig, use: EngineUse | None) -> EngineConfig:
    """``asked`` with the hit share and the acceptance that the engine's counters show, if any."""
    engine, hits = asked, _hit_share(use)
    acceptance = None if use is None else use.speculative_acceptance
    if asked.prefix_hit_share and hits is not None:
        engine = replace(engine, prefix_hit_share=round(hits, DIGITS))
    if asked.speculative is not None and acceptance is not None:
        speculative = replace(asked.speculative, acceptance=round(acceptance, DIGITS))
        engine = replace(engine, speculative=speculative)
    return engine


def not_measured(asked: EngineConfig, use: EngineUse | None) -> Iterator[str]:
    """What a reader should know of shares that nothing measured."""
    if asked.prefix_hit_share and _hit_share(use) is None:
        yield "prefix hit share as asked for, the engine does not tell it"
    if asked.speculative is not None and (use is None or use.speculative_acceptance is None):
        yield "speculative acceptance as stated, the engine does not tell it"


def _hit_share(use: EngineUse | None) -> float | None:
    if use is None:
        return None
    return 0.0 if use.prefix_caching is False else use.prefix_hit_share
