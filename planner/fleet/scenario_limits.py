"""The limits of a scenario (volume, answer time, budget) and the test of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Limit = Literal["volume", "latency", "budget"]
LIMITS: tuple[Limit, ...] = ("volume", "latency", "budget")

Shortfall = Literal["unsure", "unmeasured"]
"""What a configuration within every limit may lack, see ``shortfalls.py``."""

ROUNDING = 1e-9
"""Relative difference that is rounding and no shortfall."""

ROUNDING_USD = 1e-3
"""A tenth of a cent is rounding and no overspending."""


@dataclass(frozen=True, slots=True)
class Meets:
    """True for each limit that holds; None if the scenario sets no such limit."""

    volume: bool
    latency: bool | None
    budget: bool | None

    @property
    def all(self) -> bool:
        return not self.missed

    @property
    def missed(self) -> tuple[Limit, ...]:
        """The limits that do not hold, in the order of ``LIMITS``."""
        return tuple(limit for limit in LIMITS if getattr(self, limit) is False)


def carries(capacity: float, demand: float) -> bool:
    """True if a capacity is enough for a demand, both in the same unit."""
    return capacity >= demand * (1.0 - ROUNDING)


def answers_in_time(p95_s: float | None, limit_s: float) -> bool:
    """True if the p95 of the answer time is within the limit; None is an endless queue."""
    return p95_s is not None and p95_s <= limit_s


def within_budget(cost_usd_per_year: float, budget_usd_per_year: float) -> bool:
    """True up to the budget itself."""
    return cost_usd_per_year <= budget_usd_per_year + ROUNDING_USD
