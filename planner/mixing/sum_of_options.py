"""Fleets of several models as one option: what they cost and keep together.

Each has documents of its own, whatever the others do. One error of the forecast holds for all, as
in ``fleet_part.py``: together they keep a limit as surely as the one that keeps it least surely.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

from planner.fleet import costs
from planner.fleet.option_of_fleet import probability_of_budget
from planner.fleet.plan import FleetItem, Option
from planner.fleet.scenario import Scenario
from planner.fleet.scenario_limits import Limit, Meets
from planner.fleet.scenario_work import Served
from planner.forecast.forecast_values import BASES, Interval
from planner.mixing.fleet_part import slowest
from planner.money.cost_line import CostLine
from planner.money.cost_of_items import counted_items, is_fixed
from planner.sureness.probability import Probability
from planner.workload.backlog import Backlog


def sum_of(scenario: Scenario, fleets: Sequence[tuple[Scenario, Option]]) -> Option:
    """The option of all ``fleets``, each with the scenario of its documents.

    Capacity is in the proportions of their documents, until the first fleet is full. What only
    one fleet can say, such as its bottleneck, is said of the one that costs most.
    """
    options = [option for _, option in fleets]
    lines = _cost_lines(scenario, [line for one in options for line in one.cost_lines])
    cost = costs.total_cost_usd_per_year(lines)
    budget = probability_of_budget(scenario, cost)
    capacity = _capacity(scenario, fleets)
    places = [one.probability_place_down for one in options]
    spread = [place for place in places if place is not None]
    return replace(
        max(options, key=lambda one: one.cost_usd_per_year),
        fleet=tuple(_items(scenario, fleets)),
        cost_lines=lines,
        cost_usd_per_year=cost,
        cost_usd_per_1000_documents=costs.cost_usd_per_1000_documents(
            cost, scenario.documents_per_year
        ),
        capacity_documents_per_year=capacity,
        probability=_least([one.probability for one in options], budget),
        one_down=lambda: _least([one.probability_one_down for one in options], budget),
        probability_place_down=_least(spread, budget) if len(spread) == len(places) else None,
        availability=math.prod(one.availability for one in options),
        utilization=scenario.documents_per_year / capacity.value,
        answers=lambda: slowest([one.latency_s for one in options]),
        backlog=_backlog([one.backlog for one in options if one.backlog is not None]),
        unloaded_latency_s=max(one.unloaded_latency_s for one in options),
        meets=_meets([one.meets for one in options], None if budget is None else budget == 1.0),
        basis=max((one.basis for one in options), key=BASES.index),
        sources=tuple(dict.fromkeys(source for one in options for source in one.sources)),
        provenance=min(options, key=_published).provenance,
        own_runs=tuple(run for one in options for run in one.own_runs),
        of_models=tuple(options),
        scenarios=tuple(own for own, _ in fleets),
    )


def option_together(scenario: Scenario, fleets: Sequence[tuple[Scenario, Option]]) -> Option:
    """The sum of the fleets of several models; the one option if there is one model."""
    return fleets[0][1] if len(fleets) == 1 else sum_of(scenario, fleets)


def fleets_by_model(scenario: Scenario, option: Option) -> tuple[tuple[Scenario, Option], ...]:
    """The fleet of each model with the scenario of its documents; the option's own if it runs one.

    ``scenario`` is that of all documents.
    """
    return tuple(zip(option.scenarios, option.of_models, strict=True)) or ((scenario, option),)


def _published(option: Option) -> float:
    """Published measurements of its kind; infinite if it was measured itself and needs none."""
    own = option.basis in ("measured", "calibrated")
    return math.inf if own or option.provenance is None else option.provenance.of_kind


def lines_of_all(scenario: Scenario) -> tuple[CostLine, ...]:
    """The cost items that no fleet has, as they are the same whatever the machines are.

    Their taxes are with them.
    """
    items = counted_items(scenario.other_costs, scenario.standard_costs)
    fixed = tuple(item for item in items if is_fixed(item) or item.unit == "percent_tax")
    alone = scenario.model_copy(update={"other_costs": fixed, "standard_costs": ()})
    return costs.cost_lines_of_fleet(alone, ())


def _cost_lines(scenario: Scenario, of_fleets: Sequence[CostLine]) -> tuple[CostLine, ...]:
    """The machines of each fleet, then each cost item once, taxes last."""
    lines = (*of_fleets, *lines_of_all(scenario))
    items = counted_items(scenario.other_costs, scenario.standard_costs)
    items = tuple(sorted(items, key=lambda item: item.unit == "percent_tax"))
    named = {item.name: [line for line in lines if line.name == item.name] for item in items}
    machines = (line for line in lines if line.name not in named)
    return (
        *machines,
        *(
            replace(found[0], usd_per_year=sum(line.usd_per_year for line in found))
            for found in named.values()
        ),
    )


def capacity_together(documents: float, parts: Iterable[tuple[float, float]]) -> float:
    """Documents a year of all if those of each part keep their share; ``parts`` are (capacity,
    documents) of each.

    >>> capacity_together(30.0, [(40.0, 20.0), (15.0, 10.0)])
    45.0
    """
    return documents * min(capacity / asked for capacity, asked in parts)


def _capacity(scenario: Scenario, fleets: Sequence[tuple[Scenario, Option]]) -> Interval:
    def together(end: str) -> float:
        return capacity_together(
            scenario.documents_per_year,
            (
                (getattr(option.capacity_documents_per_year, end), own.documents_per_year)
                for own, option in fleets
            ),
        )

    return Interval(together("value"), together("low"), together("high"))


def _items(scenario: Scenario, fleets: Iterable[tuple[Scenario, Option]]) -> Iterable[FleetItem]:
    for own, option in fleets:
        share = own.documents_per_year / scenario.documents_per_year
        for item in option.fleet:
            served = tuple(Served(one.name, one.share * share) for one in item.serves)
            yield replace(item, serves=served)


def _least(found: Sequence[Probability], budget: float | None) -> Probability:
    return Probability(
        min(one.volume for one in found),
        min((one.latency for one in found if one.latency is not None), default=None),
        budget,
    )


def _backlog(found: Sequence[Backlog]) -> Backlog | None:
    """The documents of all that wait, and the longest wait; None if nothing may wait."""
    if not found:
        return None
    return Backlog(sum(one.documents for one in found), max(one.longest_h for one in found))


def _meets(found: Sequence[Meets], budget: bool | None) -> Meets:
    def kept(limit: Limit) -> bool | None:
        stated = [kept for one in found if (kept := getattr(one, limit)) is not None]
        return all(stated) if stated else None

    return Meets(
        volume=all(one.volume for one in found),
        latency=kept("latency"),
        budget=budget,
        replicas=kept("replicas"),
        spread=kept("spread"),
    )
