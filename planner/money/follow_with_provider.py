"""What following the load would cost with one provider: on demand, or with the base reserved."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from planner.catalog.price_age import too_old
from planner.catalog.price_offer import PriceOffer, Terms
from planner.money.load_following import Billed, Blend, best_blend


@dataclass(frozen=True, slots=True)
class FollowingLoad:
    """The cost of machines on demand that are switched off while the load is low.

    ``always_on_usd_per_year`` is their cost if they run all year. ``blend`` is the cheapest mix
    with machines reserved on ``reserved_terms``; None if the provider lists none.
    """

    machines: int
    always_on_usd_per_year: float
    usd_per_year: float
    reserved_terms: Terms | None
    blend: Blend | None

    @property
    def share_of_cost(self) -> float:
        """The cost over that of machines that always run."""
        return self.usd_per_year / self.always_on_usd_per_year


def follow_with_provider(
    billed: Billed, offer: PriceOffer, known: Iterable[PriceOffer]
) -> FollowingLoad | None:
    """The machines at the prices of the offer's provider; None if it does not rent by the hour."""
    prices = _usd_per_year_by_terms(offer, known)
    on_demand = prices.pop("on-demand", None)
    if on_demand is None:
        return None
    terms = min(prices, key=lambda one: prices[one], default=None)
    blend = None if terms is None else best_blend(billed, on_demand, prices[terms])
    if blend is not None:
        blend = replace(
            blend,
            reserved=offer.machines_in(blend.reserved),
            following=offer.machines_in(blend.following),
        )
    always_on, following = billed.all_machines * on_demand, billed.mean_billed() * on_demand
    machines = offer.machines_in(billed.all_machines)
    return FollowingLoad(machines, always_on, following, terms, blend)


def _usd_per_year_by_terms(offer: PriceOffer, known: Iterable[PriceOffer]) -> dict[Terms, float]:
    """The lowest price of such a machine of the same provider, on demand and reserved."""
    found: dict[Terms, float] = {}
    for other in known:
        size = other.gpu_count * offer.machines
        alike = (other.provider, size) == (offer.provider, offer.gpu_count)
        sold = other.tier in ("list", "own", "marketplace") and not too_old(other)
        if alike and sold and other.terms in ("on-demand", "reserved-1y", "reserved-3y"):
            price = other.usd_per_year * offer.machines
            found[other.terms] = min(price, found.get(other.terms, price))
    return found
