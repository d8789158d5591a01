"""What a new price list changes in the catalogue, and what is to be stored for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from planner.catalog.price_offer import PriceOffer

Pair = tuple[PriceOffer, PriceOffer]
Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class PriceChanges:
    """New prices against the known ones.

    ``dearer``, ``cheaper`` and ``same`` are pairs of the known and the new offer. ``gone`` are
    known offers of the same providers and terms whose machines the list does not have;
    ``superseded`` are those of them for which it has another machine with as many of the same
    GPU. ``outdated`` are listed offers that are older than what is known.
    """

    new: tuple[PriceOffer, ...]
    dearer: tuple[Pair, ...]
    cheaper: tuple[Pair, ...]
    same: tuple[Pair, ...]
    gone: tuple[PriceOffer, ...]
    superseded: tuple[PriceOffer, ...]
    outdated: tuple[PriceOffer, ...]

    @property
    def to_store(self) -> tuple[PriceOffer, ...]:
        """The offers that put the changes into effect; earlier prices stay, with their dates."""
        moved = (*self.dearer, *self.cheaper)
        earlier = [as_earlier(old) for old, _ in moved]
        retired = [replace(old, tier="stale") for old in self.superseded]
        return (*self.new, *(now for _, now in (*moved, *self.same)), *earlier, *retired)


def as_earlier(offer: PriceOffer) -> PriceOffer:
    """A price that another one has replaced, under an id of its own, with its date."""
    return replace(offer, id=f"{offer.id}-{offer.as_of}", tier="stale")


def place_of(offer: PriceOffer) -> Key:
    """What two prices of one machine, in one region and on the same terms, have in common."""
    return *_machine(offer), offer.region


def price_changes(
    known: Iterable[PriceOffer], listed: Iterable[PriceOffer], regions: tuple[str, ...] = ()
) -> PriceChanges:
    """What ``listed`` changes among the offers in ``regions``.

    Without ``regions``, each machine's cheapest region counts and those that are known. The
    user's own prices are compared with own ones, published prices with published ones.
    """
    given = _cheapest_in_each_place(listed)
    own = {offer.tier == "own" for offer in given}
    before = [o for o in known if o.tier not in ("stale", "article") and (o.tier == "own") in own]
    by_place = {place_of(offer): offer for offer in before}
    anywhere = {_machine(offer): offer for offer in before if offer.region == "any"}
    new: list[PriceOffer] = []
    outdated: list[PriceOffer] = []
    pairs: list[Pair] = []
    for offer in _chosen(given, by_place, regions):
        old = by_place.get(place_of(offer)) or anywhere.get(_machine(offer))
        if old is None:
            new.append(offer)
        elif offer.as_of < old.as_of:
            outdated.append(offer)
        else:
            pairs.append((old, replace(offer, id=old.id)))
    gone = _gone(before, given)
    dates = {(_size(offer), offer.tier): offer.as_of for offer in given}
    return PriceChanges(
        new=tuple(new),
        dearer=tuple(p for p in pairs if p[1].usd_per_hour > p[0].usd_per_hour),
        cheaper=tuple(p for p in pairs if p[1].usd_per_hour < p[0].usd_per_hour),
        same=tuple(p for p in pairs if p[1].usd_per_hour == p[0].usd_per_hour),
        gone=gone,
        superseded=tuple(o for o in gone if dates.get((_size(o), o.tier), "") > o.as_of),
        outdated=tuple(outdated),
    )


def _cheapest_in_each_place(listed: Iterable[PriceOffer]) -> list[PriceOffer]:
    """The newest offer for each machine and region; the cheapest of one day, as a list may have a
    row for each zone.
    """
    chosen: dict[Key, PriceOffer] = {}
    for offer in listed:
        other = chosen.setdefault(place_of(offer), offer)
        if offer.as_of > other.as_of or (
            offer.as_of == other.as_of and offer.usd_per_hour < other.usd_per_hour
        ):
            chosen[place_of(offer)] = offer
    return list(chosen.values())


def _chosen(
    given: list[PriceOffer], by_place: Mapping[Key, PriceOffer], regions: tuple[str, ...]
) -> list[PriceOffer]:
    if regions:
        return [offer for offer in given if offer.region in regions]
    lowest: dict[Key, float] = {}
    for offer in given:
        machine = _machine(offer)
        lowest[machine] = min(offer.usd_per_hour, lowest.get(machine, offer.usd_per_hour))
    chosen: list[PriceOffer] = []
    for offer in given:
        cheapest = lowest.get(_machine(offer)) == offer.usd_per_hour
        if cheapest:
            del lowest[_machine(offer)]
        if cheapest or place_of(offer) in by_place:
            chosen.append(offer)
    return chosen


def _gone(before: list[PriceOffer], given: list[PriceOffer]) -> tuple[PriceOffer, ...]:
    covered = {(offer.provider.casefold(), offer.terms) for offer in given}
    machines = {_machine(offer) for offer in given}
    return tuple(
        offer
        for offer in before
        if (offer.provider.casefold(), offer.terms) in covered and _machine(offer) not in machines
    )


def _size(offer: PriceOffer) -> Key:
    return offer.provider.casefold(), offer.gpu, offer.gpu_count, offer.terms


def _machine(offer: PriceOffer) -> Key:
    return *_size(offer), offer.instance
