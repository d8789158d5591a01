"""The cheapest fleet that a stated one can shrink to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import permutations

from planner.fleet.plan import Option
from planner.fleet.scenario import Scenario
from planner.mixing.fleet_part import Part, SharedFleet
from planner.mixing.option_of_parts import option_of_parts

MOST_ORDERS = 24
"""Orders in which parts are reduced; all of them up to four parts."""


def cheapest_reduced(
    scenario: Scenario, fleets: Iterable[SharedFleet]
) -> tuple[tuple[int, ...], Option] | None:
    """Replicas left of each part, of which not one can go, and the option; None if none can."""
    found = (
        (replicas, option_of_parts(scenario, _with(fleet.parts, replicas)))
        for fleet in fleets
        for replicas in _smaller(scenario, fleet.parts)
    )
    return min(found, key=lambda one: one[1].cost_usd_per_year, default=None)


def _smaller(scenario: Scenario, parts: Sequence[Part]) -> set[tuple[int, ...]]:
    """Fleets that are enough and smaller, one for each order in which the parts are reduced."""
    now = tuple(part.replicas for part in parts)
    if not _enough(scenario, parts, now):
        return set()
    orders = list(permutations(range(len(parts))))[:MOST_ORDERS]
    return {_reduced(scenario, parts, order) for order in orders} - {now}


def _reduced(scenario: Scenario, parts: Sequence[Part], order: Sequence[int]) -> tuple[int, ...]:
    """One part after the other with as few replicas as are enough with the others."""
    left = [part.replicas for part in parts]
    for which in order:
        few, many = -1, left[which]
        while many - few > 1:
            middle = (few + many) // 2
            tried = (*left[:which], middle, *left[which + 1 :])
            few, many = (few, middle) if _enough(scenario, parts, tried) else (middle, many)
        left[which] = many
    return tuple(left)


def _enough(scenario: Scenario, parts: Sequence[Part], replicas: Sequence[int]) -> bool:
    return any(replicas) and option_of_parts(scenario, _with(parts, replicas)).meets.all


def _with(parts: Sequence[Part], replicas: Sequence[int]) -> SharedFleet:
    kept = zip(parts, replicas, strict=True)
    return SharedFleet(tuple(replace(part, replicas=number) for part, number in kept if number))
