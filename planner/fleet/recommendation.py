"""Which option is recommended: the cheapest that is sure enough, measured if that costs little."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter

from planner.catalog.model_spec import Quantization
from planner.fleet.option_of_fleet import SizedFleet
from planner.fleet.plan import Option
from planner.fleet.scenario import Scenario

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


def without_needless_splits(fleets: Iterable[SizedFleet]) -> list[SizedFleet]:
    """The fleets without those of a larger tensor-parallel size that gain nothing.

    A larger size is kept if the same provider's machines with smaller ones cost more, or are
    neither sure enough to keep up and answer in time nor as sure as it.
    """
    kept: list[SizedFleet] = []
    smaller: dict[tuple[str, ...], _SmallerSizes] = defaultdict(_SmallerSizes)
    by_size = attrgetter("gpus_of_replica")
    for _, of_one_size in groupby(sorted(fleets, key=by_size), key=by_size):
        gains = [one for one in of_one_size if not smaller[one.sold_as].do_as_well(one)]
        for one in gains:
            smaller[one.sold_as].add(one)
        kept += gains
    return kept


@dataclass(slots=True)
class _SmallerSizes:
    """The cost of the cheapest sure fleet of a smaller size, and the fleets that are not sure."""

    usd_of_sure: float = math.inf
    unsure: list[SizedFleet] = field(default_factory=list)

    def add(self, fleet: SizedFleet) -> None:
        if fleet.meets.replicas is False:
            return
        if fleet.is_sure:
            self.usd_of_sure = min(self.usd_of_sure, fleet.cost_usd_per_year)
        else:
            self.unsure.append(fleet)

    def do_as_well(self, fleet: SizedFleet) -> bool:
        if self.usd_of_sure <= fleet.cost_usd_per_year:
            return True
        return not fleet.is_sure and any(
            one.cost_usd_per_year <= fleet.cost_usd_per_year
            and one.sureness > 0.0
            and one.sureness >= fleet.sureness
            for one in self.unsure
        )
