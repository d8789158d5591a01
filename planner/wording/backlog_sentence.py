"""The documents of the busiest hour, the time by which they must be done, and those that wait."""

from __future__ import annotations

from planner.fleet.busiest_hour import load_of
from planner.fleet.plan import Option
from planner.fleet.scenario import Scenario
from planner.fleet.scenario_limits import ROUNDING
from planner.wording.formatting import count, duration, large
from planner.workload.document_class import Targets


def backlog_sentence(scenario: Scenario, option: Option) -> str | None:
    """The backlog of a fleet; None if documents are processed when they arrive."""
    found = option.backlog
    if found is None:
        return None
    if not found.makes_wait:
        return "No documents wait for longer than the hour in which they arrive."
    return (
        f"Up to {large(found.documents)} documents wait at once, and each is done within "
        f"{duration(found.longest_h)} of its arrival{_without_limit(scenario)}."
    )


def _without_limit(scenario: Scenario) -> str:
    """Clause that names the kinds without a limit; empty if all or none have one."""
    free = [one.name for one in scenario.classes if one.targets == Targets()]
    if not free or len(free) == len(scenario.classes):
        return ""
    *first, last = free
    named = f"{', '.join(first)} and {last}" if first else last
    return f"; {named} may wait too, as no limit is set for them"


def demand_words(scenario: Scenario) -> str:
    """The documents of a year at the pace of the busiest hour, and that they are at that pace.

    That is said only if the year itself has another number of documents.
    """
    asked, demand = scenario.documents_per_year, load_of(scenario).busiest_per_year
    is_the_year = abs(demand - asked) <= ROUNDING * asked
    return f"{large(demand)}{'' if is_the_year else ' (busiest hour)'}"


def deadline_words(scenario: Scenario) -> str | None:
    """By when documents must be done, for each kind that has a deadline; None if none has."""
    if scenario.done_within_h is not None:
        return f"done within {count(scenario.done_within_h)} h"
    stated = [(one.name, one.targets.done_within_h) for one in scenario.classes]
    said = [f"{name} done within {count(hours)} h" for name, hours in stated if hours is not None]
    return ", ".join(said) or None
