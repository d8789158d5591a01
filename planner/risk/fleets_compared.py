"""The fleets whose risk is compared: smaller and larger ones of what is recommended, and others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from planner.catalog.lookup import Catalog
from planner.fleet import costs
from planner.fleet.candidates import candidates, gpus_considered
from planner.fleet.growth import sized_of
from planner.fleet.make_plan import recommendation_for
from planner.fleet.option_of_fleet import fleet_of, option_of
from planner.fleet.plan import Option, Plan
from planner.fleet.scenario import Scenario
from planner.fleet.sized_candidate import SizedCandidate, size
from planner.fleet.sizing import replicas_for
from planner.forecast.forecaster import Forecaster
from planner.learning.throughput import Z90
from planner.mixing.divided_stock import own_gpus_used, with_share
from planner.mixing.sum_of_options import fleets_by_model, option_together
from planner.money.own_stock import most_machines
from planner.risk.samples import SAMPLES, normals
from planner.risk.uncertain_volume import uncertain_volume

MOST_SIZES = 5
MOST_OTHERS = 3
"""Enough to see what a machine more or less, or another GPU, would change."""


@dataclass(frozen=True, slots=True)
class FleetOfModel:
    """The fleet that runs one model: its documents, its option and its sized candidate."""

    scenario: Scenario
    option: Option
    sized: SizedCandidate

    @property
    def replicas(self) -> int:
        """Those of all machines but the spare."""
        item = self.option.fleet[0]
        return costs.replicas_on(self.machines, item.gpu_count, item.price_offer)

    @property
    def machines(self) -> int:
        """All but the spare ones."""
        item = self.option.fleet[0]
        return item.instances - item.spare_instances

    @property
    def most_machines(self) -> float:
        """The most that there can be, but the spare ones."""
        item = self.option.fleet[0]
        return most_machines(item.price_offer) - item.spare_instances

    def with_machines(self, needed: int) -> FleetOfModel:
        """The fleet with so many machines and the spare ones."""
        offer = self.option.fleet[0].price_offer
        fleet = fleet_of(self.scenario, self.sized, offer, needed)
        return replace(self, option=option_of(self.scenario, fleet))

    def machines_for(self, times: float, error: float) -> int:
        """Machines for so many times the documents if the forecast is wrong by ``error`` sd."""
        item, demand = self.option.fleet[0], self.sized.demand
        demand = replace(demand, busiest_per_s=demand.busiest_per_s * times)
        replicas = replicas_for(demand, self.sized.replica.pace, error)
        return costs.instances_for(replicas, item.gpu_count, item.price_offer)


@dataclass(frozen=True, slots=True)
class Compared:
    """An option with the fleet of each model that it runs."""

    option: Option
    fleets: tuple[FleetOfModel, ...]

    @property
    def deployments(self) -> tuple[int, ...]:
        """A key for what its forecast is of: options with the same key share their error."""
        return tuple(id(one.sized) for one in self.fleets)


def compared_of(scenario: Scenario, fleets: Sequence[FleetOfModel]) -> Compared:
    """The fleets of all models as one option."""
    together = option_together(scenario, [(one.scenario, one.option) for one in fleets])
    return Compared(together, tuple(fleets))


def fleets_compared(
    plan: Plan, recommended: Option, forecaster: Forecaster, catalog: Catalog
) -> tuple[Compared, ...]:
    """The recommended fleet first, then its other sizes, then the cheapest of other GPUs."""

    def sized(scenario: Scenario, option: Option) -> FleetOfModel:
        return FleetOfModel(scenario, option, sized_for(scenario, option, forecaster, catalog))

    fleets = [sized(*one) for one in fleets_by_model(plan.scenario, recommended)]
    first = Compared(recommended, tuple(fleets))
    if len(fleets) == 1:
        others = [
            Compared(option, (sized(plan.scenario, option),))
            for option in _of_other_gpus(plan, recommended)
        ]
    else:
        others = list(_of_another_gpu(plan.scenario, fleets, forecaster, catalog))
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

    One is what takes both errors together with the confidence asked for. The fleets of several
    models grow together, as volume and error are of all.
    """
    fleets = recommended.fleets
    expected = scenario.documents_per_year
    low, high = scenario.volume_low or expected, scenario.volume_high or expected
    volume, error = normals(SAMPLES, 2)
    factors = uncertain_volume(scenario).factors(volume)

    def sure(one: FleetOfModel) -> int:
        load = factors * np.exp(error * one.sized.replica.pace.log_sd)
        return one.machines_for(float(np.quantile(load, scenario.confidence)), 0.0)

    enough = tuple(sure(one) for one in fleets)
    ends = [
        (one.machines_for(low / expected, -Z90), one.machines_for(high / expected, Z90))
        for one in fleets
    ]
    spread = np.round([np.linspace(*end, MOST_SIZES) for end in ends]).astype(int)
    sizes = {enough, tuple(number + 1 for number in enough), *zip(*spread.tolist(), strict=True)}
    for size_of_each in sorted(sizes):
        numbers = list(zip(fleets, size_of_each, strict=True))
        changes = any(number != one.machines for one, number in numbers)
        if changes and all(number <= one.most_machines for one, number in numbers):
            yield compared_of(scenario, [one.with_machines(number) for one, number in numbers])


def _of_other_gpus(plan: Plan, recommended: Option) -> list[Option]:
    """The cheapest feasible options, one of each other GPU."""
    seen = {recommended.fleet[0].gpu}
    found = []
    for option in plan.options:
        if len(option.fleet) == 1 and option.meets.all and option.fleet[0].gpu not in seen:
            seen.add(option.fleet[0].gpu)
            found.append(option)
    return sorted(found, key=lambda option: option.cost_usd_per_year)[:MOST_OTHERS]


def _of_another_gpu(
    scenario: Scenario, fleets: Sequence[FleetOfModel], forecaster: Forecaster, catalog: Catalog
) -> Iterator[Compared]:
    """With the cheapest feasible fleet of one model on another GPU, the others as they are.

    It may use the own GPUs that the others leave.
    """
    used = [own_gpus_used(one.option, len(scenario.owned)) for one in fleets]
    found: list[Compared] = []
    for number, one in enumerate(fleets):
        own = one.option.fleet[0].gpu
        taken = (*used[:number], *used[number + 1 :])
        left = (
            0 if catalog.gpu(hardware.gpu).name == own else hardware.count - sum(of_each)
            for hardware, *of_each in zip(scenario.owned, *taken, strict=True)
        )
        free = with_share(one.scenario, tuple(left))
        gpus = tuple(gpu.name for gpu in gpus_considered(free, catalog) if gpu.name != own)
        if not gpus:
            continue
        asked = free.model_copy(update={"gpus": gpus})
        option = recommendation_for(asked, forecaster, catalog).chosen
        if option is None:
            continue
        instead = FleetOfModel(asked, option, sized_for(asked, option, forecaster, catalog))
        together = compared_of(scenario, [*fleets[:number], instead, *fleets[number + 1 :]])
        if together.option.meets.all:
            found.append(together)
    yield from sorted(found, key=lambda one: one.option.cost_usd_per_year)[:MOST_OTHERS]
