"""Formulas for machines that follow the load, as ``planner.money.load_following``."""

from __future__ import annotations

from dataclasses import dataclass

from planner.catalog.price_offer import HOURS_PER_YEAR
from planner.money.load_following import ROUNDING
from planner.workbook.cell_formula import Number, largest, number, rounded_up, smallest, when

LEAST_FALL = 1e-12
"""A level load: all machines run in all working hours."""


@dataclass(frozen=True, slots=True)
class FollowedInputs:
    """``always`` of the machines run in all working hours, and ``spares`` besides.

    ``reserved_usd_per_hour`` is the price of the same machine reserved; None if there is none.
    """

    peak_factor: Number
    always: float
    spares: float
    reserved_usd_per_hour: Number | None

    def reserved(self, machines: Number, hours: Number, usd_per_hour: Number) -> Number:
        """Machines that are reserved, as ``MachinesNeeded.longer_than`` the critical ratio."""
        if self.reserved_usd_per_hour is None:
            return number(0.0)
        share = self.reserved_usd_per_hour / usd_per_hour * HOURS_PER_YEAR / hours
        working = machines - self.spares
        before = working * (1.0 - share * self._fall / self.peak_factor) - working * ROUNDING
        found = rounded_up(largest(0.0, before))
        base = smallest(working, largest(self._steady(working), found)) + self.spares
        return when(share.at_least(1.0 - ROUNDING), number(0.0), base)

    def running(self, machines: Number, besides: Number) -> Number:
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
