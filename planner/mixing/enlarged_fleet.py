"""The smallest addition to one part with which a stated fleet is enough."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from planner.fleet.plan import Option
from planner.fleet.scenario import Scenario
from planner.mixing.fleet_part import SharedFleet, are_there
from planner.mixing.option_of_parts import option_of_parts

MOST_REPLICAS = 4096
"""No more replicas are added to a part in search of a fleet that is enough."""


@dataclass(frozen=True, slots=True)
class Enlarged:
    """A fleet with more replicas of one ``part``, and the option that it makes."""

    fleet: SharedFleet
    part: int
    option: Option


def cheapest_enlarged(scenario: Scenario, fleets: Iterable[SharedFleet]) -> Enlarged | None:
    """The cheapest that keeps every limit; None if none does."""
    found = (
        enlarged
        for fleet in fleets
        for part in range(len(fleet.parts))
        if (enlarged := _enlarged(scenario, fleet, part)) is not None
    )
    return min(found, key=lambda one: one.option.cost_usd_per_year, default=None)


def _enlarged(scenario: Scenario, fleet: SharedFleet, which: int) -> Enlarged | None:
    """The fewest replicas of one part with which the fleet keeps every limit, if any do."""

    def with_replicas(replicas: int) -> Enlarged:
        parts = tuple(
            replace(part, replicas=replicas) if n == which else part
            for n, part in enumerate(fleet.parts)
        )
        larger = SharedFleet(parts)
        return Enlarged(larger, which, option_of_parts(scenario, larger))

    def does_the_work(replicas: int) -> bool:
        return not set(with_replicas(replicas).option.meets.missed) - {"budget"}

    few, many = fleet.parts[which].replicas, 2 * fleet.parts[which].replicas
    while not does_the_work(many):
        few, many = many, 2 * many
        if many > MOST_REPLICAS:
            return None
    while many - few > 1:
        middle = (few + many) // 2
        few, many = (few, middle) if does_the_work(middle) else (middle, many)
    smallest = with_replicas(many)
    kept = smallest.option.meets.all and are_there(smallest.fleet.parts)
    return smallest if kept else None
