"""Machines that follow the load: how long each is needed, and which of them to reserve."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

from planner.money.load_by_hour import MachinesByHour
from planner.workload.weekly_hours import HOURS_PER_WEEK

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

    def share(self, before: int) -> float:
        """The share of the working hours in which a machine is needed that has ``before`` others
        before it, which are needed as long or longer.
        """
        carrying = before - self.spares
        if carrying < self._steady or self._fall <= 0.0:
            return 1.0
        return min(1.0, self.peak_factor * (1.0 - carrying / self.machines) / self._fall)

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
class MachinesBilled:
    """The part of the year for which each of the machines is billed.

    A week has shifts of ``shift_hours``. The load is taken to rise and fall once in each shift, so
    that a machine is switched on once in each, and is then billed for ``minimum_h`` at least.
    """

    needed: MachinesNeeded
    shift_hours: tuple[float, ...]
    minimum_h: float = 0.0

    def longer_than(self, share_of_year: float) -> int:
        """Machines that are billed for more than this share of the year."""
        if not self.minimum_h:
            return self.needed.longer_than(share_of_year / self._working)
        return self._first(lambda machine: self._billed(machine) <= share_of_year + ROUNDING)

    def mean_billed(self, besides: int = 0) -> float:
        """Machines billed in the mean hour of the year; ``besides`` those needed longest."""
        if not self.minimum_h:
            return self._working * self.needed.mean_running(besides)
        # Between two ends, what a machine is billed for falls evenly from one to the next.
        ends = {
            self._first(lambda machine: self.needed.share(machine) < 1.0),
            self._first(lambda machine: self._billed(machine) < 1.0),
            *(self._first(partial(self._takes_minimum, shift)) for shift in set(self.shift_hours)),
        }
        last = self.all_machines
        cuts = [besides, *sorted(end for end in ends if besides < end < last), last]
        return sum(
            (end - start) * (self._billed(start) + self._billed(end - 1)) / 2.0
            for start, end in pairwise(cuts)
            if start < end
        )

    def mean_running(self, besides: int = 0) -> float:
        """Machines that run in the mean working hour; ``besides`` those needed longest."""
        return self.needed.mean_running(besides)

    @property
    def all_machines(self) -> int:
        """The spare ones among them."""
        return self.needed.machines + self.needed.spares

    @property
    def are_all_always_on(self) -> bool:
        """True if the load is level, and machines are billed day and night."""
        return self.needed.peak_factor == 1.0 and self._share_of_year(1.0) == 1.0

    @property
    def _working(self) -> float:
        return sum(self.shift_hours) / HOURS_PER_WEEK

    def _first(self, is_one: Callable[[int], bool]) -> int:
        """The first machine of which it is true, as of all after it; else the number of all."""
        return bisect_left(range(self.all_machines), True, key=is_one)

    def _takes_minimum(self, shift_hours: float, machine: int) -> bool:
        return self.needed.share(machine) * shift_hours < self.minimum_h

    def _billed(self, machine: int) -> float:
        """The share of the year for which a machine is billed."""
        return self._share_of_year(self.needed.share(machine))

    def _share_of_year(self, share: float) -> float:
        """That of a machine which is needed for a share of the working hours."""
        hours = sum(max(share * shift, self.minimum_h) for shift in self.shift_hours)
        return min(HOURS_PER_WEEK, hours) / HOURS_PER_WEEK


Billed = MachinesBilled | MachinesByHour
"""The load is taken to fall evenly, or stated for each hour."""


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
    billed: Billed, following_usd_per_year: float, reserved_usd_per_year: float
) -> Blend:
    """Reserve each machine that is billed for more of the year than the critical ratio.

    Prices are of one machine for all hours of a year. This is the newsvendor's rule: reserve up
    to the quantile 1 - critical ratio of the machines needed (Arrow, Harris and Marschak,
    "Optimal Inventory Policy", Econometrica 19, 1951).
    """
    ratio = reserved_usd_per_year / following_usd_per_year
    reserved = billed.longer_than(ratio)
    rest = billed.mean_billed(besides=reserved)
    cost = reserved * reserved_usd_per_year + rest * following_usd_per_year
    return Blend(reserved, billed.all_machines - reserved, cost, ratio)
