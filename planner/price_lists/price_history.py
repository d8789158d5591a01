"""The earlier prices of a machine, and what is stored when one takes the place of another."""

from __future__ import annotations

from collections.abc import Iterable

from planner.catalog.price_offer import PriceOffer
from planner.price_lists.price_changes import as_earlier, place_of


def history_of(offer: PriceOffer, known: Iterable[PriceOffer]) -> tuple[PriceOffer, ...]:
    """The prices of the same machine, terms and region, ``offer`` among them, the latest first."""
    place = place_of(offer)
    same = {row for row in known if place_of(row) == place or _is_earlier(row, offer)}
    return tuple(sorted(same | {offer}, key=lambda row: (row.as_of, row.id), reverse=True))


def in_place_of(new: PriceOffer, own: Iterable[PriceOffer]) -> tuple[PriceOffer, ...]:
    """What to store for a price of the user's: itself, and an earlier one of its id by its date.

    A price of the same day was a mistake and is not kept. ``own`` are the user's prices.
    """
    earlier = (row for row in own if row.id == new.id and row.as_of != new.as_of)
    return (new, *map(as_earlier, earlier))


def _is_earlier(row: PriceOffer, offer: PriceOffer) -> bool:
    return row.tier == "stale" and row.id == f"{offer.id}-{row.as_of}"
