"""Machines that are rented or owned together because a replica spans all of them."""

from __future__ import annotations

from dataclasses import replace

from planner.catalog.price_offer import PriceOffer
from planner.money.books import Books
from planner.money.cost_line import CostLine
from planner.money.cost_of_owning import OwnedOffer
from planner.money.machines import FollowingOffer


def joined(offer: PriceOffer, machines: int) -> PriceOffer:
    """So many machines of an offer as one: GPUs, prices and costs are those of all together.

    As many sets of them are available as the machines that are owned make.
    """
    fallback = offer.fallback_usd_per_hour
    together = replace(
        offer,
        id=f"{offer.id}-joined-{machines}",
        gpu_count=machines * offer.gpu_count,
        machines=machines,
        usd_per_hour=machines * offer.usd_per_hour,
        usd_per_year=machines * offer.usd_per_year,
        fallback_usd_per_hour=None if fallback is None else machines * fallback,
    )
    if isinstance(together, FollowingOffer) and together.reserved is not None:
        return replace(together, reserved=joined(together.reserved, machines))
    if isinstance(together, OwnedOffer):
        return replace(
            together,
            available=together.available // machines,
            watts=machines * together.watts,
            power=_times(together.power, machines),
            standing=tuple(_times(line, machines) for line in together.standing),
            purchase_usd=machines * together.purchase_usd,
            books=_books_of_all(together.books, machines),
            capital_usd_per_year=machines * together.capital_usd_per_year,
        )
    return together


def _times(line: CostLine, machines: int) -> CostLine:
    return replace(line, usd_per_year=machines * line.usd_per_year)


def _books_of_all(books: Books, machines: int) -> Books:
    return replace(
        books,
        price_usd=machines * books.price_usd,
        residual_usd=machines * books.residual_usd,
    )
