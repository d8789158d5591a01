"""A price list against the catalogue: what storing it would change, before it is stored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from planner.catalog.listed_price import ExchangeRate, ListedPrice, offers_from
from planner.catalog.lookup import Catalog
from planner.errors import InputError
from planner.price_lists.price_changes import PriceChanges, price_changes

MOST_STORED = 10_000
"""Prices of one list; every later command reads all that are stored."""


@dataclass(frozen=True, slots=True)
class PriceImport:
    """The changes, and how often the list has each GPU that the catalogue lacks."""

    changes: PriceChanges
    unknown_gpus: Mapping[str, int]


def price_import(
    known: Catalog,
    listed: Iterable[ListedPrice],
    regions: tuple[str, ...] = (),
    rate: ExchangeRate | None = None,
) -> PriceImport:
    """What ``listed`` changes in the catalogue, in ``regions`` if any are named.

    Raises InputError for a list without a usable price, with too many, or with a row that is not
    sound.
    """
    offers, unknown = offers_from(listed, known, rate)
    if not offers:
        names = ", ".join(list(unknown)[:5])
        named = f" It names {names[:200]}: see planner catalog gpus, or add the GPU."
        raise InputError(
            "the list has no price of a machine with GPUs of the catalogue; nothing was changed."
            f"{named if names else ''}"
        )
    changes = price_changes(known.offers, offers, regions)
    if len(changes.to_store) > MOST_STORED:
        raise InputError(
            f"the list would add {len(changes.to_store):,} prices; at most {MOST_STORED:,} are "
            "stored: give --region, or split the list."
        )
    known.with_additions(offers=changes.to_store)
    return PriceImport(changes, unknown)
