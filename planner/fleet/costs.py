"""What a fleet costs: the only place with a cost formula, beside ``planner.money``."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from planner.catalog.price_offer import HOURS_PER_YEAR, PriceOffer, Terms
from planner.fleet.busiest_hour import (
    busiest_month,
    may_wait,
    processing_hours_per_week,
    working_shifts,
)
from planner.fleet.considered_offers import replicas_held, reserved_beside, too_old
from planner.fleet.plan import FleetItem, Option, Year
from planner.fleet.scenario import Scenario
from planner.fleet.scenario_defaults import HOURS_PER_WEEK
from planner.fleet.scenario_limits import ROUNDING
from planner.money import present_value
from planner.money.cost_line import CostLine
from planner.money.cost_of_items import Usage, counted_items, item_lines
from planner.money.cost_of_owning import OwnedOffer, owned_lines
from planner.money.load_following import FollowingLoad, MachinesNeeded, best_blend
from planner.sureness.crossing import last_not_negative

BILLED_BY_USE = ("on-demand", "spot", "owned")
"""Terms under which a machine costs nothing while switched off, or no power if it is owned;
reservations run all year."""

YEARS_COMMITTED: dict[Terms, int] = {
    "on-demand": 0, "spot": 0, "reserved-1y": 1, "reserved-3y": 3,
}  # fmt: skip
"""Years for which terms bind; others do not say."""


def commitment_usd(offer: PriceOffer, instances: int) -> float | None:
    """What has to be paid in all once the terms are signed, whatever is used; None if not stated.

    Reserved machines are paid for all year, so it is their yearly price for each year. Owned
    ones are bought, or are paid for already.
    """
    if isinstance(offer, OwnedOffer):
        return instances * offer.purchase_usd
    years = YEARS_COMMITTED.get(offer.terms)
    return None if years is None else instances * offer.usd_per_year * years


def commitment_of(item: FleetItem) -> float | None:
    """``commitment_usd`` of a fleet's machines, also of those that are reserved beside others."""
    base = reserved_beside(item.price_offer)
    if base is not None and item.reserved_instances:
        return commitment_usd(base, item.reserved_instances)
    return commitment_usd(item.price_offer, item.instances)


def hours_billed_per_year(scenario: Scenario, offer: PriceOffer) -> float:
    """Hours of a year that a machine is paid for: all 8,760 unless it may be switched off.

    If machines follow the load, it is one that runs in all working hours.
    """
    if (scenario.pay_only_for_hours or scenario.follow_load) and offer.terms in BILLED_BY_USE:
        return HOURS_PER_YEAR * hours_switched_on_per_week(scenario) / HOURS_PER_WEEK
    return HOURS_PER_YEAR


def hours_switched_on_per_week(scenario: Scenario) -> float:
    """Hours of work of a week, each shift billed for as long as a machine is at least."""
    if not scenario.minimum_billed_h:
        return processing_hours_per_week(scenario)
    billed = (max(shift.hours, scenario.minimum_billed_h) for shift in working_shifts(scenario))
    return min(HOURS_PER_WEEK, sum(billed))


@dataclass(frozen=True, slots=True)
class MachinesPaid:
    """``reserved`` machines for all hours, and ``others`` at the offer's own price.

    ``others`` counts machines that are paid for all year: one that runs half of it is 0.5.
    """

    reserved: int
    others: float


def machines_paid(scenario: Scenario, offer: PriceOffer, instances: int) -> MachinesPaid:
    """The part of so many machines that is paid, the spare ones among them."""
    working = hours_billed_per_year(scenario, offer) / HOURS_PER_YEAR
    if not scenario.follow_load or offer.terms not in BILLED_BY_USE:
        return MachinesPaid(0, instances * working)
    needed = machines_needed(scenario, instances, replicas_held(offer))
    beside = reserved_beside(offer)
    if beside is None:
        return MachinesPaid(0, working * needed.mean_running())
    reserved = best_blend(needed, working, offer.usd_per_year, beside.usd_per_year).reserved
    return MachinesPaid(reserved, working * needed.mean_running(besides=reserved))


