"""The GPUs that are owned, of which machines of any size are made, and no more than there are."""

from __future__ import annotations

import math
from collections.abc import Iterable

from planner.catalog.price_offer import PriceOffer
from planner.money.cost_of_owning import OwnedOffer


def most_machines(offer: PriceOffer) -> float:
    """As many as are owned; infinity if they are rented."""
    return offer.available if isinstance(offer, OwnedOffer) else math.inf


def single_machines(offer: PriceOffer) -> float:
    """The same one by one: also those that are left over if sets of them are joined."""
    if isinstance(offer, OwnedOffer):
        return offer.hardware.count // (offer.gpu_count // offer.machines)
    return math.inf


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
