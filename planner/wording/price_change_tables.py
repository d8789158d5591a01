"""What a price list changes, as tables and sentences of the command line and the web app."""

from __future__ import annotations

from collections.abc import Iterator, Sized
from dataclasses import dataclass

from planner.catalog.gpu import gpu_group
from planner.catalog.price_offer import PriceOffer
from planner.price_lists.price_changes import Pair
from planner.price_lists.price_import import PriceImport

MOST_SHOWN = 40
"""Rows of a table for people."""

_MOST_NAMED = 10

_MACHINE = ("Machine", "Provider", "Terms", "Region")


@dataclass(frozen=True, slots=True)
class ChangeTable:
    """A table with at least one row; ``numbers`` are the headings of columns of figures."""

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[str, ...]


def change_tables(found: PriceImport) -> Iterator[ChangeTable]:
    """Dearer and cheaper prices, new ones, those not in the list, and outdated ones."""
    changes = found.changes
    prices = ("Was, USD/h", "Is, USD/h")
    for title, pairs in (("Dearer", changes.dearer), ("Cheaper", changes.cheaper)):
        if pairs:
            moved = tuple(map(_moved, pairs[:MOST_SHOWN]))
            yield ChangeTable(_counted(title, pairs), (*_MACHINE, *prices), moved, prices)
    for title, offers in (
        ("New", changes.new),
        ("Not in the list, kept with their dates", changes.gone),
        ("Older than what is known, left out", changes.outdated),
    ):
        if offers:
            rows = tuple((*_words(o), _price(o), o.as_of) for o in offers[:MOST_SHOWN])
            headings = (*_MACHINE, "USD/h", "As of")
            yield ChangeTable(_counted(title, offers), headings, rows, ("USD/h",))


def change_sentences(found: PriceImport) -> Iterator[str]:
    """What the tables do not show."""
    yield f"Unchanged, with a new date: {len(found.changes.same):,}."
    if retired := len(found.changes.superseded):
        yield (
            f"{retired:,} of those not in the list are retired: another machine with as many of "
            "the same GPU has a later price."
        )
    if found.unknown_gpus:
        most = sorted(found.unknown_gpus.items(), key=lambda item: -item[1])[:_MOST_NAMED]
        named = ", ".join(f"{name} ({times:,})" for name, times in most)
        yield f"GPUs that the catalogue does not have, left out: {named}."


def _counted(title: str, rows: Sized) -> str:
    shown = f", the first {MOST_SHOWN}" if len(rows) > MOST_SHOWN else ""
    return f"{title} ({len(rows):,}{shown})"


def _moved(pair: Pair) -> tuple[str, ...]:
    return (*_words(pair[1]), _price(pair[0]), _price(pair[1]))


def _words(offer: PriceOffer) -> tuple[str, ...]:
    machine = f"{gpu_group(offer.gpu_count, offer.gpu)}, {offer.instance}"
    return machine, offer.provider, offer.terms, offer.region


def _price(offer: PriceOffer) -> str:
    return f"{offer.usd_per_hour:.4g}"