def machines_needed(scenario: Scenario, instances: int, replicas: int = 1) -> MachinesNeeded:
    """The time in which each of so many machines is needed, the spare ones among them.

    Each of them holds so many replicas.
    """
    spares = min(scenario.spare_replicas, max(0, instances - 1))
    hour = 1.0 if may_wait(scenario) else scenario.peak_factor
    return MachinesNeeded(
        instances - spares,
        hour * busiest_month(scenario),
        math.ceil(scenario.min_replicas / replicas),
        spares,
    )


def instances_for(replicas: int, gpus_per_replica: int, offer: PriceOffer) -> int:
    """Machines to rent: whole ones, and no replica spread over two of them.

    0 if the offer's machine has fewer GPUs than one replica needs.
    """
    per_instance = replicas_on(1, gpus_per_replica, offer)
    return math.ceil(replicas / per_instance) if per_instance else 0


def replicas_on(instances: int, gpus_per_replica: int, offer: PriceOffer) -> int:
    """Replicas that so many machines hold."""
    return instances * (offer.gpu_count // gpus_per_replica)


def gpu_cost_usd_per_year(scenario: Scenario, offer: PriceOffer, instances: int) -> float:
    """instances x price of a machine for the hours that are billed."""
    return total_cost_usd_per_year(machine_lines(scenario, offer, instances))


def machine_lines(scenario: Scenario, offer: PriceOffer, instances: int) -> tuple[CostLine, ...]:
    """The cost of the machines: one line if they are rented, one for each part if owned."""
    paid = machines_paid(scenario, offer, instances)
    if isinstance(offer, OwnedOffer):
        return owned_lines(offer, instances, paid.others / instances if instances else 0.0)
    name = f"{instances - paid.reserved:,} x {offer.provider} {offer.instance}"
    source, whole = f"{offer.source}, {offer.as_of}", paid.others
    evicted, fallback = scenario.spot_eviction_share, offer.fallback_usd_per_hour
    if offer.terms == "spot" and fallback is not None and evicted > 0.0:
        on_demand = whole * fallback * HOURS_PER_YEAR
        return (
            CostLine(
                f"{name}, spot, {100 * (1 - evicted):g} % of the hours",
                whole * offer.usd_per_year * (1.0 - evicted),
                source,
            ),
            CostLine(
                f"{name}, on-demand while evicted, {100 * evicted:g} % of the hours",
                on_demand * evicted,
                source,
            ),
        )
    followed = ", while the load needs them" if scenario.follow_load and whole else ""
    own = CostLine(f"{name}, {offer.terms}{followed}", whole * offer.usd_per_year, source)
    base = reserved_beside(offer)
    if base is None or not paid.reserved:
        return (own,)
    reserved = CostLine(
        f"{paid.reserved:,} x {base.provider} {base.instance}, {base.terms}",
        paid.reserved * base.usd_per_year,
        f"{base.source}, {base.as_of}",
    )
    return (reserved, own) if instances > paid.reserved else (reserved,)


def most_machines(offer: PriceOffer) -> float:
    """As many as are owned; infinity if they are rented."""
    return offer.available if isinstance(offer, OwnedOffer) else math.inf


def stock_of(offer: PriceOffer) -> str | None:
    """The stock of GPUs that own machines of any size are made of; None for rented ones."""
    return offer.region if isinstance(offer, OwnedOffer) else None


def own_gpus(offers: Iterable[PriceOffer]) -> dict[str, int]:
    """The GPUs of each stock that own machines among the offers are made of."""
    found: dict[str, int] = {}
    for offer in offers:
        stock = stock_of(offer)
        if stock is not None:
            held = int(most_machines(offer)) * offer.gpu_count
            found[stock] = max(held, found.get(stock, 0))
    return found


def cost_lines(scenario: Scenario, offer: PriceOffer, instances: int) -> tuple[CostLine, ...]:
    """The machines, then the cost items beside them that the scenario counts."""
    return cost_lines_of_fleet(scenario, ((offer, instances),))


def cost_lines_of_fleet(
    scenario: Scenario, machines: Iterable[tuple[PriceOffer, int]]
) -> tuple[CostLine, ...]:
    """The machines of each offer, then the cost items beside all of them."""
    rented = tuple(machines)
    lines = tuple(line for part in rented for line in machine_lines(scenario, *part))
    items = counted_items(scenario.other_costs, scenario.standard_costs)
    if not items:
        return lines
    usage = Usage(
        documents=scenario.documents_per_year,
        input_tokens=scenario.input_tokens,
        output_tokens=scenario.output_tokens,
        gpus=sum(number * offer.gpu_count for offer, number in rented),
        gpu_hours=sum(_gpu_hours(scenario, *part) for part in rented),
        machines_usd=total_cost_usd_per_year(lines),
    )
    return (*lines, *item_lines(items, usage))


def _gpu_hours(scenario: Scenario, offer: PriceOffer, machines: int) -> float:
    """GPU hours of a year that are billed."""
    paid = machines_paid(scenario, offer, machines)
    return (paid.reserved + paid.others) * offer.gpu_count * HOURS_PER_YEAR


def total_cost_usd_per_year(lines: Iterable[CostLine]) -> float:
    """The sum of the items."""
    return sum(line.usd_per_year for line in lines)


def cost_usd_per_year(scenario: Scenario, offer: PriceOffer, instances: int) -> float:
    """The sum of all lines."""
    return total_cost_usd_per_year(cost_lines(scenario, offer, instances))


@lru_cache(maxsize=256)
def usd_without_machines(scenario: Scenario) -> float:
    """The yearly cost items that do not depend on the machines."""
    return total_cost_usd_per_year(cost_lines_of_fleet(scenario, ()))


@lru_cache(maxsize=4096)
def usd_of_each_machine(scenario: Scenario, offer: PriceOffer) -> float:
    """What a machine costs in a year, with the cost items that rise with it.

    All lines of a fleet add up to that for each of its machines and ``usd_without_machines``,
    unless it follows the load: then ``usd_of_machines`` knows what they cost together.
    """
    return cost_usd_per_year(scenario, offer, 1) - usd_without_machines(scenario)


def usd_of_machines(scenario: Scenario, offer: PriceOffer, machines: int) -> float:
    """The cost of so many machines in a year, with the cost items that rise with them."""
    if not scenario.follow_load:
        return machines * usd_of_each_machine(scenario, offer)
    return cost_usd_per_year(scenario, offer, machines) - usd_without_machines(scenario)


def usd_of_documents(scenario: Scenario) -> float:
    """The yearly cost items that rise with the documents, such as traffic.

    Every line is fixed or proportional to them, so half of them save half of it.
    """
    half = scenario.model_copy(update={"documents_per_year": scenario.documents_per_year / 2.0})
    return 2.0 * (usd_without_machines(scenario) - usd_without_machines(half))


@lru_cache(maxsize=4096)
def instances_within(scenario: Scenario, offer: PriceOffer, budget_usd_per_year: float) -> int:
    """Machines that a budget pays for with all cost items; 0 if it pays for none.

    There are never more than are owned.
    """
    left = budget_usd_per_year - usd_without_machines(scenario)
    return machines_within(scenario, offer, left)


def machines_within(scenario: Scenario, offer: PriceOffer, usd_per_year: float) -> int:
    """Machines that so many dollars pay for; as many as are owned if they cost nothing."""
    of_each = usd_of_each_machine(scenario, offer)
    if usd_per_year < 0.0:
        return 0
    if of_each == 0.0:  # paid for, and run with power that costs nothing
        return int(most_machines(offer))
    always_on = int(min(usd_per_year / of_each + ROUNDING, most_machines(offer)))
    if not scenario.follow_load:
        return always_on

    def left(machines: float) -> float:
        return usd_per_year * (1.0 + ROUNDING) - usd_of_machines(scenario, offer, round(machines))

    many = 2 * always_on + 2
    while left(many) >= 0.0:
        many *= 2
    return int(min(last_not_negative(left, always_on, many, 1.0), most_machines(offer)))


def cost_usd_per_1000_documents(cost_usd_per_year: float, documents_per_year: float) -> float:
    """Yearly cost shared by the documents that are asked for, not by the capacity."""
    return cost_usd_per_year / documents_per_year * 1000.0


def cost_usd_per_million_tokens(cost_usd_per_year: float, scenario: Scenario) -> float:
    """Yearly cost shared by the tokens in and out of the documents that are asked for."""
    tokens = scenario.documents_per_year * (scenario.input_tokens + scenario.output_tokens)
    return cost_usd_per_year / tokens * 1e6


def present_value_usd(scenario: Scenario, options: Sequence[Option | Year]) -> float:
    """The cost of the fleets of the years planned for in today's money.

    Each year is paid at its end. What is bought is paid at the start of its year instead of its
    loss of value and the interest, and its value at the end of the last year comes back. What is
    there and not yet written off counts as bought for what is left of its price.
    """
    payments = [0.0, *(option.cost_usd_per_year for option in options)]
    bought: Counter[OwnedOffer] = Counter()
    for year, option in enumerate(options):
        used: Counter[OwnedOffer] = Counter()
        for item in option.fleet:
            if isinstance(item.price_offer, OwnedOffer):
                used[item.price_offer] += item.instances
        for offer, machines in used.items():
            more = max(0, machines - bought[offer])
            bought[offer] += more
            payments[year] += more * offer.value_usd
            payments[year + 1] -= machines * offer.capital_usd_per_year
            payments[-1] -= more * offer.book_value_usd(len(options) - year)
    return present_value.present_value_usd(payments, scenario.discount_rate)


def following_load(
    scenario: Scenario, option: Option, known: Iterable[PriceOffer]
) -> FollowingLoad | None:
    """Following the load with the provider and machines of an option.

    None if the load is level day and night, if it is followed already, or if the provider does
    not rent by the hour: a peak takes more starts than are known, each billed for longer.
    """
    item = option.fleet[0]
    held = max(1, replicas_on(1, item.gpu_count, item.price_offer))
    needed = machines_needed(scenario, item.instances, held)
    working = hours_switched_on_per_week(scenario) / HOURS_PER_WEEK
    level = needed.peak_factor == 1.0
    if scenario.follow_load or (level and working == 1.0):
        return None
    if scenario.minimum_billed_h and not level:
        return None
    prices = _usd_per_year_by_terms(item.price_offer, known)
    on_demand = prices.pop("on-demand", None)
    if on_demand is None:
        return None
    terms = min(prices, key=lambda one: prices[one], default=None)
    blend = None if terms is None else best_blend(needed, working, on_demand, prices[terms])
    following = working * needed.mean_running() * on_demand
    return FollowingLoad(item.instances, item.instances * on_demand, following, terms, blend)


def _usd_per_year_by_terms(offer: PriceOffer, known: Iterable[PriceOffer]) -> dict[Terms, float]:
    """The lowest price of such a machine of the same provider, on demand and reserved."""
    found: dict[Terms, float] = {}
    for other in known:
        alike = (other.provider, other.gpu_count) == (offer.provider, offer.gpu_count)
        sold = other.tier in ("list", "own", "marketplace") and not too_old(other)
        if alike and sold and other.terms in ("on-demand", "reserved-1y", "reserved-3y"):
            lowest = found.get(other.terms, other.usd_per_year)
            found[other.terms] = min(lowest, other.usd_per_year)
    return found
