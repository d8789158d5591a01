"""Machines of one price offer, and how many of them are always on if they follow the load."""

from __future__ import annotations

from dataclasses import dataclass

from planner.catalog.price_offer import PriceOffer
from planner.money.cost_of_owning import OwnedOffer


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowingOffer(PriceOffer):
    """A machine that follows the load and holds so many ``replicas``.

    One on demand may have the same one ``reserved`` for its base.
    """

    reserved: PriceOffer | None = None
    replicas: int = 1


def replicas_held(offer: PriceOffer) -> int:
    """Replicas on a machine that may follow the load; 1 on any other."""
    return offer.replicas if isinstance(offer, FollowingOffer | OwnedOffer) else 1


def reserved_beside(offer: PriceOffer) -> PriceOffer | None:
    """The same machine reserved; None if there is none or it does not follow the load."""
    return offer.reserved if isinstance(offer, FollowingOffer) else None


@dataclass(frozen=True, slots=True)
class Machines:
    """``instances`` machines of an offer, ``spares`` of which carry nothing and are always on.

    So are ``always`` of the others, whatever the load. ``may_wait`` is true if only these machines'
    documents may wait, so that their load is level.
    """

    offer: PriceOffer
    instances: int
    always: int = 1
    spares: int = 0
    may_wait: bool = False
