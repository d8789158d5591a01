"""One line of a cost build-up."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CostLine:
    """One item of a fleet's yearly cost, and where its amount is from."""

    name: str
    usd_per_year: float
    source: str
