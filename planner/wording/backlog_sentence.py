"""How many documents wait, and for how long."""

from __future__ import annotations

from planner.fleet.plan import Option
from planner.wording.formatting import large, significant


def backlog_sentence(option: Option) -> str | None:
    """The backlog of a fleet; None if documents are processed when they arrive."""
    found = option.backlog
    if found is None:
        return None
    if found.documents < 1.0:
        return "No documents wait for longer than the hour in which they arrive."
    return (
        f"Up to {large(found.documents)} documents wait at once, and each is done within "
        f"{significant(found.longest_h)} hours of its arrival."
    )
