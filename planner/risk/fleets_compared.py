"""The fleets whose risk is compared: smaller and larger ones of what is recommended, and others."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from planner.catalog.lookup import Catalog
from planner.fleet import costs
from planner.fleet.busiest_hour import arrival_rates
from planner.fleet.candidates import gpus_considered
from planner.fleet.make_plan import recommendation_for
from planner.fleet.option_of_fleet import fleet_of, option_of
from planner.fleet.plan import Option, Plan
from planner.fleet.scenario import Scenario
from planner.fleet.sized_candidate import SizedCandidate
from planner.fleet.sizing import replicas_for
from planner.forecast.forecaster import Forecaster
from planner.learning.throughput import Z90
from planner.mixing.divided_stock import own_gpus_used, with_share
from planner.mixing.sum_of_options import fleets_by_model, option_together
from planner.money.own_stock import most_machines
from planner.risk.fleet_of_parts import FleetOfParts, fleet_of_parts, sized_item
from planner.risk.fleet_under_samples import Outcome, outcome
from planner.risk.samples import SAMPLES, normals
from planner.risk.uncertain_volume import uncertain_volume

LARGER = (1.25, 1.5, 2.0)
"""Times the machines of each kind, rounded up, that a fleet of several kinds is compared with."""

MOST_SIZES = 5
MOST_OTHERS = 3
"""Enough to see what a machine more or less, or another GPU, would change."""


Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class FleetOfModel:
    """The fleet that runs one model: its documents, its option and its sized candidate."""

    scenario: Scenario
    option: Option
    sized: SizedCandidate

    def outcome(self, volume: Array, error: Array) -> Outcome:
        """The outcome if the volume is ``volume`` times the expected one."""
        demand, pace = self.sized.demand, self.sized.replica.pace
        arrivals = arrival_rates(self.scenario)
        return outcome(demand, pace, self.replicas, arrivals, volume=volume, error=error)

    def times(self, factor: float) -> FleetOfModel | None:
        """The fleet with so many times the machines; None if too few are owned."""
        needed = math.ceil(self.machines * factor)
        return None if needed > self.most_machines else self.with_machines(needed)

    @property
    def replicas_of_kinds(self) -> tuple[tuple[Scenario, SizedCandidate], ...]:
        """Its only replica with the documents that come to it."""
        return ((self.scenario, self.sized),)

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
    fleets: tuple[FleetOfModel | FleetOfParts, ...]

    @property
    def alone(self) -> tuple[FleetOfModel, ...] | None:
        """The fleets if each is of one kind of machine; else None."""
        alone = tuple(one for one in self.fleets if isinstance(one, FleetOfModel))
        return alone if len(alone) == len(self.fleets) else None

    @property
    def replicas(self) -> tuple[tuple[Scenario, SizedCandidate], ...]:
        """The replica of each kind of machine with the documents that come to it."""
        return tuple(part for one in self.fleets for part in one.replicas_of_kinds)

    @property
    def deployments(self) -> tuple[int, ...]:
        """A key for what its forecast is of: options with the same key share their error."""
        return tuple(id(one) for _, one in self.replicas)


def compared_of(scenario: Scenario, fleets: Sequence[FleetOfModel | FleetOfParts]) -> Compared:
    """The fleets of all models as one option."""
    together = option_together(scenario, [(one.scenario, one.option) for one in fleets])
    return Compared(together, tuple(fleets))


def fleets_compared(
    plan: Plan, recommended: Option, forecaster: Forecaster, catalog: Catalog
) -> tuple[Compared, ...]:
    """The recommended fleet first, then its other sizes, then the cheapest of other GPUs."""

    def of_model(scenario: Scenario, option: Option) -> FleetOfModel:
        sized = sized_item(scenario, option.fleet[0], forecaster, catalog)
        return FleetOfModel(scenario, option, sized)

    def fleet(scenario: Scenario, option: Option) -> FleetOfModel | FleetOfParts:
        if len(option.fleet) == 1:
            return of_model(scenario, option)
        return fleet_of_parts(scenario, option, forecaster, catalog)

    fleets = [fleet(*one) for one in fleets_by_model(plan.scenario, recommended)]
    first = Compared(recommended, tuple(fleets))
    others: list[Compared] = []
    if len(fleets) == 1:
        others = [
            Compared(option, (of_model(plan.scenario, option),))
            for option in _of_other_gpus(plan, recommended)
        ]
    elif first.alone is not None:
        others = list(_of_another_gpu(plan.scenario, first.alone, forecaster, catalog))
    if first.alone is None:
        return (first, *_with_more_machines(plan.scenario, first), *others)
    return (first, *_of_other_sizes(plan.scenario, first.alone), *others)


def _with_more_machines(scenario: Scenario, recommended: Compared) -> Iterator[Compared]:
    """Fleets some of which are of several kinds, with more machines of each kind."""
    for factor in LARGER:
        larger = [one.times(factor) for one in recommended.fleets]
        found = [one for one in larger if one is not None]
        if len(found) == len(larger):
            yield compared_of(scenario, found)


def _of_other_sizes(scenario: Scenario, fleets: Sequence[FleetOfModel]) -> Iterator[Compared]:
    """From what a low volume takes on fast GPUs to what a high one takes on slow ones.

    One is what takes both errors together with the confidence asked for. The fleets of several
    models grow together, as volume and error are of all.
    """
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
    seen = {item.gpu for item in recommended.fleet} if len(recommended.fleet) == 1 else set[str]()
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
        instead = FleetOfModel(
            asked, option, sized_item(asked, option.fleet[0], forecaster, catalog)
        )
        together = compared_of(scenario, [*fleets[:number], instead, *fleets[number + 1 :]])
        if together.option.meets.all:
            found.append(together)
    yield from sorted(found, key=lambda one: one.option.cost_usd_per_year)[:MOST_OTHERS]
