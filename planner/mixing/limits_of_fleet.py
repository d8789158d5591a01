"""The smallest change of one limit each with which a stated fleet is enough.

Each value is rounded to the side on which it still works, and judged again.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from planner.fleet.answer_targets import StatedTarget, stated_targets
from planner.fleet.plan import Changed, Option, Remedy
from planner.fleet.remedies import (
    CLOSE_ENOUGH,
    FIELD,
    LEAST_CONFIDENCE,
    least_kept,
    planned,
    rounded,
    rounded_up_usd,
)
from planner.fleet.replanning import with_change
from planner.fleet.scenario import MAX_BUDGET_USD, Scenario
from planner.workload.document_class import LARGEST_ANSWER_LIMIT

Judge = Callable[[Scenario], Option | None]
"""Returns the option of a scenario's fleet that keeps every limit; None if none does."""


def limits_of_fleet(scenario: Scenario, judge: Judge) -> tuple[Remedy, ...]:
    """At most one remedy each for the budget, the answer time, the targets of each class, the
    volume and the confidence.
    """
    wanted: tuple[tuple[Changed, Iterator[float], StatedTarget | None], ...] = (
        ("budget", _budget(scenario, judge), None),
        ("latency", _answer_time(scenario, judge), None),
        *(("target", _limit(scenario, judge, one), one) for one in stated_targets(scenario)),
        ("volume", _documents(scenario, judge), None),
        ("confidence", _confidence(scenario, judge), None),
    )
    found: list[Remedy] = []
    for changed, values, target in wanted:
        tried = (planned(scenario, changed, value, judge, target) for value in values)
        found += [remedy for remedy in tried if remedy is not None][:1]
    return tuple(found)


def _budget(scenario: Scenario, judge: Judge) -> Iterator[float]:
    if scenario.budget_usd_per_year is None:
        return
    free = judge(scenario.model_copy(update={"budget_usd_per_year": None}))
    if free is not None and free.cost_usd_per_year <= MAX_BUDGET_USD:
        yield rounded_up_usd(free.cost_usd_per_year)


def _answer_time(scenario: Scenario, judge: Judge) -> Iterator[float]:
    if scenario.latency_p95_s is not None:
        yield from least_kept(
            scenario.latency_p95_s,
            LARGEST_ANSWER_LIMIT,
            lambda value: _keeps(scenario, judge, "latency", value),
        )


def _limit(scenario: Scenario, judge: Judge, target: StatedTarget) -> Iterator[float]:
    def keeps(value: float) -> bool:
        return planned(scenario, "target", value, judge, target) is not None

    return least_kept(target.limit, target.longest, keeps)


def _documents(scenario: Scenario, judge: Judge) -> Iterator[float]:
    if scenario.documents_per_year <= 1.0 or not _keeps(scenario, judge, "volume", 1.0):
        return
    carried, many = 1.0, scenario.documents_per_year
    while many / carried > CLOSE_ENOUGH:
        middle = math.sqrt(carried * many)
        fits = _keeps(scenario, judge, "volume", middle)
        carried, many = (middle, many) if fits else (carried, middle)
    yield from (rounded(many, math.floor), rounded(carried, math.floor))


def _confidence(scenario: Scenario, judge: Judge) -> Iterator[float]:
    """Whole percents, the largest first that the fleet reaches with any confidence asked for."""
    least = scenario.model_copy(update={"confidence": LEAST_CONFIDENCE})
    option = judge(least)
    if option is not None:
        percent = math.floor(100.0 * option.without_spares.all)
        top = min(percent, math.ceil(100.0 * scenario.confidence) - 1)
        yield from (one / 100.0 for one in range(top, round(100.0 * LEAST_CONFIDENCE) - 1, -1))


def _keeps(scenario: Scenario, judge: Judge, changed: Changed, value: float) -> bool:
    other = with_change(scenario, {FIELD[changed]: value})
    return other is not None and judge(other) is not None
