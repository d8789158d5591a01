"""What a configuration within every limit still lacks of what a recommendation should be."""

from __future__ import annotations

from planner.fleet.plan import Option
from planner.fleet.scenario import Scenario
from planner.fleet.scenario_limits import ROUNDING, Shortfall


def shortfalls(scenario: Scenario, option: Option) -> tuple[Shortfall, ...]:
    """``unsure`` if less sure to keep up than asked for, ``unmeasured`` if the GPU never was.

    The gravest first. Limits that are missed are the option's ``obstacles`` and none of these.
    """
    found: list[Shortfall] = []
    if option.probability_meets_volume < scenario.confidence - ROUNDING:
        found.append("unsure")
    if option.basis == "extrapolated" and not scenario.accept_extrapolated:
        found.append("unmeasured")
    return tuple(found)


def gravity(scenario: Scenario, option: Option) -> tuple[bool, bool]:
    """The key that ranks options by their shortfalls: (unsure, unmeasured), the smallest first."""
    found = shortfalls(scenario, option)
    return "unsure" in found, "unmeasured" in found
