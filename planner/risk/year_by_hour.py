"""The year hour by hour: its worst hours, and those that are too much for an option."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.fleet.busiest_hour import busiest_month, load_of, year_of_hours
from planner.fleet.plan import Option
from planner.fleet.scenario import Scenario
from planner.forecast.forecast_values import Interval
from planner.workload.weekly_hours import DAYS, HOURS_PER_DAY, HOURS_PER_WEEK, Day
from planner.workload.year_of_hours import HOURS_PER_YEAR, Year

MOST_WORST = 5


@dataclass(frozen=True, slots=True)
class WorstHours:
    """Hours of a day in a month, 1 to 12, and the documents that arrive in each hour."""

    month: int
    day: Day
    from_h: float
    to_h: float
    documents_per_h: float


@dataclass(frozen=True, slots=True)
class YearByHour:
    """The load of an option over a year, all its machines running.

    ``busiest_hour_documents`` arrive in the busiest hour of all; ``worst`` are the busiest of the
    average weeks of the months. ``hours_over`` are those of a year in which more documents arrive
    than are processed, ``most_waiting`` the documents that then wait at most, None if there are
    more from year to year. Both are at the forecast speed, and at the fast and the slow end of
    its 90 % interval (``low``, ``high``).
    """

    busiest_hour_documents: float
    worst: tuple[WorstHours, ...]
    capacity_documents_per_h: Interval
    hours_over: Interval
    most_waiting: float | None
    most_waiting_if_slow: float | None


def year_by_hour(scenario: Scenario, option: Option) -> YearByHour:
    """The scenario's year for an option."""
    year, load = year_of_hours(scenario), load_of(scenario)
    arriving_hours = HOURS_PER_YEAR * scenario.hours_per_week / HOURS_PER_WEEK
    unit = scenario.documents_per_year / arriving_hours
    per_year, hours = option.capacity_documents_per_year, load.working_hours_per_year
    capacity = Interval(per_year.value / hours, per_year.low / hours, per_year.high / hours)
    busiest = unit * scenario.peak_factor * busiest_month(scenario)

    def over(per_h: float) -> float:
        found = year.hours_above(per_h / unit)
        return max(found, 1.0) if busiest > per_h * (1.0 + 1e-9) else found

    def waiting(per_h: float) -> float | None:
        most = year.most_waiting(per_h / unit)
        return None if most is None else most * unit

    return YearByHour(
        busiest_hour_documents=busiest,
        worst=_worst(year, unit),
        capacity_documents_per_h=capacity,
        hours_over=Interval(over(capacity.value), over(capacity.high), over(capacity.low)),
        most_waiting=waiting(capacity.value),
        most_waiting_if_slow=waiting(capacity.low),
    )


def _worst(year: Year, unit: float) -> tuple[WorstHours, ...]:
    """The busiest hours of the week in the busiest months, one entry for each day and month."""
    found: dict[tuple[int, int], WorstHours] = {}
    for at in np.argsort(-year.arriving, kind="stable"):
        start = float(year.week_hour[at])
        month, day = int(year.month[at]), int(start // HOURS_PER_DAY)
        if (month, day) not in found:
            from_h = start - day * HOURS_PER_DAY
            to_h = from_h + float(year.hours[at])
            rate = float(year.arriving[at] * unit)
            found[month, day] = WorstHours(month + 1, DAYS[day], from_h, to_h, rate)
        if len(found) == MOST_WORST:
            break
    return tuple(found.values())
