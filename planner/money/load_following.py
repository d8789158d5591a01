"""Machines that follow the load: how long each is needed, and which of them to reserve."""

from __future__ import annotations

import math
from dataclasses import dataclass

from planner.catalog.price_offer import Terms

ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class MachinesNeeded:
    """The time in which each of the ``machines`` is needed that carry the busiest hour.

    The load falls evenly from ``peak_factor`` times its mean in the busiest hour to as far below
    the mean in the quietest, an assumption for lack of a curve: to 2 - peak_factor, or to nothing
    in some hours from a factor of 2 on. Each machine carries an equal part of the busiest hour.
    ``always`` of them run in all working hours, and ``spares`` more that carry nothing.
    """

    machines: int
    peak_factor: float
    always: int = 1
    spares: int = 0

    @property
    def _steady(self) -> int:
        """Machines that run in all working hours, spare ones not counted."""
        return min(self.machines, max(1, self.always))

    @property
    def _fall(self) -> float:
        """The fall of the load, over the mean, from hour to hour of all working hours.

        Over all hours it falls to 2 - peak_factor, or to 0 within 2 / peak_factor of them.
        """
        peak = self.peak_factor
        return 2.0 * (peak - 1.0) if peak <= 2.0 else peak**2 / 2.0

    def longer_than(self, share: float) -> int:
        """Machines that are needed for more than this share of the working hours."""
        if share >= 1.0 - ROUNDING:
            return 0
        if self._fall <= 0.0:
            return self.machines + self.spares
        # The machine with b before it is needed for peak_factor (1 - b / machines) / fall of them.
        before = self.machines * (1.0 - share * self._fall / self.peak_factor)
        found = math.ceil(before - ROUNDING * self.machines)
        return min(self.machines, max(self._steady, found)) + self.spares

    def mean_running(self, besides: int = 0) -> float:
        """Machines that run in the mean working hour; ``besides`` those needed longest."""
        steady = max(0, self._steady + self.spares - besides)
        if self._fall <= 0.0:
            return float(max(0, self.machines + self.spares - besides))
        first = max(self._steady, besides - self.spares)  # machines before those counted below
        full = math.floor(self.machines * (1.0 - self._fall / self.peak_factor) + ROUNDING) + 1
        full = min(self.machines, max(first, full))  # these, too, are needed in all working hours
        rest = self.machines - full
        falling = self.peak_factor / self._fall * rest * (rest + 1) / (2.0 * max(1, self.machines))
        return steady + (full - first) + falling


@dataclass(frozen=True, slots=True)
class Blend:
    """The cheapest mix of reserved machines, paid for all hours, and others that follow the load.

    ``critical_ratio`` is the price of a reserved hour over that of another one.
    """

    reserved: int
    following: int
    usd_per_year: float
    critical_ratio: float


def best_blend(
    needed: MachinesNeeded,
    working_share: float,
    following_usd_per_year: float,
    reserved_usd_per_year: float,
) -> Blend:
    """Reserve each machine that is needed for more of the year than the critical ratio.

    ``working_share`` of the year's hours are working hours. Prices are of one machine for all
    hours of a year. This is the newsvendor's rule: reserve up to the quantile 1 - critical ratio
    of the machines needed (Arrow, Harris and Marschak, "Optimal Inventory Policy", Econometrica
    19, 1951).
    """
    ratio = reserved_usd_per_year / following_usd_per_year
    reserved = needed.longer_than(ratio / working_share)
    rest = working_share * needed.mean_running(besides=reserved)
    cost = reserved * reserved_usd_per_year + rest * following_usd_per_year
    return Blend(reserved, needed.machines + needed.spares - reserved, cost, ratio)


@dataclass(frozen=True, slots=True)
class FollowingLoad:
    """The cost of machines on demand that are switched off while the load is low.

    ``always_on_usd_per_year`` is their cost if they run all year. ``blend`` is the cheapest mix
    with machines reserved on ``reserved_terms``; None if the provider lists none.
    """

    machines: int
    always_on_usd_per_year: float
    usd_per_year: float
    reserved_terms: Terms | None
    blend: Blend | None

    @property
    def share_of_cost(self) -> float:
        """The cost over that of machines that always run."""
        return self.usd_per_year / self.always_on_usd_per_year
