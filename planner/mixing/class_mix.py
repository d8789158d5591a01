"""The cheapest fleet of several kinds of machines for a scenario's classes of documents.

Each class is forecast alone on each deployment. From that the integer programme of
``class_programme.py`` chooses machines and says which class runs where. Each kind that it
chooses is then sized for just its own documents, so that answer times and the mixture of lengths
are those of the forecast, and gets more machines if that takes more.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from planner.catalog.lookup import Catalog
from planner.catalog.price_offer import PriceOffer
from planner.fleet import costs
from planner.fleet.plan import Mix, Option, Solver
from planner.fleet.scenario import Scenario
from planner.fleet.scenario_work import classes_of
from planner.fleet.sized_candidate import SizedCandidate, size
from planner.forecast.forecaster import Forecaster
from planner.mixing.class_programme import Assignment, MachineKind, cheapest_machines
from planner.mixing.fleet_part import AssignedFleet, Fleet, Part, are_there
from planner.mixing.machine_kinds import (
    Kind,
    Shape,
    kinds_of,
    replica_seconds,
    runnable,
    shape_of,
    shapes_of,
    usd_at_least,
    worth_trying,
)
from planner.mixing.option_of_parts import option_of_parts
from planner.money.own_stock import own_gpus, stock_of


@dataclass(frozen=True, slots=True)
class FoundFleet:
    """The cheapest fleet of several kinds that does the work, whatever the budget is.

    ``fleet`` and ``option`` are None if there is none.
    """

    solver: Solver
    fleet: Fleet | None = None
    option: Option | None = None

    @property
    def usd_per_year(self) -> float:
        """Its cost; infinite if there is none."""
        return math.inf if self.option is None else self.option.cost_usd_per_year


def mix_beside(found: FoundFleet, recommended: Option | None) -> Mix:
    """The fleet as a mix, if it is within the budget and costs less than the recommended one."""
    option = found.option
    if option is None or not option.meets.all:
        return Mix(None, None, found.solver)
    if recommended is None:
        return Mix(option, None, found.solver)
    saves = recommended.cost_usd_per_year - option.cost_usd_per_year
    return Mix(option, saves, found.solver) if saves > 0.0 else Mix(None, None, found.solver)


def mixed_fleet(
    scenario: Scenario, forecaster: Forecaster, catalog: Catalog, recommended: Option | None
) -> FoundFleet | None:
    """A fleet of several kinds beside the recommended one; None if there are no two kinds.

    Its weights are in the recommended format, so that answers do not depend on where they are
    made. If the recommended one was preferred because its kind was measured, so are those of
    the mix.
    """
    if recommended is not None:
        weights = recommended.fleet[0].quantization
        scenario = scenario.model_copy(update={"quantization": weights})
    volumes = {one.name: one.documents_per_year for one in classes_of(scenario)}
    alone = [
        shapes_of(with_volumes(scenario, {name: volume}), forecaster, catalog, recommended)
        for name, volume in volumes.items()
    ]
    kinds = worth_trying(kinds_of(scenario, alone), alone)
    if len(kinds) < 2:
        return None
    found = (
        _searched(scenario, forecaster, catalog, kinds, alone, groups)
        for groups in _groupings(scenario)
    )
    return min(found, key=lambda one: one.usd_per_year)


def _groupings(scenario: Scenario) -> list[tuple[frozenset[str], ...]]:
    """Classes that may share replicas: all; and those with answers that somebody waits for apart.

    A replica that serves both answers the first kind later than the programme can know.
    """
    classes = classes_of(scenario)
    hurried = frozenset(one.name for one in classes if one.targets.asks_for_answers)
    patient = frozenset(one.name for one in classes) - hurried
    together = (hurried | patient,)
    return [together, (hurried, patient)] if hurried and patient else [together]


def _searched(
    scenario: Scenario,
    forecaster: Forecaster,
    catalog: Catalog,
    kinds: Sequence[Kind],
    alone: Sequence[dict[Shape, SizedCandidate]],
    groups: Sequence[frozenset[str]],
) -> FoundFleet:
    """The fleet that the programme leads to if only classes of a group may share replicas."""
    names = [one.name for one in classes_of(scenario)]
    seconds = {
        kind: tuple(replica_seconds(one.get(kind.shape), sure=True) for one in alone)
        for kind in kinds
    }
    usd = {
        (group, kind): usd_at_least(_priced(scenario, group), kind.offer)
        for group in groups
        for kind in kinds
    }
    offered = [
        MachineKind(
            usd[group, kind].each,
            kind.replicas,
            tuple(
                value if name in group else math.inf
                for name, value in zip(names, seconds[kind], strict=True)
            ),
            stock_of(kind.offer) or "",
            kind.offer.gpu_count,
            usd[group, kind].if_used,
        )
        for group in groups
        for kind in kinds
    ]
    found = cheapest_machines(
        offered,
        scenario.spare_replicas,
        own_gpus(kind.offer for kind in kinds),
        scenario.min_replicas,
    )
    repeated = [kind for _ in groups for kind in kinds]
    parts = _parts(scenario, forecaster, catalog, repeated, found)
    if len(parts) < 2 or not are_there([part for _, part in parts]):
        return FoundFleet(found.solver)
    fleet = AssignedFleet(tuple(part for _, part in parts))
    option = option_of_parts(scenario, fleet)
    if set(option.meets.missed) - {"budget"}:
        return FoundFleet(found.solver)
    paid = sum(costs.usd_of_machines(one.scenario, one.offer, one.machines) for _, one in parts)
    solver = with_objective(scenario, found.solver, found.usd_per_year, paid)
    return FoundFleet(solver, fleet, option)


def _priced(scenario: Scenario, group: frozenset[str]) -> Scenario:
    """The scenario whose hours the machines of a group of classes are billed for."""
    by_use = scenario.follow_load or scenario.pay_only_for_hours
    if not by_use or len(group) == len(classes_of(scenario)):
        return scenario
    own = {one.name: one.documents_per_year for one in scenario.classes if one.name in group}
    return with_volumes(scenario, own)


def with_objective(scenario: Scenario, solver: Solver, found_usd: float, usd: float) -> Solver:
    """The objective of machines that cost ``usd``, perhaps more than those that were found."""
    fixed = costs.usd_without_machines(scenario)
    at_least = fixed + found_usd * (1.0 - (solver.gap or 0.0))
    gap = max(0.0, 1.0 - at_least / (fixed + usd)) if fixed + usd > 0.0 else 0.0
    return replace(solver, gap=gap, usd_per_year=fixed + usd)


def with_volumes(scenario: Scenario, volumes: dict[str, float]) -> Scenario:
    """The scenario with these documents a year of these classes, and no others."""
    total = sum(volumes.values())
    kept = tuple(
        one.model_copy(update={"documents_per_year": volumes[one.name]})
        for one in scenario.classes
        if one.name in volumes
    )
    return scenario.model_copy(update={"documents_per_year": total, "classes": kept})


def _parts(
    scenario: Scenario,
    forecaster: Forecaster,
    catalog: Catalog,
    kinds: Sequence[Kind],
    found: Assignment,
) -> list[tuple[Kind, Part]]:
    """The machines that were found, each kind sized for its documents; empty if one cannot be."""
    used = [n for n, machines in enumerate(found.machines) if machines]
    names = [one.name for one in classes_of(scenario)]
    volumes = [one.documents_per_year for one in classes_of(scenario)]
    parts: list[tuple[Kind, Part]] = []
    for n in used:
        own = {
            name: volume * shares[n]
            for name, volume, shares in zip(names, volumes, found.shares, strict=True)
            if shares[n] > 0.0
        }
        if not own:
            continue
        documents = with_volumes(scenario, own)
        runs = {shape_of(one): one for one in runnable(documents, catalog)}
        if kinds[n].shape not in runs:
            return []
        sized = size(documents, forecaster, runs[kinds[n].shape])
        parts.append((kinds[n], part_for(documents, sized, kinds[n].offer, found.machines[n])))
    return parts


def part_for(documents: Scenario, one: SizedCandidate, offer: PriceOffer, least: int = 0) -> Part:
    """The machines that are enough for these documents, with the spare ones; at least so many."""
    gpus, spares = one.candidate.deployment.gpu_count, documents.spare_replicas
    needed = costs.instances_for(one.replicas_sure, gpus, offer) + spares
    return Part(documents, one, offer, costs.replicas_on(max(least, needed), gpus, offer))
