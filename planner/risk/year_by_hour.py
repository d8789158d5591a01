"""The year hour by hour: its worst hours, and those that are too much for an option."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.catalog.price_offer import HOURS_PER_YEAR
from planner.fleet.busiest_hour import busiest_month, load_of, may_wait, year_of_hours
from planner.fleet.plan import Option
from planner.fleet.scenario import Scenario
from planner.forecast.forecast_values import Interval
from planner.mixing.sum_of_options import fleets_by_model
from planner.workload.weekly_hours import DAYS, HOURS_PER_DAY, HOURS_PER_WEEK, Day
from planner.workload.year_of_hours import Year

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
    """The scenario's year for an option.

    Fleets of several models get their shares of every hour's documents: what they process an hour
    is in these proportions until the first is full, of those that process documents when they
    arrive, if any do. An hour is too much if it is for one of them. What waits is of all, as if
    each had its most at the same time.
    """
    fleets = [_Fleet.of(own, one) for own, one in fleets_by_model(scenario, option)]
    prompt = [one for one in fleets if not one.waits] or fleets
    unit = scenario.documents_per_year / _arriving_hours(scenario)
    busiest = unit * scenario.peak_factor * busiest_month(scenario)

    def capacity(end: str) -> float:
        return float(unit * min(getattr(one.per_h, end) / one.unit for one in prompt))

    def over(per_h: float) -> float:
        found = prompt[0].year.hours_above(per_h / unit)
        return max(found, 1.0) if busiest > per_h * (1.0 + 1e-9) else found

    def waiting(end: str) -> float | None:
        most = [one.most_waiting(getattr(one.per_h, end)) for one in fleets]
        found = [one for one in most if one is not None]
        return sum(found) if len(found) == len(most) else None

    per_h = Interval(capacity("value"), capacity("low"), capacity("high"))
    return YearByHour(
        busiest_hour_documents=busiest,
        worst=_worst(prompt[0].year, unit),
        capacity_documents_per_h=per_h,
        hours_over=Interval(over(per_h.value), over(per_h.high), over(per_h.low)),
        most_waiting=waiting("value"),
        most_waiting_if_slow=waiting("low"),
    )


@dataclass(frozen=True, slots=True)
class _Fleet:
    """The fleet of one model: its year, in ``unit`` documents an hour, and what it processes."""

    year: Year
    unit: float
    per_h: Interval
    waits: bool

    @classmethod
    def of(cls, scenario: Scenario, option: Option) -> _Fleet:
        per_year = option.capacity_documents_per_year
        hours = load_of(scenario).working_hours_per_year
        return cls(
            year_of_hours(scenario),
            scenario.documents_per_year / _arriving_hours(scenario),
            Interval(per_year.value / hours, per_year.low / hours, per_year.high / hours),
            may_wait(scenario),
        )

    def most_waiting(self, per_h: float) -> float | None:
        most = self.year.most_waiting(per_h / self.unit)
        return None if most is None else most * self.unit


def _arriving_hours(scenario: Scenario) -> float:
    return HOURS_PER_YEAR * scenario.hours_per_week / HOURS_PER_WEEK


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
