"""A fleet of several kinds of machines whose risk is compared: mixed, spread or stated."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from planner.catalog.lookup import Catalog
from planner.fleet import costs
from planner.fleet.busiest_hour import arrival_rates
from planner.fleet.plan import FleetItem, Option
from planner.fleet.scenario import Scenario
from planner.fleet.sized_candidate import SizedCandidate, size_of_item
from planner.forecast.forecaster import Forecaster
from planner.mixing.class_mix import with_volumes
from planner.mixing.fleet_part import AssignedFleet, Fleet, Part, SharedFleet, are_there
from planner.mixing.option_of_parts import option_of_parts, without_places
from planner.risk.fleet_under_samples import Outcome, of_all_models, outcome, outcome_of_shared

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class FleetOfParts:
    """The parts that run one model: the scenario of its documents, the option and its fleet."""

    scenario: Scenario
    option: Option
    fleet: Fleet

    @property
    def replicas_of_kinds(self) -> tuple[tuple[Scenario, SizedCandidate], ...]:
        """The replica of each part with the documents that come to it."""
        return tuple((part.scenario, part.sized) for part in self.fleet.parts)

    def outcome(self, volume: Array, error: Array) -> Outcome:
        """The outcome if the volume is ``volume`` times the expected one, without spare machines.

        One error moves all parts, as in ``fleet_part.py``. A fleet that is spread keeps a limit if
        it does so with any one place down.
        """
        spares = [item.spare_instances for item in self.option.fleet]
        parts = [part.without(n) for part, n in zip(self.fleet.parts, spares, strict=True)]
        found = self._of(replace(self.fleet, parts=tuple(parts)), volume, error)
        for left in without_places(self.scenario, self.fleet):
            down = self._of(left, volume, error)
            in_time = None if found.in_time is None else found.in_time & _flags(down.in_time)
            found = replace(found, keeps_up=found.keeps_up & down.keeps_up, in_time=in_time)
        return found

    def _of(self, fleet: Fleet, volume: Array, error: Array) -> Outcome:
        if isinstance(fleet, AssignedFleet):
            alone = [
                (
                    part.scenario.documents_per_year,
                    outcome(
                        part.sized.demand,
                        part.sized.replica.pace,
                        part.replicas,
                        arrival_rates(part.scenario),
                        volume=volume,
                        error=error,
                    ),
                )
                for part in fleet.parts
            ]
            return of_all_models(alone)
        running = [part for part in fleet.parts if part.replicas] or list(fleet.parts)
        return outcome_of_shared(
            [(part.sized.demand, part.sized.replica.pace, part.replicas) for part in running],
            arrival_rates(self.scenario),
            volume=volume,
            error=error,
        )

    def times(self, factor: float) -> FleetOfParts | None:
        """The fleet with so many times the machines of each part; None if too few are owned."""
        parts = tuple(
            replace(
                part,
                replicas=costs.replicas_on(
                    math.ceil(part.machines * factor),
                    part.sized.replica.deployment.gpu_count,
                    part.offer,
                ),
            )
            for part in self.fleet.parts
        )
        if not are_there(parts):
            return None
        larger = replace(self.fleet, parts=parts)
        return FleetOfParts(self.scenario, option_of_parts(self.scenario, larger), larger)


def fleet_of_parts(
    scenario: Scenario, option: Option, forecaster: Forecaster, catalog: Catalog
) -> FleetOfParts:
    """The fleet of an option of several parts. Raises LookupError if it is not of this scenario.

    Parts share all documents if the fleet is stated or spread; else each has documents of its own.
    """
    shared = bool(scenario.fleet) or scenario.spread_over is not None

    def part(item: FleetItem) -> Part:
        documents = scenario if shared else _served_by(scenario, item)
        return Part(
            documents,
            sized_item(documents, item, forecaster, catalog),
            item.price_offer,
            item.replicas,
        )

    parts = tuple(part(item) for item in option.fleet)
    return FleetOfParts(scenario, option, SharedFleet(parts) if shared else AssignedFleet(parts))


def sized_item(
    scenario: Scenario, item: FleetItem, forecaster: Forecaster, catalog: Catalog
) -> SizedCandidate:
    """The candidate of an item's replicas. Raises LookupError if it is not of this scenario."""
    found = size_of_item(scenario, item, forecaster, catalog)
    if found is None:
        raise LookupError(f"no candidate of this scenario is {item.gpu}")
    return found


def _served_by(scenario: Scenario, item: FleetItem) -> Scenario:
    """The scenario with the documents that come to an item."""
    total = scenario.documents_per_year
    return with_volumes(
        scenario, {one.name: one.share * total for one in item.serves if one.share > 0.0}
    )


def _flags(in_time: NDArray[np.bool_] | None) -> NDArray[np.bool_] | bool:
    return True if in_time is None else in_time
