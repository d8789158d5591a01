"""The price of a machine: provider, terms, date and source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from planner.catalog.csv_rows import AddedBy

Terms = Literal["on-demand", "spot", "reserved-1y", "reserved-3y", "reserved", "owned", "estimate"]
"""``owned`` is hardware of the user's own. ``estimate`` is a figure at which nobody sells; a plan
uses it only if it is asked for."""

Tier = Literal["list", "own", "marketplace", "stale", "article"]

HOURS_PER_YEAR = 8760.0

NO_REGION = ("any", "not stated")
"""What stands for the region of a price that holds in any, or whose source names none."""


@dataclass(frozen=True, slots=True)
class PriceOffer:
    """The price of ``gpu_count`` GPUs of one kind together.

    The source states either ``usd_per_hour`` or ``usd_per_year``; the other is
    computed with 8,760 hours a year. ``tier`` says how reliable the price is:
    ``list`` is a provider's published price, ``own`` one that the user negotiated or
    pays for own hardware, ``marketplace`` one of third-party hosts or a floor price,
    ``stale`` undated or replaced by a later price, ``article`` the yearly costs of the
    article that the default scenario reproduces. ``conflict`` is what another source says
    instead, None if none does. ``fallback_usd_per_hour`` is what the same machine costs on demand
    while a spot one is taken back; None if no such price is known, or it is no spot machine.
    ``machines`` are joined and priced together if a replica spans them (``joined_machines.py``);
    ``instance`` is the name of one of them.
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
    conflict: str | None = None
    fallback_usd_per_hour: float | None = None
    added_by: AddedBy = "planner"
    machines: int = 1

    def machines_in(self, sets: int) -> int:
        """The single machines in so many of what is priced."""
        return sets * self.machines

    @property
    def states_region(self) -> bool:
        """True if it is known in which region the machine is."""
        return self.region.casefold() not in NO_REGION

    @property
    def usd_per_gpu_hour(self) -> float:
        """The price of one GPU of the machine, to compare machines of several sizes."""
        return self.usd_per_hour / self.gpu_count
