"""Which price offers a plan may use, and how each stands among those of its GPU."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from statistics import median

from planner.catalog import price_age
from planner.catalog.gpu import GPU
from planner.catalog.lookup import Catalog
from planner.catalog.price_age import MARKED_AFTER_DAYS, age_days, too_old
from planner.catalog.price_offer import PriceOffer
from planner.fleet.scenario import Scenario
from planner.fleet.scenario_limits import ROUNDING
from planner.money.cost_of_owning import OwnedOffer, owned_offer
from planner.money.machines import FollowingOffer, reserved_beside


@dataclass(frozen=True, slots=True)
class PriceStanding:
    """A price among those that a plan considers for the same GPU, terms and machine size.

    ``median_usd_per_gpu_hour`` is the median of ``providers`` providers, each with its lowest
    price for one GPU of a machine that holds a replica.
    """

    age_days: int
    providers: int
    median_usd_per_gpu_hour: float

    @property
    def old(self) -> bool:
        """True if the price has to be asked for again."""
        return self.age_days > MARKED_AFTER_DAYS


def offers_considered(scenario: Scenario, known: Sequence[PriceOffer]) -> tuple[PriceOffer, ...]:
    """Current offers under the scenario's terms; marketplaces only if it asks for them.

    Of a provider's machines with as many of the same GPU, in several regions or with several
    hosts, the cheapest is left, unless a fleet is to be spread over regions. An own price takes
    the place of the published ones, even if they are lower; if a fleet is to be spread over
    regions, of those in its region, or in all regions if it names none. Spot offers get the
    price on demand of the same machine beside theirs, and those on demand that follow the load
    the one of the same machine reserved.
    """
    tiers = {"list", "own", "article"}
    if scenario.include_marketplace:
        tiers.add("marketplace")
    usable = [
        offer
        for offer in known
        if offer.tier in tiers and offer.terms in scenario.terms and not too_old(offer)
    ]
    own_anywhere = {
        _machine(offer) for offer in usable if offer.tier == "own" and not offer.states_region
    }
    chosen: dict[tuple[str, ...], PriceOffer] = {}
    for offer in usable:
        if offer.tier != "own" and _machine(offer) in own_anywhere:
            continue
        key = *_machine(offer), offer.region.casefold() if scenario.spread_over == "region" else ""
        if key not in chosen or _preference(offer) < _preference(chosen[key]):
            chosen[key] = offer
    found = (_with_fallback(offer, known, tiers) for offer in chosen.values())
    return tuple(
        _following(offer, chosen.values()) if scenario.follow_load else offer for offer in found
    )


def _with_fallback(offer: PriceOffer, known: Iterable[PriceOffer], tiers: set[str]) -> PriceOffer:
    """A spot offer with the price on demand of such a machine of its provider."""
    if offer.terms != "spot":
        return offer
    same = replace(offer, terms="on-demand")
    sold = (
        other
        for other in known
        if _machine(other) == _machine(same) and other.tier in tiers and not too_old(other)
    )
    fallback = min(sold, key=_preference, default=None)
    return replace(offer, fallback_usd_per_hour=None if fallback is None else fallback.usd_per_hour)


def _following(offer: PriceOffer, chosen: Iterable[PriceOffer]) -> PriceOffer:
    """A machine that may follow the load; with the cheapest reserved one of its provider if it is
    on demand.
    """
    if offer.terms not in ("on-demand", "spot"):
        return offer
    same = [
        other
        for other in chosen
        if offer.terms == "on-demand"
        and other.terms.startswith("reserved")
        and _machine(replace(other, terms="on-demand")) == _machine(offer)
    ]
    base = min(same, key=lambda one: one.usd_per_year, default=None)
    stated = {field.name: getattr(offer, field.name) for field in fields(offer)}
    return FollowingOffer(**stated, reserved=base)


def owned_offers(scenario: Scenario, catalog: Catalog, gpu: GPU) -> tuple[OwnedOffer, ...]:
    """The scenario's own machines with this GPU; none of a stock that other models take whole."""
    found = (
        owned_offer(hardware, gpu, size, number)
        for number, hardware in enumerate(scenario.owned, start=1)
        if hardware.count and catalog.gpu(hardware.gpu).name == gpu.name
        for size in hardware.machine_sizes
    )
    return tuple(found)


def offers_for_replicas(
    offers: Iterable[PriceOffer], gpus_per_replica: int, regions_apart: bool = False
) -> tuple[PriceOffer, ...]:
    """The machines that hold a replica, without those that smaller ones always undercut.

    A machine for k times as many replicas as another one of the same provider, at k times its
    price or more, costs no less for any number of replicas. In another region it is kept if
    ``regions_apart``, as a fleet may be spread over both.
    """
    fitting = [
        _holding(offer, offer.gpu_count // gpus_per_replica)
        for offer in offers
        if offer.gpu_count >= gpus_per_replica
    ]
    return tuple(
        large
        for large in fitting
        if not any(
            _undercuts(small, large, gpus_per_replica)
            for small in fitting
            if not regions_apart or small.region.casefold() == large.region.casefold()
        )
    )


def _holding(offer: PriceOffer, replicas: int) -> PriceOffer:
    if isinstance(offer, FollowingOffer | OwnedOffer):
        return replace(offer, replicas=replicas)
    return offer


def _undercuts(small: PriceOffer, large: PriceOffer, gpus_per_replica: int) -> bool:
    holds_small, holds_large = (o.gpu_count // gpus_per_replica for o in (small, large))
    return (
        small.gpu_count < large.gpu_count
        and (small.terms != "owned" or small.region == large.region)  # of the same stock
        and (small.provider, small.terms, small.tier) == (large.provider, large.terms, large.tier)
        and holds_large % holds_small == 0
        and _times(holds_large // holds_small, small.usd_per_hour, large.usd_per_hour)
        and _times(
            holds_large // holds_small,
            small.fallback_usd_per_hour or 0.0,
            large.fallback_usd_per_hour or 0.0,
        )
        and _times(holds_large // holds_small, _reserved_usd(small), _reserved_usd(large))
    )


def _reserved_usd(offer: PriceOffer) -> float:
    """USD an hour of the machine reserved, at most what it costs on demand."""
    reserved = reserved_beside(offer)
    return min(offer.usd_per_hour, (reserved or offer).usd_per_hour)


def _times(number: int, small_usd: float, large_usd: float) -> bool:
    """True if so many small machines cost no more than a large one."""
    return number * small_usd <= large_usd * (1 + ROUNDING)


def standings(considered: Sequence[PriceOffer]) -> dict[str, PriceStanding]:
    """The standing of each of the offers among all of them, by its id."""
    lowest: dict[str, dict[str, float]] = {}
    for one in considered:
        of_terms, price = lowest.setdefault(one.terms, {}), one.usd_per_gpu_hour
        of_terms[one.provider] = min(price, of_terms.get(one.provider, price))
    medians = {terms: median(prices.values()) for terms, prices in lowest.items()}
    today = price_age.today()

    def standing(one: PriceOffer) -> PriceStanding:
        age = age_days(one.as_of, today)
        return PriceStanding(age, len(lowest[one.terms]), medians[one.terms])

    return {one.id: standing(one) for one in considered}


def _machine(offer: PriceOffer) -> tuple[str, ...]:
    apart = offer.id if offer.terms == "estimate" else str(offer.tier == "marketplace")
    return offer.provider.casefold(), offer.gpu, str(offer.gpu_count), offer.terms, apart


def _preference(offer: PriceOffer) -> tuple[bool, float]:
    return offer.tier != "own", offer.usd_per_hour
