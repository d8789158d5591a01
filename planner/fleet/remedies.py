"""The smallest change of one limit each that would make something feasible if nothing is.

What is sure enough and measured comes before what is not.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from planner.fleet import costs
from planner.fleet.plan import Option, Remedy
from planner.fleet.probability import needed_for_confidence
from planner.fleet.scenario import Scenario
from planner.fleet.scenario_limits import Limit
from planner.fleet.shortfalls import gravity, shortfalls
from planner.learning.throughput import Z90


def remedies(scenario: Scenario, options: Sequence[Option]) -> tuple[Remedy, ...]:
    """At most one remedy for each limit: the budget, the answer time, the volume."""
    found = (
        _larger_budget(scenario, options),
        _slower_answers(scenario, options),
        _fewer_documents(scenario, options),
    )
    return tuple(remedy for remedy in found if remedy is not None)


def _larger_budget(scenario: Scenario, options: Sequence[Option]) -> Remedy | None:
    too_dear = [option for option in options if option.obstacles == ("budget",)]
    if not too_dear:
        return None
    best = min(too_dear, key=lambda o: (*gravity(scenario, o), o.cost_usd_per_year))
    return _all_replicas("budget", best.cost_usd_per_year, best, scenario)


def _slower_answers(scenario: Scenario, options: Sequence[Option]) -> Remedy | None:
    late = [
        (o.latency_s.p95, o)
        for o in options
        if o.obstacles == ("latency",) and o.latency_s.p95 is not None
    ]
    if not late:
        return None
    p95, best = min(late, key=lambda pair: (*gravity(scenario, pair[1]), pair[0]))
    return _all_replicas("latency", p95, best, scenario)


def _all_replicas(limit: Limit, value: float, option: Option, scenario: Scenario) -> Remedy:
    lacks = shortfalls(scenario, option)
    return Remedy(limit, value, option, option.fleet[0].replicas, lacks)


def _fewer_documents(scenario: Scenario, options: Sequence[Option]) -> Remedy | None:
    """The most documents that the budget pays for with the confidence asked for."""
    return min(
        _affordable(scenario, options),
        key=lambda remedy: ("unmeasured" in remedy.lacks, -remedy.value),
        default=None,
    )


def _affordable(scenario: Scenario, options: Sequence[Option]) -> Iterator[Remedy]:
    budget = scenario.budget_usd_per_year
    if budget is None:
        return
    for option in (option for option in options if option.obstacles == ("budget",)):
        item = option.fleet[0]
        instances = costs.instances_within(scenario, item.price_offer, budget)
        affordable = costs.replicas_on(instances, item.gpu_count, item.price_offer)
        replicas = min(affordable, item.replicas)
        documents = _documents_of(scenario, option, replicas)
        if replicas > 0 and documents >= 1.0:
            # The volume is chosen so that it is sure enough; that nobody measured it remains.
            lacks = tuple(x for x in shortfalls(scenario, option) if x != "unsure")
            yield Remedy("volume", documents, option, replicas, lacks)


def _documents_of(scenario: Scenario, option: Option, replicas: int) -> float:
    """Documents a year that ``replicas``, the spare ones among them, are sure enough to read.

    Under a limit on the answer time no replica is given more than in the option, which keeps
    the limit.
    """
    all_replicas, working = option.fleet[0].replicas, replicas - scenario.spare_replicas
    capacity = option.capacity_documents_per_year
    log_sd = math.log(capacity.high / capacity.value) / Z90
    sure = capacity.value / needed_for_confidence(1.0, log_sd, scenario.confidence)
    documents = sure / scenario.peak_factor * working / all_replicas
    if scenario.latency_p95_s is None:
        return documents
    return min(documents, scenario.documents_per_year * working / all_replicas)
