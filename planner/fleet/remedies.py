"""The smallest change of one limit each that makes something feasible if nothing is.

Each is rounded to the side on which it still works, and is planned again: a remedy is listed only
if its whole scenario has a recommended option.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from planner.catalog.price_offer import PriceOffer
from planner.fleet import costs
from planner.fleet.answer_targets import (
    DEADLINE,
    StatedTarget,
    stated_targets,
    target_figure_s,
    with_limits,
)
from planner.fleet.plan import Changed, Option, Remedy
from planner.fleet.replanning import Replan, with_change
from planner.fleet.scenario import MAX_BUDGET_USD, MAX_DOCUMENTS_PER_YEAR, Scenario
from planner.fleet.sized_candidate import SizedCandidate
from planner.fleet.sizing import (
    MAX_REPLICAS,
    answer_margin,
    answer_time,
    replicas_for_volume,
)
from planner.money.own_stock import most_machines
from planner.sureness.last_not_negative import last_not_negative

LEAST_CONFIDENCE = 0.5
"""The least that a scenario may ask for."""

DIGITS = 3
"""Significant digits of a limit on the answer time and of a volume."""

CLOSE_ENOUGH = 1.0005
"""Values so near each other have the same three digits, or the next ones."""

RESOLUTION = 1e-4
"""The step in which the largest volume is found, as a share of it."""

COARSE = 0.1
"""Below this share of the capacity a step of the capacity is too large for a volume."""

FIELD: dict[Changed, str] = {
    "budget": "budget_usd_per_year",
    "latency": "latency_p95_s",
    "volume": "documents_per_year",
    "confidence": "confidence",
}
"""The field that a remedy changes."""


def remedies(
    scenario: Scenario, sized: Sequence[SizedCandidate], replan: Replan
) -> tuple[Remedy, ...]:
    """At most one remedy each for the budget, the answer time, the targets of each class, the
    volume and the confidence.
    """
    wanted: tuple[tuple[Changed, float | None, StatedTarget | None], ...] = (
        ("budget", _least_budget(scenario, replan), None),
        ("latency", _shortest_answer_time(scenario, sized), None),
        *(
            ("target", _looser(scenario, sized, replan, target), target)
            for target in stated_targets(scenario)
        ),
        ("volume", _most_documents(scenario, sized), None),
        ("confidence", _most_confidence(scenario, sized), None),
    )
    return tuple(
        remedy
        for changed, value, target in wanted
        if value is not None
        if (remedy := planned(scenario, changed, value, _cheapest(replan), target)) is not None
    )


def planned(
    scenario: Scenario,
    changed: Changed,
    value: float,
    judge: Callable[[Scenario], Option | None],
    target: StatedTarget | None = None,
) -> Remedy | None:
    """The remedy with which ``judge`` has an option; None if it has none."""
    fields = {FIELD[changed]: value} if target is None else with_limits(scenario, {target: value})
    other = with_change(scenario, fields)
    option = None if other is None else judge(other)
    if other is None or option is None:
        return None
    return Remedy(changed, value, option, other, target)


def _cheapest(replan: Replan) -> Callable[[Scenario], Option | None]:
    return lambda other: replan(other).cheapest


def _least_budget(scenario: Scenario, replan: Replan) -> float | None:
    """Dollars a year of the cheapest option without a budget, rounded up as they are printed."""
    if scenario.budget_usd_per_year is None:
        return None
    cheapest = replan(scenario.model_copy(update={"budget_usd_per_year": None})).cheapest
    if cheapest is None or cheapest.cost_usd_per_year > MAX_BUDGET_USD:
        return None
    return rounded_up_usd(cheapest.cost_usd_per_year)


def rounded_up_usd(amount: float) -> float:
    """Whole dollars from 100 on, cents below: what ``wording.formatting.usd`` prints exactly.

    >>> rounded_up_usd(29_755.2), rounded_up_usd(3.431)
    (29756.0, 3.44)
    """
    if amount >= 99.99:
        return float(math.ceil(round(amount, 2)))
    return math.ceil(round(amount * 100.0, 4)) / 100.0


def _shortest_answer_time(scenario: Scenario, sized: Sequence[SizedCandidate]) -> float | None:
    """The least limit on answer times that the budget pays for with the confidence asked for."""
    if scenario.latency_p95_s is None:
        return None
    found = [
        p95_s
        for one, replicas in _affordable(scenario, sized)
        if (p95_s := _p95_s(one, replicas)) is not None
    ]
    return None if not found else rounded(min(found), math.ceil)


def _looser(
    scenario: Scenario, sized: Sequence[SizedCandidate], replan: Replan, target: StatedTarget
) -> float | None:
    """The least limit of one target with which something is feasible, or the earliest deadline."""
    if target.name != DEADLINE:
        return _least_limit(scenario, sized, target)

    def keeps(value: float) -> bool:
        return planned(scenario, "target", value, _cheapest(replan), target) is not None

    return next(filter(keeps, least_kept(target.limit, target.longest, keeps)), None)


def least_kept(asked: float, longest: float, keeps: Callable[[float], bool]) -> Iterator[float]:
    """The least limit beyond the one asked for that is kept, to three digits, and the next one."""
    if asked >= longest or not keeps(longest):
        return
    late, kept = asked, longest
    while kept / late > CLOSE_ENOUGH:
        middle = math.sqrt(late * kept)
        kept, late = (middle, late) if keeps(middle) else (kept, middle)
    yield from (rounded(late, math.ceil), min(longest, rounded(kept, math.ceil)))


def _least_limit(
    scenario: Scenario, sized: Sequence[SizedCandidate], stated: StatedTarget
) -> float | None:
    """The least limit of one target with which the budget pays for all; None if it is not at
    fault, or if other limits are missed whatever it is.
    """
    found: list[float] = []
    for one, replicas in _affordable(scenario, sized):
        pace, per_s = one.replica.pace, one.demand.busiest_per_s
        target = next((other for other in one.demand.targets if other.is_of(stated)), None)
        others = tuple(other for other in one.demand.targets if other is not target)
        alone = replace(one.demand, targets=others)
        if target is None or replicas < replicas_for_volume(one.demand, pace, one.error):
            continue
        if alone.has_answer_limits and answer_margin(alone, pace, one.error, per_s, replicas) < 0.0:
            continue
        figure_s = target_figure_s(target, pace, one.error, per_s, replicas)
        if figure_s is not None:
            found.append(stated.limit * figure_s / target.limit_s)
    value = rounded(min(found, default=0.0), math.ceil)
    return value if value > stated.limit else None


def _p95_s(one: SizedCandidate, replicas: int) -> float | None:
    """The p95 that so many replicas keep with the confidence asked for; None if overloaded."""
    if replicas < replicas_for_volume(one.demand, one.replica.pace, one.error):
        return None
    return answer_time(one.replica.pace, one.error, one.demand.busiest_per_s, replicas).p95


def _most_documents(scenario: Scenario, sized: Sequence[SizedCandidate]) -> float | None:
    """Documents a year that the budget pays for, or all that is owned carries, rounded down."""
    offers = [offer for one in sized for offer in one.candidate.offers]
    if scenario.budget_usd_per_year is None and math.inf in map(most_machines, offers):
        return None
    if scenario.budget_usd_per_year is not None and costs.usd_of_documents(scenario) > 0.0:
        found = (
            _documents_paid(scenario, scenario.budget_usd_per_year, one, offer)
            for one in sized
            for offer in one.candidate.offers
        )
    else:
        found = (
            _carried(scenario, one, replicas) for one, replicas in _affordable(scenario, sized)
        )
    documents = rounded(max(found, default=0.0), math.floor)
    return documents if 1.0 <= documents <= MAX_DOCUMENTS_PER_YEAR else None


def _documents_paid(
    scenario: Scenario, budget_usd: float, one: SizedCandidate, offer: PriceOffer
) -> float:
    """Documents a year that a budget pays for if each of them costs something by itself.

    More machines carry more, and leave money for fewer: the answer is where both meet.
    """
    per_replica, spares = one.candidate.deployment.gpu_count, scenario.spare_replicas
    of_document = costs.usd_of_documents(scenario) / scenario.documents_per_year
    fixed = costs.usd_without_machines(scenario) - costs.usd_of_documents(scenario)
    left = budget_usd - fixed
    most = min(costs.machines_within(scenario, offer, left), MAX_REPLICAS) - spares
    least = costs.instances_for(scenario.min_replicas, per_replica, offer)

    def carried(needed: int) -> float:
        return _carried(scenario, one, costs.replicas_on(needed, per_replica, offer))

    def paid(needed: int) -> float:
        machines_usd = costs.usd_of_machines(scenario, offer, needed + spares)
        return (left - machines_usd) / of_document

    if left < 0.0 or most < least:
        return 0.0
    few, many = least - 1, most + 1  # the most machines that leave money for what they carry
    while many - few > 1:
        middle = (few + many) // 2
        few, many = (middle, many) if carried(middle) <= paid(middle) else (few, middle)
    full = carried(few) if few >= least else 0.0
    return max(full, paid(many) if many <= most else 0.0)


def _carried(scenario: Scenario, one: SizedCandidate, replicas: int) -> float:
    """Documents a year that so many replicas process in time."""
    share = most_per_s(one, replicas) / one.demand.busiest_per_s
    return scenario.documents_per_year * share


def most_per_s(one: SizedCandidate, replicas: int) -> float:
    """Documents a second of the busiest hour that so many replicas carry in time."""
    pace = one.replica.pace
    slowdown = pace.slowdown(one.error)
    most = replicas * pace.requests_per_s / slowdown * one.demand.max_utilization
    if not one.demand.has_answer_limits:
        return most

    def margin(per_s: float) -> float:
        return answer_margin(one.demand, pace, one.error, per_s, replicas)

    if margin(most * 1e-4) < 0.0:
        return 0.0
    if margin(most) >= 0.0:
        return most
    step = most * RESOLUTION
    found = last_not_negative(margin, step, most, step)
    if found > COARSE * most:
        return found
    return last_not_negative(margin, found, min(most, found + step), found * RESOLUTION)


def _affordable(
    scenario: Scenario, sized: Sequence[SizedCandidate]
) -> Iterator[tuple[SizedCandidate, int]]:
    """Each candidate with the most replicas, spares not counted, that the budget pays for.

    Never more than are owned, nor fewer than the smallest number asked for.
    """
    for one in sized:
        most = max(_replicas_paid(scenario, one, offer) for offer in one.candidate.offers)
        if most >= scenario.min_replicas:
            yield one, most


def _replicas_paid(scenario: Scenario, one: SizedCandidate, offer: PriceOffer) -> int:
    per_replica = one.candidate.deployment.gpu_count
    if scenario.budget_usd_per_year is not None:
        paid = costs.instances_within(scenario, offer, scenario.budget_usd_per_year)
    else:
        paid = int(min(most_machines(offer), MAX_REPLICAS))
    return costs.replicas_on(max(0, paid - scenario.spare_replicas), per_replica, offer)


def _most_confidence(scenario: Scenario, sized: Sequence[SizedCandidate]) -> float | None:
    """The confidence that the budget pays for, rounded down to whole percent."""
    sure = max(
        (
            one.errors_borne(replicas).probability(None).all
            for one, replicas in _affordable(scenario, sized)
        ),
        default=0.0,
    )
    confidence = math.floor(100.0 * sure) / 100.0
    return confidence if confidence >= LEAST_CONFIDENCE else None


def rounded(value: float, to_whole: Callable[[float], int]) -> float:
    """The value with three significant digits, rounded up or down."""
    if value <= 0.0:
        return 0.0
    unit = 10.0 ** (math.floor(math.log10(value)) - DIGITS + 1)
    return float(f"{to_whole(value / unit) * unit:.{DIGITS - 1}e}")
