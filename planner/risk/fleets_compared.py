"""The fleets whose risk is compared: smaller and larger ones of what is recommended, and others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from planner.catalog.lookup import Catalog
from planner.fleet import costs
from planner.fleet.candidates import candidates
from planner.fleet.growth import sized_of
from planner.fleet.option_of_fleet import option_of
from planner.fleet.plan import Option, Plan
from planner.fleet.scenario import Scenario
from planner.fleet.sized_candidate import SizedCandidate, size
from planner.fleet.sizing import replicas_for
from planner.forecast.forecaster import Forecaster
from planner.learning.throughput import Z90
from planner.money.own_stock import most_machines
from planner.risk.samples import SAMPLES, normals
from planner.risk.uncertain_volume import uncertain_volume

MOST_SIZES = 5
MOST_OTHERS = 3
"""Enough to see what a machine more or less, or another GPU, would change."""


@dataclass(frozen=True, slots=True)
class Compared:
    """An option and its sized candidate; ``replicas`` are those of all machines but the spare."""

    option: Option
    sized: SizedCandidate

    @property
    def replicas(self) -> int:
        item = self.option.fleet[0]
        needed = item.instances - item.spare_instances
        return costs.replicas_on(needed, item.gpu_count, item.price_offer)


def fleets_compared(
    plan: Plan, recommended: Option, forecaster: Forecaster, catalog: Catalog
) -> tuple[Compared, ...]:
    """The recommended fleet first, then its other sizes, then the cheapest of other GPUs."""
    first = Compared(recommended, sized_for(plan.scenario, recommended, forecaster, catalog))
    others = (
        Compared(option, sized_for(plan.scenario, option, forecaster, catalog))
        for option in _of_other_gpus(plan, recommended)
    )
    return (first, *_of_other_sizes(plan.scenario, first), *others)


def sized_for(
    scenario: Scenario, option: Option, forecaster: Forecaster, catalog: Catalog
) -> SizedCandidate:
    """The candidate of an option's replicas. Raises LookupError if it is not of this scenario."""
    item = option.fleet[0]
    model = catalog.model(scenario.model)
    runnable, _ = candidates(scenario, catalog, model, (catalog.gpu(item.gpu),))
    of_item = (one for one in runnable if one.deployment.quantization == item.quantization)
    found = sized_of(option, [size(scenario, forecaster, one) for one in of_item])
    if found is None:
        raise LookupError(f"no candidate of this scenario is {item.gpu}")
    return found


def _of_other_sizes(scenario: Scenario, recommended: Compared) -> Iterator[Compared]:
    """From what a low volume takes on fast GPUs to what a high one takes on slow ones.

    One is what takes both errors together with the confidence asked for.
    """
    sized, item = recommended.sized, recommended.option.fleet[0]
    expected = scenario.documents_per_year
    least = _machines(recommended, (scenario.volume_low or expected) / expected, -Z90)
    most = _machines(recommended, (scenario.volume_high or expected) / expected, Z90)
    volume, error = normals(SAMPLES, 2)
    load = uncertain_volume(scenario).factors(volume) * np.exp(error * sized.replica.pace.log_sd)
    sure = _machines(recommended, float(np.quantile(load, scenario.confidence)), 0.0)
    spread = np.round(np.linspace(least, most, MOST_SIZES)).astype(int).tolist()
    there = most_machines(item.price_offer) - item.spare_instances
    for machines in sorted({sure, sure + 1, *spread}):
        if machines != item.instances - item.spare_instances and machines <= there:
            yield Compared(option_of(scenario, sized, item.price_offer, machines), sized)


def _machines(recommended: Compared, times: float, error: float) -> int:
    sized, item = recommended.sized, recommended.option.fleet[0]
    demand = replace(sized.demand, busiest_per_s=sized.demand.busiest_per_s * times)
    replicas = replicas_for(demand, sized.replica.pace, error)
    return costs.instances_for(replicas, item.gpu_count, item.price_offer)


def _of_other_gpus(plan: Plan, recommended: Option) -> list[Option]:
    """The cheapest feasible options, one of each other GPU."""
    seen = {recommended.fleet[0].gpu}
    found = []
    for option in plan.options:
        if len(option.fleet) == 1 and option.meets.all and option.fleet[0].gpu not in seen:
            seen.add(option.fleet[0].gpu)
            found.append(option)
    return sorted(found, key=lambda option: option.cost_usd_per_year)[:MOST_OTHERS]
