"""What sets the size of a fleet: a cause of seconds, the memory, or the limit on answer times."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from planner.physics.terms import CAUSES, Cause

BindingLimit = Literal[Cause, "kv_capacity", "latency"]

MOSTLY = 0.5
"""Share of the seconds from which prompt processing binds whatever the memory holds."""


def main_cause(seconds_by_cause: Mapping[str, float]) -> Cause:
    """The cause of most seconds per request."""
    return max(CAUSES, key=lambda cause: seconds_by_cause[cause])


def binding_limit(
    seconds_by_cause: Mapping[str, float], limited_by_memory: bool, sized_for_latency: bool
) -> BindingLimit:
    """``latency``, ``kv_capacity``, or the cause of most seconds per request.

    ``latency`` if the limit on answer times takes more replicas than the volume;
    ``kv_capacity`` if memory caps the parallel requests and prompt processing,
    which more of them would not speed up, is less than half of the time.
    """
    if sized_for_latency:
        return "latency"
    prefill = seconds_by_cause["prefill"] / sum(seconds_by_cause.values())
    if limited_by_memory and prefill < MOSTLY:
        return "kv_capacity"
    return main_cause(seconds_by_cause)
