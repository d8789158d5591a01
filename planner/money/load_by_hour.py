"""Machines that follow a load which is stated for each hour of the week."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from planner.workload.weekly_hours import HOURS_PER_WEEK

ROUNDING = 1e-9
Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class WeeklyLoad:
    """The load of each hour over that of the busiest one, (n, 168) from Monday 0:00 on.

    There are n kinds of weeks, such as one for each month, with their ``shares`` (n,) of the year.
    """

    loads: Array
    shares: Array


@dataclass(frozen=True, slots=True)
class _Band:
    """Machines that run in the same hours: their number, and the shares of the year in which each
    runs and for which it is billed.
    """

    machines: int
    running: float
    billed: float


@dataclass(frozen=True, slots=True, eq=False)
class MachinesByHour:
    """The part of the year for which each of the machines is billed.

    Each of ``machines`` carries an equal part of the busiest hour, and runs in the hours that need
    it. ``always`` of them run in all hours in which documents arrive, and ``spares`` more that
    carry nothing. Each time that a machine is switched on it is billed for ``minimum_h`` at least;
    one that is needed in fewer hours is never billed for more of the year than another.
    """

    machines: int
    load: WeeklyLoad
    always: int = 1
    spares: int = 0
    minimum_h: float = 0.0

    @property
    def all_machines(self) -> int:
        """The spare ones among them."""
        return self.machines + self.spares

    @property
    def are_all_always_on(self) -> bool:
        """True if all machines are billed day and night."""
        return self.mean_billed() >= self.all_machines - ROUNDING

    def longer_than(self, share_of_year: float) -> int:
        """Machines that are billed for more than this share of the year."""
        long = (band.machines for band in self._bands() if band.billed > share_of_year + ROUNDING)
        return sum(long)

    def mean_billed(self, besides: int = 0) -> float:
        """Machines billed in the mean hour of the year; ``besides`` those needed longest."""
        return sum(count * band.billed for count, band in self._besides(besides))

    def mean_running(self, besides: int = 0) -> float:
        """Machines that run in the mean hour with documents; ``besides`` those needed longest."""
        hours_with_documents = float(self.load.shares @ (self.load.loads > 0.0).mean(axis=1))
        running = sum(count * band.running for count, band in self._besides(besides))
        return running / hours_with_documents

    def _besides(self, besides: int) -> list[tuple[int, _Band]]:
        bands = self._bands()
        before = accumulate((band.machines for band in bands), initial=0)
        return [
            (min(band.machines, start + band.machines - besides), band)
            for start, band in zip(before, bands, strict=False)
            if start + band.machines > besides
        ]

    def _bands(self) -> list[_Band]:
        """The machines by the hours that they run in, those needed longest first."""
        on = self._on()
        ends = np.unique(on)
        ends = ends[ends > 0]
        starts = [0, *(int(end) for end in ends[:-1])]
        # A machine may stay on whenever one does that is needed longer, and costs no more then.
        billed = accumulate((self._billed(on > start) for start in starts), np.minimum)
        return [
            _Band(int(end) - start, self._running(on > start), float(self.load.shares @ shares))
            for start, end, shares in zip(starts, ends, billed, strict=True)
        ]

    def _on(self) -> NDArray[np.int64]:
        """Machines that run in each hour, (n, 168); none if no documents arrive."""
        needed = np.ceil(self.machines * (self.load.loads - ROUNDING)).astype(np.int64)
        least = min(self.machines, max(1, self.always))
        working = np.clip(needed, least, self.machines) + self.spares
        return np.where(self.load.loads > 0.0, working, 0)

    def _running(self, on: NDArray[np.bool_]) -> float:
        return float(self.load.shares @ on.mean(axis=1))

    def _billed(self, on: NDArray[np.bool_]) -> Array:
        """The share of each kind of week, (n,), for which a machine is billed that runs so."""
        if not self.minimum_h:
            return np.asarray(on.mean(axis=1), dtype=np.float64)
        return np.array([_hours_billed(week, self.minimum_h) for week in on]) / HOURS_PER_WEEK


def _hours_billed(week: NDArray[np.bool_], minimum_h: float) -> float:
    """Hours of a week that repeats for which a machine is billed that is needed in some of them.

    It stays on until it has been paid for ``minimum_h`` since it was switched on: an upper limit,
    as leaving it on until it is needed again may cost less.
    """
    billed, paid_h = 0.0, 0.0  # paid_h: since it was switched on; 0 while it is off
    for hour in range(2 * len(week)):
        if week[hour % len(week)]:
            part = 1.0
        else:
            part = min(1.0, max(0.0, minimum_h - paid_h)) if paid_h else 0.0
        paid_h = paid_h + 1.0 if part == 1.0 else 0.0
        if hour >= len(week):  # the week before has left a machine on, or not
            billed += part
    return billed
