"""The price of a machine: who sells it, on which terms, since when, and who says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from planner.catalog.csv_rows import AddedBy

Terms = Literal["on-demand", "spot", "reserved-1y", "reserved-3y", "reserved"]
Tier = Literal["list", "marketplace", "stale", "article"]

HOURS_PER_YEAR = 8760.0


@dataclass(frozen=True, slots=True)
class PriceOffer:
    """What ``gpu_count`` cards of one kind cost together, where, when, and who says so.

    Exactly one of ``usd_per_hour`` (as sold) and ``usd_per_year`` (as the
    source states it) may be the stated figure; the other follows from it with
    8,760 hours. ``terms`` is ``on-demand``, ``spot``, ``reserved-1y``,
    ``reserved-3y`` or ``reserved``. ``tier`` says how far to rely on it:
    ``list`` a provider's published price, ``marketplace`` third-party hosts or
    a floor price, ``stale`` undated or overtaken by a later price change, ``article`` the
    yearly costs of the article that the default scenario reproduces.
    """

    id: str
    provider: str
    instance: str
    gpu: str
    gpu_count: int
    terms: Terms
    region: str
    usd_per_hour: float
    usd_per_year: float
    tier: Tier
    as_of: str
    source: str
    note: str | None = None
    added_by: AddedBy = "planner"
