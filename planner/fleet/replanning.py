"""The recommendation for a changed scenario, without the options that cannot be recommended."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import cache, partial
from heapq import heapify, heappop, heappush
from typing import Any

from pydantic import ValidationError

from planner.catalog.price_offer import PriceOffer
from planner.fleet import costs
from planner.fleet.candidates import Candidate
from planner.fleet.option_of_fleet import SizedFleet, fleet_of, option_of
from planner.fleet.recommendation import (
    Recommendation,
    premium_of,
    recommend,
    without_needless_splits,
)
from planner.fleet.scenario import Scenario
from planner.fleet.scenario_limits import within_budget
from planner.fleet.sized_candidate import SizedCandidate
from planner.money.own_stock import most_machines

Replan = Callable[[Scenario], Recommendation]
"""Returns the recommendation for a scenario; nothing is chosen if nothing is feasible."""


def with_change(scenario: Scenario, change: dict[str, Any]) -> Scenario | None:
    """The scenario with some fields changed; None if no user may enter such a value.

    A changed volume takes its range along. Own GPUs stay as they are: the share of a model may be
    none, which no user may enter.
    """
    volume = change.get("documents_per_year", scenario.documents_per_year)
    times = volume / scenario.documents_per_year
    moved: dict[str, float] = {}
    if scenario.volume_low is not None:
        moved["volume_low"] = min(scenario.volume_low * times, volume)
    if scenario.volume_high is not None:
        moved["volume_high"] = max(scenario.volume_high * times, volume)
    stated = scenario.model_dump(exclude_unset=True)
    if "owned" in stated:
        stated["owned"] = scenario.owned  # as it is: pydantic does not validate a model again
    try:
        return Scenario.model_validate(stated | moved | change)
    except ValidationError:
        return None


def quick_recommendation(
    scenario: Scenario,
    runnable: Iterable[Candidate],
    sized: Callable[[Candidate], SizedCandidate],
) -> Recommendation:
    """The recommendation of the whole plan, found from the cheapest fleets on.

    A fleet costs at least what its smallest number of replicas costs, and, once its forecast is
    known, what the volume takes. So the fleets are tried in the order of the least that they can
    cost, until this is more than anything that could be recommended costs. What comes after that
    is not even forecast: ``sized`` is called for what may be cheap enough, once for each.
    """
    premium, budget = premium_of(scenario), scenario.budget_usd_per_year
    beside_machines = costs.usd_without_machines(scenario)
    usd_of_machines = cache(partial(costs.usd_of_machines, scenario))

    def cost_of(candidate: Candidate, offer: PriceOffer, replicas: int) -> float:
        needed = costs.instances_for(replicas, candidate.deployment.gpu_count, offer)
        machines = needed + scenario.spare_replicas
        return beside_machines + usd_of_machines(offer, machines)

    runnable = list(runnable)
    known: dict[int, SizedCandidate] = {}  # by place in ``runnable``
    fleets = [(n, offer) for n, candidate in enumerate(runnable) for offer in candidate.offers]
    # Forecasts of equal cost are known before the first of them is judged.
    waiting = [
        (cost_of(runnable[n], offer, scenario.min_replicas), False, number)
        for number, (n, offer) in enumerate(fleets)
    ]
    heapify(waiting)
    found: list[SizedFleet] = []
    cheapest = math.inf
    while waiting:
        least, forecast_known, number = heappop(waiting)
        if least > premium * cheapest:
            break
        n, offer = fleets[number]
        candidate = runnable[n]
        one = known[n] = known.get(n) or sized(candidate)
        if not forecast_known:
            of_volume = cost_of(candidate, offer, one.replicas_for_volume)
            heappush(waiting, (of_volume, True, number))
            continue
        cost = cost_of(candidate, offer, one.replicas_sure)
        if cost > premium * cheapest or (budget is not None and not within_budget(cost, budget)):
            continue
        needed = costs.instances_for(one.replicas_sure, candidate.deployment.gpu_count, offer)
        if needed + scenario.spare_replicas > most_machines(offer):
            continue
        fleet = fleet_of(scenario, one, offer, needed)
        if fleet.meets.all:
            found.append(fleet)
            cheapest = min(cheapest, cost)
    kept = without_needless_splits(found)
    return recommend(scenario, [option_of(scenario, fleet) for fleet in kept])
