"""What a configuration within every limit still lacks of what a recommendation should be."""

from __future__ import annotations

from typing import Literal

from planner.fleet.plan import Option
from planner.fleet.scenario import Scenario

Shortfall = Literal["unsure", "unmeasured"]


def shortfalls(scenario: Scenario, option: Option) -> tuple[Shortfall, ...]:
    """Whether it is less sure to keep up than asked for, and whether its card was never measured.

    The gravest first; limits that are missed are the option's ``obstacles`` and none of these.
    """
    found: list[Shortfall] = []
    if option.probability_meets_volume < scenario.confidence - 1e-9:
        found.append("unsure")
    if option.basis == "extrapolated" and not scenario.accept_extrapolated:
        found.append("unmeasured")
    return tuple(found)
