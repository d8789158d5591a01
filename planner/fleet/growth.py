"""The recommended configuration over the years, as the volume grows."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count

from planner.catalog.price_offer import PriceOffer
from planner.fleet import costs
from planner.fleet.candidates import Candidate
from planner.fleet.option_of_fleet import fleet_of, option_of
from planner.fleet.plan import Option, Year
from planner.fleet.scenario import Scenario
from planner.fleet.sized_candidate import SizedCandidate, at_volume, size
from planner.forecast.forecaster import Forecaster
from planner.money import present_value
from planner.money.cost_of_owning import OwnedOffer, in_later_year
from planner.money.machines import Machines
from planner.money.own_stock import most_machines
from planner.money.present_value import OwnMachines

MONTHS_AHEAD = 60

LEAST_SHARE, LARGEST_SHARE, VOLUMES = 0.01, 10.0, 61
"""Volumes for a cost curve: so many, from so small to so large a share of the one asked for."""


@dataclass(frozen=True, slots=True)
class Growth:
    """The years planned for, and the month from now in which the next machine is due.

    The month is None if none is due within five years. ``present_value_usd`` is what the years
    cost in today's money.
    """

    years: tuple[Year, ...] = ()
    next_machine_month: int | None = None
    present_value_usd: float | None = None


def growth_of(
    scenario: Scenario,
    forecaster: Forecaster,
    sized: Sequence[SizedCandidate],
    recommended: Option | None,
) -> Growth:
    """What the recommended configuration needs each year with the confidence asked for.

    Prices are those of today. The first year is the scenario's own.
    """
    one = None if recommended is None else sized_of(recommended, sized)
    if recommended is None or one is None:
        return Growth()
    offer, spares = recommended.fleet[0].price_offer, scenario.spare_replicas
    per_machine = costs.replicas_on(1, one.candidate.deployment.gpu_count, offer)

    def machines(volume: Scenario) -> tuple[SizedCandidate, int]:
        found = size(volume, forecaster, one.candidate)
        return found, math.ceil(found.replicas_sure / per_machine)

    def in_year(year: int) -> tuple[Option, bool]:
        later = after(scenario, 12 * (year - 1))
        found, needed = machines(later)
        there = int(min(needed, most_machines(offer) - spares))
        return option_of(later, fleet_of(later, found, offer, there)), there == needed

    rented = recommended.fleet[0].instances - spares

    def is_short(month: int) -> bool:
        return machines(after(scenario, month))[1] > rented

    return growth_with(scenario, recommended, in_year, is_short)


def growth_with(
    scenario: Scenario,
    first: Option,
    in_year: Callable[[int], tuple[Option, bool]],
    is_short: Callable[[int], bool],
) -> Growth:
    """The growth of a fleet that is ``first`` in the first year.

    ``in_year`` is the fleet of a later year, and whether it is enough; ``is_short`` is true if
    the first one is no longer enough after so many months.
    """
    found = [(first, True), *(in_year(year) for year in range(2, scenario.years + 1))]
    scenarios = [after(scenario, 12 * year) for year in range(len(found))]
    paid = paid_in_years(
        [(later, option) for later, (option, _) in zip(scenarios, found, strict=True)]
    )
    years = tuple(
        Year(
            year,
            later.documents_per_year,
            option.fleet,
            cost.usd,
            option.capacity_documents_per_year.value,
            enough,
        )
        for year, later, cost, (option, enough) in zip(
            count(1), scenarios, paid, found, strict=False
        )
    )
    value = present_value_usd(scenario, paid)
    if scenario.growth_per_year <= 0.0 or not is_short(MONTHS_AHEAD):
        return Growth(years, None, value)
    enough, short = 0, MONTHS_AHEAD
    while short - enough > 1:
        middle = (enough + short) // 2
        enough, short = (enough, middle) if is_short(middle) else (middle, short)
    return Growth(years, short, value)


@dataclass(frozen=True, slots=True)
class YearPaid:
    """The cost of the fleet of a year as its own machines age, and these machines."""

    usd: float
    own: dict[str, OwnMachines]


def paid_in_years(years: Sequence[tuple[Scenario, Option]]) -> list[YearPaid]:
    """The cost of each year with its scenario and option, the first of which is this year's."""
    bought: dict[str, list[int]] = {}
    found: list[YearPaid] = []
    for year, (scenario, option) in enumerate(years):
        counts = Counter[str]()
        for item in option.fleet:
            if isinstance(item.price_offer, OwnedOffer):
                counts[item.price_offer.id] += item.instances
        for kind, number in counts.items():
            before = bought.setdefault(kind, [])
            before += [0] * (year - len(before))
            before.append(max(0, number - sum(before)))
        fleet = [_in_year(item.machines, bought, year) for item in option.fleet]
        own = {
            one.offer.id: OwnMachines(
                one.offer.books,
                bought[one.offer.id][-1],
                counts[one.offer.id] * one.offer.capital_usd_per_year,
            )
            for one in fleet
            if isinstance(one.offer, OwnedOffer)
        }
        lines = costs.cost_lines_of_fleet(scenario, fleet) if own and year else option.cost_lines
        found.append(YearPaid(costs.total_cost_usd_per_year(lines), own))
    return found


def _in_year(machines: Machines, bought: Mapping[str, Sequence[int]], year: int) -> Machines:
    """The machines at what they cost in a later year; rented ones cost what they do today."""
    offer = machines.offer
    if not isinstance(offer, OwnedOffer) or not year:
        return machines
    return replace(machines, offer=in_later_year(offer, bought[offer.id]))


def present_value_usd(scenario: Scenario, years: Sequence[YearPaid]) -> float:
    """The cost of the years planned for in today's money."""
    return present_value.of_years([(one.usd, one.own) for one in years], scenario.discount_rate)


def costs_by_volume(
    scenario: Scenario, forecaster: Forecaster, candidate: Candidate, offer: PriceOffer
) -> tuple[tuple[float, float], ...]:
    """Documents a year and what they cost in dollars on one deployment and one price offer.

    Each volume gets the machines that are enough for it with the confidence asked for.
    """
    per_machine = costs.replicas_on(1, candidate.deployment.gpu_count, offer)
    sized = size(scenario, forecaster, candidate)
    points = []
    for n in range(VOLUMES):
        share = LEAST_SHARE * (LARGEST_SHARE / LEAST_SHARE) ** (n / (VOLUMES - 1))
        documents = scenario.documents_per_year * share
        volume = scenario.model_copy(update={"documents_per_year": documents})
        needed = math.ceil(at_volume(sized, volume).replicas_sure / per_machine)
        lines = costs.cost_lines(volume, offer, needed + scenario.spare_replicas)
        points.append((documents, costs.total_cost_usd_per_year(lines)))
    return tuple(points)


def after(scenario: Scenario, months: int) -> Scenario:
    """The scenario with the documents of so many months from now."""
    factor = (1.0 + scenario.growth_per_year) ** (months / 12.0)
    documents = scenario.documents_per_year * factor
    return scenario.model_copy(update={"documents_per_year": documents})


def sized_of(option: Option, sized: Sequence[SizedCandidate]) -> SizedCandidate | None:
    """The candidate of an option's replicas."""
    item = option.fleet[0]
    wanted = (item.gpu, item.gpu_count, item.stages, item.quantization)
    for one in sized:
        deployment = one.candidate.deployment
        engine = deployment.engine
        found = (deployment.gpu.name, deployment.gpu_count, engine.pipeline_parallel_size)
        if (*found, deployment.quantization) == wanted:
            return one
    return None
