"""Formulas for machines that follow the load, as ``planner.money.load_following``."""

from __future__ import annotations

from dataclasses import dataclass

from planner.catalog.price_offer import HOURS_PER_YEAR
from planner.fleet.costs import MachinesPaid
from planner.money.load_following import ROUNDING
from planner.workbook.cell_formula import Number, largest, number, rounded_up, smallest, when

LEAST_FALL = 1e-12
"""A level load: all machines run in all working hours."""


@dataclass(frozen=True, slots=True)
class FollowedInputs:
    """In a year ``always`` of the machines run in all working hours, and ``spares`` besides.

    Each is billed for ``least_share`` of them at least; None: for as long as it is needed.
    ``reserved_usd_per_hour`` is the price of the same machine reserved; None if there is none.
    ``planned`` is what the plan pays for, if only a new plan knows what changes that; else None.
    """

    peak_factor: Number
    always: float
    spares: float
    least_share: Number | None
    reserved_usd_per_hour: Number | None
    planned: MachinesPaid | None = None

    def reserved(self, machines: Number, hours: Number, usd_per_hour: Number) -> Number:
        """Machines that are reserved, as ``MachinesBilled.longer_than`` the critical ratio."""
        if self.reserved_usd_per_hour is None:
            return number(0.0)
        if self.planned is not None:
            return number(self.planned.reserved)
        share = self.reserved_usd_per_hour / usd_per_hour * HOURS_PER_YEAR / hours
        long_enough = self._longer_than(share, machines)
        if self.least_share is None:
            return long_enough
        all_of_them = self.least_share.at_least(share + ROUNDING)
        return when(all_of_them, machines, long_enough)

    def billed(self, machines: Number, besides: Number, hours: Number) -> Number:
        """Machines billed in the mean of so many hours, as ``MachinesBilled.mean_billed``."""
        if self.planned is not None:
            return number(self.planned.others * HOURS_PER_YEAR / hours.value)
        if self.least_share is None:
            return self._running(machines, besides)
        longer = largest(besides, self._longer_than(self.least_share, machines))
        needed = self._running(machines, besides) - self._running(machines, longer)
        return needed + self.least_share * (machines - longer)

    def _longer_than(self, share: Number, machines: Number) -> Number:
        working = machines - self.spares
        before = working * (1.0 - share * self._fall / self.peak_factor) - working * ROUNDING
        found = rounded_up(largest(0.0, before))
        base = smallest(working, largest(self._steady(working), found)) + self.spares
        return when(share.at_least(1.0 - ROUNDING), number(0.0), base)

    def _running(self, machines: Number, besides: Number) -> Number:
        """Machines on in the mean working hour, as ``MachinesNeeded.mean_running``."""
        working = machines - self.spares
        steady = self._steady(working)
        first = largest(steady, besides - self.spares)
        whole = working * (1.0 - self._fall / self.peak_factor) + ROUNDING
        full = smallest(working, largest(first, rounded_up(largest(0.0, whole))))
        rest = working - full
        slope = self.peak_factor / self._fall / (largest(1.0, working) * 2.0)
        steadily = largest(0.0, steady + self.spares - besides) + (full - first)
        return steadily + slope * rest * (rest + 1.0)

    def _steady(self, working: Number) -> Number:
        return smallest(working, self.always)

    @property
    def _fall(self) -> Number:
        peak = self.peak_factor
        fall = when(peak.at_most(2.0), (peak - 1.0) * 2.0, peak * peak / 2.0)
        return largest(LEAST_FALL, fall)
