"""How old a price is, what other providers ask, and what another source says."""

from __future__ import annotations

from planner.catalog import price_age
from planner.catalog.price_offer import PriceOffer
from planner.fleet.considered_offers import PriceStanding
from planner.fleet.costs import commitment_of
from planner.fleet.plan import FleetItem, Option
from planner.money.commitment import YEARS_COMMITTED
from planner.money.machines import reserved_beside
from planner.wording.formatting import counted, usd


def dated(offer: PriceOffer, standing: PriceStanding | None) -> str:
    """The date of a price and its age; an old one says what to do."""
    if standing is None:
        return f"as of {offer.as_of}"
    aged = f"as of {offer.as_of}, {counted(standing.age_days, 'day')} old"
    return f"{aged}: ask for it again before you rely on it" if standing.old else aged


def date_and_mark(offer: PriceOffer, standing: PriceStanding | None) -> str:
    """The date of a price in a table, with a mark if it is old."""
    return f"{offer.as_of}, old" if standing is not None and standing.old else offer.as_of


def age_and_mark(offer: PriceOffer) -> str:
    """The days since the date of a price, with a mark if it has to be asked for again."""
    days = price_age.age_days(offer.as_of, price_age.today())
    return f"{days}, old" if days > price_age.MARKED_AFTER_DAYS else str(days)


def provider_and_mark(offer: PriceOffer, standing: PriceStanding | None) -> str:
    """The provider in a table without dates, with a mark if the price is old."""
    old = standing is not None and standing.old and offer.terms != "estimate"
    return f"{offer.provider} (old price)" if old else offer.provider


def about_price(item: FleetItem) -> tuple[str, ...]:
    """What to know before relying on a price: other providers, another source, a caution."""
    offer = item.price_offer
    found = [commitment(item), eviction(offer), among_providers(offer, item.standing)]
    if offer.conflict is not None:
        found.append(f"Another source differs: {offer.conflict}.")
    if offer.tier == "article" and offer.note:
        found.append(f"Note: {offer.note}.")
    return tuple(filter(None, found))


def about_prices(option: Option) -> tuple[str, ...]:
    """The same of all machines of an option, and whether nothing is committed by them."""
    said = [sentence for item in option.fleet for sentence in about_price(item)]
    rented = all(item.price_offer.terms in ("on-demand", "spot") for item in option.fleet)
    if rented and not any(item.reserved_instances for item in option.fleet):
        said.append("Nothing is committed: these machines can be given up at any time.")
    return tuple(said)


def commitment(item: FleetItem) -> str:
    """What reserving the machines obliges to pay; empty if nothing is reserved."""
    offer, committed = item.price_offer, commitment_of(item)
    base = reserved_beside(offer)
    reserved = item.instances if base is None else item.reserved_instances
    if reserved and (base or offer).terms == "reserved":
        return "Reserved: ask the provider for how long."
    if not committed:
        return ""
    if offer.terms == "owned":
        bought = counted(offer.machines_in(item.instances), "machine")
        return f"{bought} to buy: {usd(committed)} at the start."
    years = counted(YEARS_COMMITTED[(base or offer).terms], "year")
    return (
        f"{counted(offer.machines_in(reserved), 'machine')} reserved for {years}: "
        f"{usd(committed)} committed, whether they are used or not."
    )


def eviction(offer: PriceOffer) -> str:
    """What stands in for a spot machine while the provider takes it back; empty for others."""
    if offer.terms != "spot":
        return ""
    if offer.fallback_usd_per_hour is None:
        return (
            "The provider may take a spot machine back at any time, and no price on demand of the "
            "same machine is known: nothing stands in for it in this cost."
        )
    return (
        "The provider may take a spot machine back at any time; the same one on demand costs "
        f"{usd(offer.fallback_usd_per_hour / offer.machines)} an hour while it stands in."
    )


def among_providers(offer: PriceOffer, standing: PriceStanding | None) -> str:
    """The median of the providers beside this price; empty for an estimate."""
    if standing is None or offer.terms == "estimate":
        return ""
    if standing.providers == 1:
        return "One provider's price: no other one is listed with such a machine on these terms."
    return (
        f"One provider's price: the median of {standing.providers} providers is "
        f"{usd(standing.median_usd_per_gpu_hour)} an hour for each GPU, this one "
        f"{usd(offer.usd_per_gpu_hour)}."
    )
