"""Which option is recommended: the cheapest that is sure enough, measured if that costs little."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from planner.catalog.model_spec import Quantization
from planner.fleet.plan import Option
from planner.fleet.scenario import Scenario
from planner.fleet.scenario_limits import is_sure

FROM_PRECISE_TO_COARSE: tuple[Quantization, ...] = (
    *("none", "fp8", "int8", "w4a8", "awq", "gptq", "nvfp4", "mxfp4", "bitsandbytes"),
)
"""Quantizations by the bits of a weight: 16, then 8, then 4."""

A_CENT_USD = 0.01
"""Costs are compared to the cent."""

NEAR_CERTAIN = 0.99
"""Probabilities above are printed alike ("over 99 %"), and count as the same."""


@dataclass(frozen=True, slots=True)
class Recommendation:
    """``chosen`` is recommended. The others are the cheapest feasible option, and the cheapest
    of those that were measured; None if that is the chosen one or there is none.
    """

    chosen: Option | None
    cheapest_sure: Option | None = None
    cheapest_measured: Option | None = None

    @property
    def cheapest(self) -> Option | None:
        """The cheapest feasible option, whether it was measured or not."""
        return self.cheapest_sure or self.chosen


def recommend(scenario: Scenario, options: Sequence[Option]) -> Recommendation:
    """Choose among the options that keep every limit with the confidence asked for.

    What was measured is preferred up to ``measured_premium`` times the cost of the cheapest.
    """
    feasible = [option for option in options if option.meets.all]
    cheapest = min(feasible, key=rank, default=None)
    if cheapest is None:
        return Recommendation(None)
    measured = min((o for o in feasible if o.is_measured), key=rank, default=None)
    most = premium_of(scenario) * cheapest.cost_usd_per_year
    if measured is not None and measured.cost_usd_per_year <= most:
        saves = measured.cost_usd_per_year - cheapest.cost_usd_per_year
        return Recommendation(measured, cheapest if saves >= A_CENT_USD else None, None)
    return Recommendation(cheapest, None, measured)


def premium_of(scenario: Scenario) -> float:
    """How many times the cost of the cheapest option one may cost that was measured."""
    return 1.0 if scenario.accept_extrapolated else scenario.measured_premium


def rank(option: Option) -> tuple[object, ...]:
    """Sorts options: fewest missed limits, nearly kept ones, cheapest, surest, most precise."""
    item = option.fleet[0]
    return (
        len(option.obstacles),
        bool(option.obstacles) and not option.is_unsure,
        round(option.cost_usd_per_year, 2),
        -min(round(option.without_spares.work, 2), NEAR_CERTAIN),
        FROM_PRECISE_TO_COARSE.index(item.quantization),
        item.gpu_count,
        -option.capacity_documents_per_year.value,
    )


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
