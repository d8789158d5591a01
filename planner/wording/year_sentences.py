"""The year hour by hour, in sentences."""

from __future__ import annotations

import calendar

from planner.fleet.plan import Plan
from planner.fleet.scenario import Scenario
from planner.risk.year_by_hour import WorstHours, YearByHour, year_by_hour
from planner.wording.formatting import count, large

_DAY = {day[:3].lower(): day for day in calendar.day_name}


def year_sentences(plan: Plan) -> tuple[str, ...]:
    """The worst hours and what they ask of the recommended option.

    Empty if nothing is recommended, or if neither hours nor months differ.
    """
    scenario, best = plan.scenario, plan.recommended
    differs = scenario.season or scenario.hour_profile or scenario.peak_factor > 1.0
    if best is None or not differs:
        return ()
    found = year_by_hour(scenario, best)
    if any(one.backlog is None for one in best.of_models or (best,)):
        return (_worst(plan, found), _over(found))
    return (_worst(plan, found),)


def _worst(plan: Plan, found: YearByHour) -> str:
    when = _when(plan.scenario, found.worst[0])
    beyond = found.busiest_hour_documents > found.capacity_documents_per_h.value
    return (
        f"The busiest hour of the year brings {large(found.busiest_hour_documents)} documents"
        f"{when}; the recommended configuration processes "
        f"{large(found.capacity_documents_per_h.value)} an hour"
        f"{', and the others wait' if beyond else ''}."
    )


def _when(scenario: Scenario, worst: WorstHours) -> str:
    month = f" in {calendar.month_name[worst.month]}" if scenario.season else ""
    if not scenario.hour_profile:
        return month
    return f", such as {_DAY[worst.day]}s {_clock(worst.from_h)} to {_clock(worst.to_h)}{month}"


def _over(found: YearByHour) -> str:
    over, waiting = found.hours_over, found.most_waiting_if_slow
    now = (
        "No hour of the year is beyond that"
        if over.value == 0.0
        else f"{count(round(over.value))} hours of the year are beyond that"
    )
    if over.high == 0.0:
        return f"{now}, and none would be at the slow end of the forecast."
    then = f"{count(round(over.high))} would be at the slow end of the forecast"
    if waiting is None:
        return f"{now}; {then}, and documents would never be caught up with."
    return f"{now}; {then}, with up to {large(waiting)} documents waiting."


def _clock(hours: float) -> str:
    minutes = round(hours * 60.0)
    return f"{minutes // 60}:{minutes % 60:02d}"
