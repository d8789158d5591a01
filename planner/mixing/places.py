"""What fails together: the machines of a provider, or of one of its regions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from planner.catalog.price_offer import PriceOffer
from planner.fleet.scenario_defaults import Place


@dataclass(frozen=True, slots=True)
class Site:
    """A provider, or its ``region``; None: it may be any of them."""

    provider: str
    region: str | None = None

    def fails_with(self, lost: Site) -> bool:
        """True if machines here may be down while those at ``lost`` are."""
        same_region = self.region is None or self.region == lost.region
        return self.provider == lost.provider and same_region


def site_of(spread_over: Place | None, offer: PriceOffer) -> Site:
    """Where the machines of an offer are."""
    provider = offer.provider.casefold()
    if spread_over != "region" or not offer.states_region:
        return Site(provider)
    return Site(provider, offer.region.casefold())


def sites_apart(sites: Iterable[Site]) -> list[Site]:
    """The sites of which only one is down at a time.

    Machines in any region are no second site beside those in a known region of their provider.
    """
    found = list(dict.fromkeys(sites))
    in_known_regions = {site.provider for site in found if site.region is not None}
    return [
        site for site in found if site.region is not None or site.provider not in in_known_regions
    ]


def named_place(spread_over: Place | None, offer: PriceOffer) -> str:
    """The provider of an offer, with its region if that is what a fleet is spread over."""
    return f"{offer.provider} {offer.region}" if spread_over == "region" else offer.provider
