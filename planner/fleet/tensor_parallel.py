"""Leaves out replicas that are split over more GPUs than pays."""

from __future__ import annotations

from collections.abc import Iterable

from planner.fleet.plan import Option
from planner.fleet.scenario import Scenario
from planner.fleet.scenario_limits import is_sure


def without_needless_splits(scenario: Scenario, options: Iterable[Option]) -> list[Option]:
    """The options without those of a larger tensor-parallel size that gain nothing.

    A larger size is kept if the same provider's machines with smaller ones cost more, or are
    neither sure enough to keep up and answer in time nor as sure as it.
    """
    kept: list[Option] = []
    of_provider: dict[tuple[str, ...], list[Option]] = {}
    for option in sorted(options, key=lambda option: option.fleet[0].gpu_count):
        item, offer = option.fleet[0], option.fleet[0].price_offer
        sold = item.gpu, item.quantization, offer.provider, offer.terms, offer.tier
        smaller = of_provider.setdefault(sold, [])
        if not any(_does_as_well(scenario, other, option) for other in smaller):
            kept.append(option)
            smaller.append(option)
    return kept


def _does_as_well(scenario: Scenario, smaller: Option, option: Option) -> bool:
    if smaller.fleet[0].gpu_count == option.fleet[0].gpu_count:
        return False
    if smaller.cost_usd_per_year > option.cost_usd_per_year or smaller.meets.replicas is False:
        return False
    sure = smaller.without_spares.work
    return is_sure(sure, scenario.confidence) or (sure > 0.0 and sure >= option.without_spares.work)
