"""What a fleet costs: the only place with a cost formula, beside ``planner.money``."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from planner.catalog.price_offer import HOURS_PER_YEAR, PriceOffer
from planner.fleet.busiest_hour import (
    busiest_month,
    load_by_hour,
    may_wait,
    processing_hours_per_week,
    working_shifts,
)
from planner.fleet.plan import FleetItem, Option
from planner.fleet.scenario import Scenario
from planner.fleet.scenario_limits import ROUNDING
from planner.fleet.scenario_work import of_any_volume
from planner.money.commitment import commitment_usd
from planner.money.cost_line import CostLine
from planner.money.cost_of_items import Usage, counted_items, item_lines
from planner.money.cost_of_owning import OwnedOffer, owned_lines
from planner.money.follow_with_provider import FollowingLoad, follow_with_provider
from planner.money.load_by_hour import MachinesByHour
from planner.money.load_following import Billed, MachinesBilled, MachinesNeeded, best_blend
from planner.money.machines import Machines, replicas_held, reserved_beside
from planner.money.own_stock import most_machines
from planner.sureness.last_not_negative import last_not_negative
from planner.workload.weekly_hours import HOURS_PER_WEEK

BILLED_BY_USE = ("on-demand", "spot", "owned")
"""Terms under which a machine costs nothing while switched off, or no power if it is owned;
reservations run all year."""


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


def machines_paid(scenario: Scenario, machines: Machines) -> MachinesPaid:
    """The part of the machines that is paid, the spare ones among them."""
    offer = machines.offer
    if machines.may_wait:
        scenario, machines = of_patient(scenario), replace(machines, may_wait=False)
    if not scenario.follow_load or offer.terms not in BILLED_BY_USE:
        working = hours_billed_per_year(scenario, offer) / HOURS_PER_YEAR
        return MachinesPaid(0, machines.instances * working)
    billed = machines_billed(scenario, machines)
    beside = reserved_beside(offer)
    if beside is None:
        return MachinesPaid(0, billed.mean_billed())
    reserved = best_blend(billed, offer.usd_per_year, beside.usd_per_year).reserved
    return MachinesPaid(reserved, billed.mean_billed(besides=reserved))


def machines_billed(scenario: Scenario, machines: Machines) -> Billed:
    """The part of the year for which each of the machines is billed if they follow the load.

    The load is that of each hour if it is stated; else it is taken to fall evenly.
    """
    if machines.may_wait:
        scenario = of_patient(scenario)
    spares = min(machines.spares, machines.instances)
    carrying = machines.instances - spares
    if (load := load_by_hour(scenario)) is not None:
        return MachinesByHour(carrying, load, machines.always, spares, scenario.minimum_billed_h)
    hour = 1.0 if may_wait(scenario) else scenario.peak_factor
    needed = MachinesNeeded(carrying, hour * busiest_month(scenario), machines.always, spares)
    if not scenario.minimum_billed_h:
        return MachinesBilled(needed, (processing_hours_per_week(scenario),))
    hours = tuple(shift.hours for shift in working_shifts(scenario))
    return MachinesBilled(needed, hours, scenario.minimum_billed_h)


@lru_cache(maxsize=256)
def of_patient(scenario: Scenario) -> Scenario:
    """The scenario with the classes alone whose answers nobody waits for."""
    patient = (one for one in scenario.classes if not one.targets.asks_for_answers)
    return scenario.model_copy(update={"classes": tuple(patient)})


def machines_of_one_kind(scenario: Scenario, offer: PriceOffer, instances: int) -> Machines:
    """The machines of a fleet, or of a part of it with documents of its own.

    It has the scenario's spare machines, and those that hold ``min_replicas`` are always on.
    """
    least = scenario.min_replicas if scenario.follow_load else 1
    always = math.ceil(least / replicas_held(offer))
    spares = min(scenario.spare_replicas, max(0, instances - 1))
    return Machines(offer, instances, always, spares)


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
    machines = machines_of_one_kind(scenario, offer, instances)
    return total_cost_usd_per_year(machine_lines(scenario, machines))


def machine_lines(scenario: Scenario, machines: Machines) -> tuple[CostLine, ...]:
    """The cost of the machines: one line if they are rented, one for each part if owned."""
    offer, instances = machines.offer, machines.instances
    paid = machines_paid(scenario, machines)
    if isinstance(offer, OwnedOffer):
        return owned_lines(offer, instances, paid.others / instances if instances else 0.0)
    others = offer.machines_in(instances - paid.reserved)
    name = f"{others:,} x {offer.provider} {offer.instance}"
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
        f"{base.machines_in(paid.reserved):,} x {base.provider} {base.instance}, {base.terms}",
        paid.reserved * base.usd_per_year,
        f"{base.source}, {base.as_of}",
    )
    return (reserved, own) if instances > paid.reserved else (reserved,)


def cost_lines(scenario: Scenario, offer: PriceOffer, instances: int) -> tuple[CostLine, ...]:
    """The machines, then the cost items beside them that the scenario counts."""
    return cost_lines_of_fleet(scenario, (machines_of_one_kind(scenario, offer, instances),))


def cost_lines_of_fleet(scenario: Scenario, fleet: Iterable[Machines]) -> tuple[CostLine, ...]:
    """The machines of each offer, then the cost items beside all of them."""
    parts = tuple(fleet)
    lines = tuple(line for part in parts for line in machine_lines(scenario, part))
    items = counted_items(scenario.other_costs, scenario.standard_costs)
    if not items:
        return lines
    usage = Usage(
        documents=scenario.documents_per_year,
        input_tokens=scenario.input_tokens,
        output_tokens=scenario.output_tokens,
        gpus=sum(part.instances * part.offer.gpu_count for part in parts),
        gpu_hours=sum(_gpu_hours(scenario, part) for part in parts),
        machines_usd=total_cost_usd_per_year(lines),
    )
    return (*lines, *item_lines(items, usage))


def _gpu_hours(scenario: Scenario, machines: Machines) -> float:
    """GPU hours of a year that are billed."""
    paid = machines_paid(scenario, machines)
    return (paid.reserved + paid.others) * machines.offer.gpu_count * HOURS_PER_YEAR


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


def usd_of_each_machine(scenario: Scenario, offer: PriceOffer) -> float:
    """What a machine costs in a year, with the cost items that rise with it.

    All lines of a fleet add up to that for each of its machines and ``usd_without_machines``,
    unless it follows the load: then ``usd_of_machines`` knows what they cost together.
    """
    return _usd_of_each_machine(of_any_volume(scenario), offer)


@lru_cache(maxsize=4096)
def _usd_of_each_machine(scenario: Scenario, offer: PriceOffer) -> float:
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


def following_load(
    scenario: Scenario, option: Option, known: Iterable[PriceOffer]
) -> FollowingLoad | None:
    """Following the load with the provider and machines of an option of one kind.

    None if the load is level day and night, if it is followed already, or if the provider does
    not rent by the hour.
    """
    item = option.fleet[0]
    held = max(1, replicas_on(1, item.gpu_count, item.price_offer))
    always = math.ceil(scenario.min_replicas / held)
    machines = replace(item.machines, always=always)
    billed = machines_billed(scenario, machines)
    if scenario.follow_load or billed.are_all_always_on:
        return None
    return follow_with_provider(billed, item.price_offer, known)
