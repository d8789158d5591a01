"""What a fleet costs. The only place with a cost formula."""

from __future__ import annotations

import math

from planner.catalog.price_offer import PriceOffer
from planner.fleet.scenario import HOURS_PER_WEEK, HOURS_PER_YEAR, Scenario

BILLED_BY_USE = ("on-demand", "spot")
"""Terms under which a machine that is switched off costs nothing; reservations run all year."""


def hours_billed_per_year(scenario: Scenario, offer: PriceOffer) -> float:
    """Hours of a year that a machine is paid for: all 8,760, unless it may be switched off."""
    if scenario.pay_only_for_hours and offer.terms in BILLED_BY_USE:
        return HOURS_PER_YEAR * scenario.hours_per_week / HOURS_PER_WEEK
    return HOURS_PER_YEAR


def instances_for(replicas: int, gpus_per_replica: int, offer: PriceOffer) -> int:
    """Machines to rent: whole ones, and no replica spread over two of them.

    0 where the offer's machine has fewer cards than one replica needs.
    """
    replicas_per_instance = offer.gpu_count // gpus_per_replica
    return math.ceil(replicas / replicas_per_instance) if replicas_per_instance else 0


def gpu_cost_usd_per_year(scenario: Scenario, offer: PriceOffer, instances: int) -> float:
    """instances x price of a machine for the hours that are billed."""
    share_of_year = hours_billed_per_year(scenario, offer) / HOURS_PER_YEAR
    return instances * offer.usd_per_year * share_of_year


def total_cost_usd_per_year(scenario: Scenario, offer: PriceOffer, instances: int) -> float:
    """GPUs plus the other cost items that the user entered."""
    other = sum(item.usd_per_year for item in scenario.other_costs)
    return gpu_cost_usd_per_year(scenario, offer, instances) + other


def cost_usd_per_1000_documents(cost_usd_per_year: float, documents_per_year: float) -> float:
    """Yearly cost shared by the documents that are asked for, not by the capacity."""
    return cost_usd_per_year / documents_per_year * 1000.0


def within_budget(cost_usd_per_year: float, budget_usd_per_year: float) -> bool:
    """True up to the budget itself; a tenth of a cent is rounding, not overspending."""
    return cost_usd_per_year <= budget_usd_per_year + 1e-3
