"""What the documents of a year ask of a fleet in the busiest hour, and how long they may wait."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from planner.catalog.price_offer import HOURS_PER_YEAR
from planner.errors import InputError
from planner.fleet.answer_targets import answer_targets
from planner.fleet.scenario import Scenario
from planner.fleet.scenario_work import classes_of
from planner.fleet.sizing import Demand
from planner.money.load_by_hour import WeeklyLoad
from planner.workload.arrival_rates import AT_ONE_RATE, ArrivalRates
from planner.workload.backlog import Backlog, Flow, arrivals_in, backlog, open_in, pace_needed
from planner.workload.weekly_hours import HOURS_PER_WEEK, Shift, shifts, shifts_with_arrivals
from planner.workload.year_of_hours import DAYS_OF_MONTH, Year, month_factors, year_of

SECONDS_PER_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Load:
    """Documents per second, on average over the working hours and in the busiest hour."""

    mean_per_s: float
    busiest_per_s: float
    working_hours_per_year: float

    @property
    def working_seconds_per_year(self) -> float:
        return self.working_hours_per_year * SECONDS_PER_HOUR

    @property
    def busiest_per_year(self) -> float:
        """Documents of a year whose every working hour is as busy as the busiest."""
        return self.busiest_per_s * self.working_seconds_per_year


@lru_cache(maxsize=256)
def load_of(scenario: Scenario) -> Load:
    """The year's documents spread over the working hours; the busiest has peak_factor times it.

    It is in the busiest month, if there is a season.
    If documents may wait, the busiest hour has as many as must be processed an hour to be done
    in time.
    """
    arrival_hours = HOURS_PER_YEAR * scenario.hours_per_week / HOURS_PER_WEEK
    arriving_per_s = scenario.documents_per_year / (arrival_hours * SECONDS_PER_HOUR)
    factor = pace_while_waiting(scenario) if may_wait(scenario) else scenario.peak_factor
    hours = HOURS_PER_YEAR * processing_hours_per_week(scenario) / HOURS_PER_WEEK
    mean = scenario.documents_per_year / (hours * SECONDS_PER_HOUR)
    return Load(mean, arriving_per_s * factor * busiest_month(scenario), hours)


@lru_cache(maxsize=256)
def demand_of(scenario: Scenario, longest: int | None = None) -> Demand:
    """What a fleet must do in the busiest hour.

    The targets of classes are in it if the ``longest`` document of the replicas is given.
    """
    busiest = load_of(scenario).busiest_per_s
    targets = () if longest is None else answer_targets(scenario, longest)
    limit_s, fewest = scenario.latency_p95_s, scenario.min_replicas
    return Demand(busiest, scenario.max_utilization, limit_s, targets, fewest)


@lru_cache(maxsize=256)
def may_wait(scenario: Scenario) -> bool:
    """True if documents are processed later than they arrive.

    That takes a deadline or hours of processing. Documents with a limit on their answer time
    are processed when they arrive, and then all are: an assumption, as classes share replicas.
    """
    if any(one.targets.asks_for_answers for one in classes_of(scenario)):
        return False
    has_hours = scenario.processing_hours_per_week is not None
    return has_hours or scenario.processing_hours is not None or deadline_h(scenario) is not None


def deadline_h(scenario: Scenario) -> float | None:
    """The shortest deadline of all classes; None if there is none."""
    stated = (one.targets.done_within_h for one in classes_of(scenario))
    return min((hours for hours in stated if hours is not None), default=None)


@lru_cache(maxsize=256)
def processing_hours_per_week(scenario: Scenario) -> float:
    """Hours of a week in which machines work."""
    if not may_wait(scenario):
        return scenario.hours_per_week
    return _processing(scenario).per_week


@lru_cache(maxsize=256)
def pace_while_waiting(scenario: Scenario) -> float:
    """Documents an hour that must be processed, relative to the mean of the hours of arrival.

    Raises InputError if some documents arrive too long before the next hour of processing.
    """
    within = deadline_h(scenario)
    needed = pace_needed(_arrivals(scenario), _processing(scenario), within)
    if math.isinf(needed):
        raise InputError(
            f"documents are to be done within {within:g} h, and some arrive longer than that "
            "before any hour of processing; give a later deadline, or processing hours that cover "
            "the hours of arrival",
            field="done_within_h",
        )
    return needed


def arrival_rates(scenario: Scenario) -> ArrivalRates:
    """The rates at which documents come, relative to the busiest hour.

    If they may wait, all come at the pace that they need.
    """
    if may_wait(scenario):
        return AT_ONE_RATE
    return year_of_hours(scenario).rates(scenario.peak_factor * busiest_month(scenario))


@lru_cache(maxsize=256)
def year_of_hours(scenario: Scenario) -> Year:
    """The year of a scenario; arrivals are relative to the mean over the hours of arrival."""
    working = _processing(scenario) if may_wait(scenario) else _while_arriving(scenario)
    return year_of(_arrivals(scenario), working, scenario.season)


def busiest_month(scenario: Scenario) -> float:
    """Documents an hour of the busiest month over those of the average hour of the year."""
    return float(month_factors(scenario.season).max())


@lru_cache(maxsize=256)
def load_by_hour(scenario: Scenario) -> WeeklyLoad | None:
    """The load of each hour of the week over the busiest one, in each month if there is a season.

    None if the hours of the week are not stated, or if documents may wait.
    """
    if not scenario.hour_profile or may_wait(scenario):
        return None
    week = _arrivals(scenario).rates / (scenario.peak_factor * busiest_month(scenario))
    if not scenario.season:
        return WeeklyLoad(week[None, :], np.ones(1))
    shares = DAYS_OF_MONTH / DAYS_OF_MONTH.sum()
    return WeeklyLoad(month_factors(scenario.season)[:, None] * week, shares)


def backlog_at(scenario: Scenario, documents_per_h: float) -> Backlog | None:
    """The backlog of a fleet that processes so many, in the busiest month.

    None if it grows or nothing may wait.
    """
    if not may_wait(scenario):
        return None
    arrivals = _arrivals(scenario)
    weeks_per_year = HOURS_PER_YEAR / HOURS_PER_WEEK
    mean_per_h = scenario.documents_per_year / weeks_per_year / arrivals.per_week
    mean_per_h *= busiest_month(scenario)
    found = backlog(arrivals, _processing(scenario), documents_per_h / mean_per_h)
    return None if found is None else Backlog(found.documents * mean_per_h, found.longest_h)


def _arrivals(scenario: Scenario) -> Flow:
    """Arrivals of an average week; their mean over the hours of arrival is 1."""
    if scenario.hour_profile:
        rates = np.array(scenario.hour_profile)
        return Flow(_WEEK, rates * scenario.hours_per_week / rates.sum())
    return arrivals_in(
        shifts(scenario.hours_per_week, scenario.arrival_hours), scenario.peak_factor
    )


def _processing(scenario: Scenario) -> Flow:
    return open_in(working_shifts(scenario))


def _while_arriving(scenario: Scenario) -> Flow:
    return open_in(_arrival_shifts(scenario))


def working_shifts(scenario: Scenario) -> tuple[Shift, ...]:
    """The hours of a week in which documents are processed: as stated, else those of arrival."""
    hours, daily = scenario.processing_hours_per_week, scenario.processing_hours
    if not may_wait(scenario) or (daily is None and hours is None):
        return _arrival_shifts(scenario)
    return shifts(hours or HOURS_PER_WEEK, daily)


def _arrival_shifts(scenario: Scenario) -> tuple[Shift, ...]:
    if scenario.hour_profile:
        return shifts_with_arrivals(scenario.hour_profile)
    return shifts(scenario.hours_per_week, scenario.arrival_hours)


_WEEK = np.arange(HOURS_PER_WEEK + 1.0)
