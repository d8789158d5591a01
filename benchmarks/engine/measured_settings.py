"""The engine settings during a point: as asked for, but with the shares that were measured."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from scipy.optimize import brentq

from benchmarks.design.points import EngineUse
from planner.physics.setting_terms import tokens_per_step
from planner.vllm.engine_settings import EngineConfig

DIGITS = 3
"""A share of a few thousand tokens is exact to about a thousandth."""


def measured_settings(asked: EngineConfig, use: EngineUse | None) -> EngineConfig:
    """``asked`` with the prefix hit share and the acceptance from the engine's counters, if any."""
    engine, hits, acceptance = asked, _hit_share(use), _acceptance(asked, use)
    if asked.prefix_hit_share and hits is not None:
        engine = replace(engine, prefix_hit_share=round(hits, DIGITS))
    if asked.speculative is not None and acceptance is not None:
        speculative = replace(asked.speculative, acceptance=round(acceptance, DIGITS))
        engine = replace(engine, speculative=speculative)
    return engine


def unmeasured_notes(asked: EngineConfig, use: EngineUse | None) -> Iterator[str]:
    """Remarks about shares that were asked for and not measured."""
    if asked.prefix_hit_share and _hit_share(use) is None:
        yield "prefix hit share as asked for, the engine's counters do not show it"
    if asked.speculative is not None and _acceptance(asked, use) is None:
        yield "speculative acceptance as stated, the engine's counters do not show it"


def _hit_share(use: EngineUse | None) -> float | None:
    if use is None:
        return None
    return 0.0 if use.prefix_caching is False else use.prefix_hit_share


def _acceptance(asked: EngineConfig, use: EngineUse | None) -> float | None:
    """The acceptance that gives the measured tokens per step, steps without a proposal included.

    Every step gives one token and the accepted ones. If a share s of all tokens was accepted,
    that is 1 / (1 - s) tokens per step. vLLM's own acceptance counts proposed tokens only. It is
    too high for n-grams of the prompt, which often propose nothing.
    """
    speculative = asked.speculative
    if speculative is None or use is None or use.speculated_share is None:
        return None
    most = speculative.tokens / (speculative.tokens + 1)
    measured = 1.0 / (1.0 - min(use.speculated_share, most))

    def excess(acceptance: float) -> float:
        return tokens_per_step(replace(speculative, acceptance=acceptance)) - measured

    return float(brentq(excess, 0.0, 1.0)) if excess(1.0) > 0.0 else 1.0
