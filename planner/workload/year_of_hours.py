"""A year hour by hour: weeks that repeat, with more or fewer documents in each month.

The year has 365 days and starts on a Monday.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.catalog.price_offer import HOURS_PER_YEAR
from planner.workload.arrival_rates import ArrivalRates
from planner.workload.backlog import Flow
from planner.workload.weekly_hours import HOURS_PER_WEEK

Array = NDArray[np.float64]
Indices = NDArray[np.int64]

DAYS_OF_MONTH = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
_MONTH_ENDS = np.cumsum(DAYS_OF_MONTH) * 24.0


def month_factors(season: Sequence[float]) -> Array:
    """Documents an hour in each month over those of the average hour of the year, (12,).

    ``season`` are 12 numbers in any unit; all months are alike if it is empty.
    """
    if not season:
        return np.ones(12)
    stated = np.array(season)
    return np.asarray(stated * DAYS_OF_MONTH.sum() / (stated @ DAYS_OF_MONTH))


@dataclass(frozen=True, slots=True, eq=False)
class Year:
    """Pieces of a year in which nothing changes, each (n,).

    ``hours`` are their lengths; ``arriving`` the documents an hour in the unit of the flow that
    it is of; ``working`` the share of the machines that process; ``month`` is 0 to 11,
    ``week_hour`` the hour of the week in which a piece starts.
    """

    hours: Array
    arriving: Array
    working: Array
    month: Indices
    week_hour: Array

    def hours_above(self, pace_per_h: float) -> float:
        """Hours of the year in which more documents arrive than a fleet processes an hour."""
        return float(self.hours[self.arriving > pace_per_h * (1.0 + 1e-9)].sum())

    def most_waiting(self, pace_per_h: float) -> float | None:
        """The largest backlog of a year like the one before; None if it grows every year."""
        net = self.hours * (self.arriving - pace_per_h * self.working)
        if net.sum() > 1e-9 * float(self.hours @ self.arriving):
            return None
        sums = np.concatenate([[0.0], np.cumsum(np.tile(net, 2))])
        return float((sums - np.minimum.accumulate(sums)).max())

    def rates(self, busiest: float) -> ArrivalRates:
        """The rates at which the year's documents arrive, relative to ``busiest``."""
        documents = self.hours * self.arriving
        rates, at = np.unique(self.arriving, return_inverse=True)
        shares = np.bincount(at, weights=documents) / documents.sum()
        some = rates > 0.0
        return ArrivalRates(rates[some] / busiest, shares[some])


def year_of(arrivals: Flow, working: Flow, season: Sequence[float]) -> Year:
    """The year of a week's arrivals and hours of work."""
    week = np.unique(np.concatenate([arrivals.borders, working.borders]))
    starts = np.arange(np.ceil(HOURS_PER_YEAR / HOURS_PER_WEEK)) * HOURS_PER_WEEK
    all_borders = np.concatenate([(starts[:, None] + week).ravel(), _MONTH_ENDS, [0.0]])
    borders = np.unique(all_borders[all_borders <= HOURS_PER_YEAR])
    middles = (borders[1:] + borders[:-1]) / 2.0
    month = np.searchsorted(_MONTH_ENDS, middles)
    of_week = np.mod(middles, HOURS_PER_WEEK)
    return Year(
        hours=np.diff(borders),
        arriving=_at(arrivals, of_week) * month_factors(season)[month],
        working=_at(working, of_week),
        month=month,
        week_hour=np.mod(borders[:-1], HOURS_PER_WEEK),
    )


def _at(flow: Flow, hours: Array) -> Array:
    return np.asarray(flow.rates[np.searchsorted(flow.borders, hours, side="right") - 1])
