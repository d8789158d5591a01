"""What would make something feasible where nothing is: the smallest change of one limit each.

What is sure enough and measured comes before what is not, and what is not says so.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from planner.fleet.plan import Option
from planner.fleet.risk import needed_for_confidence
from planner.fleet.scenario import Scenario
from planner.fleet.shortfalls import shortfalls
from planner.learning.throughput import Z90
from planner.wording.explanation import configuration, unmet
from planner.wording.formatting import large, seconds, usd


def what_would_help(scenario: Scenario, options: Sequence[Option]) -> tuple[str, ...]:
    """The smallest single changes that would make something feasible."""
    return tuple(
        text
        for text in (
            _larger_budget(scenario, options),
            _slower_answers(scenario, options),
            _fewer_documents(scenario, options),
        )
        if text is not None
    )


def _larger_budget(scenario: Scenario, options: Sequence[Option]) -> str | None:
    only_budget = [option for option in options if option.obstacles == ("budget",)]
    if not only_budget:
        return None
    best = min(only_budget, key=lambda o: (*_lacks(scenario, o), o.cost_usd_per_year))
    return (
        f"a budget of {usd(best.cost_usd_per_year)} a year: {configuration(best)}"
        f"{_reservation(scenario, best)}"
    )


def _slower_answers(scenario: Scenario, options: Sequence[Option]) -> str | None:
    late = [
        (o.latency_s.p95, o)
        for o in options
        if o.obstacles == ("latency",) and o.latency_s.p95 is not None
    ]
    if not late:
        return None
    p95, best = min(late, key=lambda pair: (*_lacks(scenario, pair[1]), pair[0]))
    return (
        f"answers within {seconds(p95)} instead: {configuration(best)}"
        f"{_reservation(scenario, best)}"
    )


def _fewer_documents(scenario: Scenario, options: Sequence[Option]) -> str | None:
    """The most documents that the budget buys with the confidence asked for."""
    affordable = [
        (documents, replicas, option)
        for option in options
        if option.obstacles == ("budget",)
        and (replicas := _replicas_within_budget(scenario, option))
        and (documents := _documents_of(scenario, option, replicas)) >= 1.0
    ]
    if not affordable:
        return None

    def rank(entry: tuple[float, int, Option]) -> tuple[bool, float]:
        documents, _, option = entry
        return "unmeasured" in shortfalls(scenario, option), -documents

    documents, replicas, option = min(affordable, key=rank)
    unmeasured = "unmeasured" in shortfalls(scenario, option)
    return (
        f"about {large(documents)} documents a year instead, which the budget does buy: "
        f"{replicas} of the {option.fleet[0].replicas} replicas of {option.fleet[0].gpu_count} x "
        f"{option.fleet[0].gpu}{_NOT_MEASURED if unmeasured else ''}"
    )


_NOT_MEASURED = ", though nobody has measured this card with these weights"


def _replicas_within_budget(scenario: Scenario, option: Option) -> int:
    """Replicas on as many whole machines as the budget has money for."""
    if scenario.budget_usd_per_year is None:
        return 0
    item = option.fleet[0]
    other_costs = sum(cost.usd_per_year for cost in scenario.other_costs)
    usd_per_instance = (option.cost_usd_per_year - other_costs) / item.instances
    left = scenario.budget_usd_per_year - other_costs
    instances = max(0, int(left / usd_per_instance + 1e-9))
    return min(instances * (item.price_offer.gpu_count // item.gpu_count), item.replicas)


def _documents_of(scenario: Scenario, option: Option, replicas: int) -> float:
    """Documents a year that ``replicas``, the spare ones among them, are sure enough to read.

    Under a latency limit no replica is given more than in the option, which keeps the limit.
    """
    all_replicas, working = option.fleet[0].replicas, replicas - scenario.spare_replicas
    capacity = option.capacity_documents_per_year
    log_sd = math.log(capacity.high / capacity.value) / Z90
    sure = capacity.value / needed_for_confidence(1.0, log_sd, scenario.confidence)
    documents = sure / scenario.peak_factor * working / all_replicas
    if scenario.latency_p95_s is None:
        return documents
    return min(documents, scenario.documents_per_year * working / all_replicas)


def _lacks(scenario: Scenario, option: Option) -> tuple[bool, bool]:
    lacking = shortfalls(scenario, option)
    return "unsure" in lacking, "unmeasured" in lacking


def _reservation(scenario: Scenario, option: Option) -> str:
    lacking = unmet(scenario, option)
    return f", though {' and '.join(lacking)}" if lacking else ""
