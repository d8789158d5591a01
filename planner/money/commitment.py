"""What has to be paid in all once terms are signed."""

from __future__ import annotations

from planner.catalog.price_offer import PriceOffer, Terms
from planner.money.cost_of_owning import OwnedOffer

YEARS_COMMITTED: dict[Terms, int] = {
    "on-demand": 0, "spot": 0, "reserved-1y": 1, "reserved-3y": 3,
}  # fmt: skip
"""Years for which terms bind; others do not say."""


def commitment_usd(offer: PriceOffer, instances: int) -> float | None:
    """The sum to be paid once the terms are signed, whatever is used; None if not stated.

    Reserved machines are paid for all year, so it is their yearly price for each year. Owned
    ones are bought, or are paid for already.
    """
    if isinstance(offer, OwnedOffer):
        return instances * offer.purchase_usd
    years = YEARS_COMMITTED.get(offer.terms)
    return None if years is None else instances * offer.usd_per_year * years
