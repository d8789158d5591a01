"""When a scenario's documents arrive and are processed in a week, and how long they may wait."""

from __future__ import annotations

import math
from functools import lru_cache

from planner.errors import InputError
from planner.fleet.scenario import Scenario
from planner.fleet.scenario_work import classes_of
from planner.workload.backlog import (
    Backlog,
    Flow,
    arrivals_in,
    backlog,
    open_in,
    pace_needed,
)
from planner.workload.weekly_hours import HOURS_PER_WEEK, shifts


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


def backlog_at(scenario: Scenario, documents_per_h: float) -> Backlog | None:
    """The backlog of a fleet that processes so many; None if it grows or nothing may wait."""
    if not may_wait(scenario):
        return None
    arrivals = _arrivals(scenario)
    weeks_per_year = 365.0 * 24.0 / HOURS_PER_WEEK
    mean_per_h = scenario.documents_per_year / weeks_per_year / arrivals.per_week
    found = backlog(arrivals, _processing(scenario), documents_per_h / mean_per_h)
    return None if found is None else Backlog(found.documents * mean_per_h, found.longest_h)


def _arrivals(scenario: Scenario) -> Flow:
    return arrivals_in(
        shifts(scenario.hours_per_week, scenario.arrival_hours), scenario.peak_factor
    )


def _processing(scenario: Scenario) -> Flow:
    hours, daily = scenario.processing_hours_per_week, scenario.processing_hours
    if daily is None and hours is None:
        return open_in(shifts(scenario.hours_per_week, scenario.arrival_hours))
    return open_in(shifts(hours or HOURS_PER_WEEK, daily))
