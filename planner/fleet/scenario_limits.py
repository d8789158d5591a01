"""The limits of a scenario (volume, answer time, budget, replicas), and when each is kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Limit = Literal["volume", "latency", "budget", "replicas", "spread"]
LIMITS: tuple[Limit, ...] = ("volume", "latency", "budget", "replicas", "spread")

ROUNDING = 1e-9
"""Relative difference that is rounding and no shortfall."""

ROUNDING_USD = 1e-3
"""A tenth of a cent is rounding and no overspending."""

ROUNDING_PROBABILITY = 1e-6
"""A millionth of a probability is rounding."""


@dataclass(frozen=True, slots=True)
class Meets:
    """True for each limit that holds with the confidence asked for; None if there is no such.

    ``replicas`` is the smallest number of replicas, ``spread`` more than one provider or region.
    Both are known.
    """

    volume: bool
    latency: bool | None
    budget: bool | None
    replicas: bool | None = None
    spread: bool | None = None

    @property
    def all(self) -> bool:
        return not self.missed

    @property
    def missed(self) -> tuple[Limit, ...]:
        """The limits that do not hold, in the order of ``LIMITS``."""
        kept = (self.volume, self.latency, self.budget, self.replicas, self.spread)
        if False not in kept:
            return ()
        return tuple(limit for limit, one in zip(LIMITS, kept, strict=True) if one is False)


def is_sure(probability: float, confidence: float) -> bool:
    """True if a limit holds with the confidence asked for."""
    return probability >= confidence - ROUNDING_PROBABILITY


def within_budget(cost_usd_per_year: float, budget_usd_per_year: float) -> bool:
    """True up to the budget itself."""
    return cost_usd_per_year <= budget_usd_per_year + ROUNDING_USD
