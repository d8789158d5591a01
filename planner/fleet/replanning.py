"""The recommendation for a changed scenario, without the options that cannot be recommended."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

from pydantic import ValidationError

from planner.catalog.price_offer import PriceOffer
from planner.fleet import costs
from planner.fleet.option_of_fleet import option_of
from planner.fleet.plan import Option
from planner.fleet.recommendation import (
    Recommendation,
    premium_of,
    recommend,
    without_needless_splits,
)
from planner.fleet.scenario import Scenario
from planner.fleet.scenario_limits import within_budget
from planner.fleet.sized_candidate import SizedCandidate

Replan = Callable[[Scenario], Recommendation]
"""Returns the recommendation for a scenario; nothing is chosen if nothing is feasible."""


def with_change(scenario: Scenario, change: dict[str, Any]) -> Scenario | None:
    """The scenario with some fields changed; None if no user may enter such a value.

    A changed volume takes its range along.
    """
    volume = change.get("documents_per_year", scenario.documents_per_year)
    times = volume / scenario.documents_per_year
    moved: dict[str, float] = {}
    if scenario.volume_low is not None:
        moved["volume_low"] = min(scenario.volume_low * times, volume)
    if scenario.volume_high is not None:
        moved["volume_high"] = max(scenario.volume_high * times, volume)
    try:
        return Scenario.model_validate(scenario.model_dump(exclude_unset=True) | moved | change)
    except ValidationError:
        return None


def quick_recommendation(scenario: Scenario, sized: Iterable[SizedCandidate]) -> Recommendation:
    """The recommendation of the whole plan, found from the cheapest fleets on.

    A fleet costs at least what the volume takes. So the fleets are tried in that order,
    until they cost more than anything that could be recommended.
    """
    premium, budget = premium_of(scenario), scenario.budget_usd_per_year
    at_least = [
        (_cost(scenario, one, offer, one.replicas_for_volume), one, offer)
        for one in sized
        for offer in one.candidate.offers
    ]
    found: list[Option] = []
    cheapest = math.inf
    for least, one, offer in sorted(at_least, key=lambda entry: entry[0]):
        if least > premium * cheapest:
            break
        cost = _cost(scenario, one, offer, one.replicas_sure)
        if cost > premium * cheapest or (budget is not None and not within_budget(cost, budget)):
            continue
        needed = costs.instances_for(one.replicas_sure, one.replica.deployment.gpu_count, offer)
        if needed + scenario.spare_replicas > costs.most_machines(offer):
            continue
        option = option_of(scenario, one, offer, needed)
        if option.meets.all:
            found.append(option)
            cheapest = min(cheapest, cost)
    return recommend(scenario, without_needless_splits(scenario, found))


def _cost(scenario: Scenario, one: SizedCandidate, offer: PriceOffer, replicas: int) -> float:
    needed = costs.instances_for(replicas, one.replica.deployment.gpu_count, offer)
    machines = needed + scenario.spare_replicas
    return costs.usd_without_machines(scenario) + costs.usd_of_machines(scenario, offer, machines)
