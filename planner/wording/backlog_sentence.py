"""How many documents wait, and for how long."""

from __future__ import annotations

from planner.fleet.plan import Option
from planner.fleet.scenario import Scenario
from planner.wording.formatting import duration, large
from planner.workload.document_class import Targets


def backlog_sentence(scenario: Scenario, option: Option) -> str | None:
    """The backlog of a fleet; None if documents are processed when they arrive."""
    found = option.backlog
    if found is None:
        return None
    if found.documents < 1.0:
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
