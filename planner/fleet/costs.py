"""What a fleet costs. The only place with a cost formula."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from planner.catalog.price_offer import HOURS_PER_YEAR, PriceOffer, Terms
from planner.fleet.busiest_hour import processing_hours_per_week
from planner.fleet.scenario import Scenario
from planner.fleet.scenario_defaults import HOURS_PER_WEEK
from planner.fleet.scenario_limits import ROUNDING

BILLED_BY_USE = ("on-demand", "spot")
"""Terms under which a machine costs nothing while switched off; reservations run all year."""

YEARS_COMMITTED: dict[Terms, int] = {
    "on-demand": 0, "spot": 0, "reserved-1y": 1, "reserved-3y": 3,
}  # fmt: skip
"""Years for which terms bind; others do not say."""


def commitment_usd(offer: PriceOffer, instances: int) -> float | None:
    """What has to be paid in all once the terms are signed, whatever is used; None if not stated.

    Reserved machines are paid for all year, so it is their yearly price for each year.
    """
    years = YEARS_COMMITTED.get(offer.terms)
    return None if years is None else instances * offer.usd_per_year * years


def hours_billed_per_year(scenario: Scenario, offer: PriceOffer) -> float:
    """Hours of a year that a machine is paid for: all 8,760 unless it may be switched off."""
    if scenario.pay_only_for_hours and offer.terms in BILLED_BY_USE:
        return HOURS_PER_YEAR * processing_hours_per_week(scenario) / HOURS_PER_WEEK
    return HOURS_PER_YEAR


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
    share_of_year = hours_billed_per_year(scenario, offer) / HOURS_PER_YEAR
    return instances * offer.usd_per_year * share_of_year


def other_costs_usd_per_year(scenario: Scenario) -> float:
    """The cost items that the user entered beside the GPUs."""
    return sum(item.usd_per_year for item in scenario.other_costs)


@dataclass(frozen=True, slots=True)
class CostLine:
    """One item of a fleet's yearly cost, and where its amount is from."""

    name: str
    usd_per_year: float
    source: str


def cost_lines(scenario: Scenario, offer: PriceOffer, instances: int) -> tuple[CostLine, ...]:
    """The machines, then the other cost items that the user entered."""
    machines = CostLine(
        f"{instances:,} x {offer.provider} {offer.instance}, {offer.terms}",
        gpu_cost_usd_per_year(scenario, offer, instances),
        f"{offer.source}, {offer.as_of}",
    )
    entered = (
        CostLine(item.name, item.usd_per_year, "entered by you") for item in scenario.other_costs
    )
    return (machines, *entered)


def total_cost_usd_per_year(lines: Iterable[CostLine]) -> float:
    """The sum of the items."""
    return sum(line.usd_per_year for line in lines)


def instances_within(scenario: Scenario, offer: PriceOffer, budget_usd_per_year: float) -> int:
    """Machines that a budget pays for after the other cost items; 0 if it pays for none."""
    left = budget_usd_per_year - other_costs_usd_per_year(scenario)
    return max(0, int(left / gpu_cost_usd_per_year(scenario, offer, 1) + ROUNDING))


def cost_usd_per_1000_documents(cost_usd_per_year: float, documents_per_year: float) -> float:
    """Yearly cost shared by the documents that are asked for, not by the capacity."""
    return cost_usd_per_year / documents_per_year * 1000.0
