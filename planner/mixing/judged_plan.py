"""Is this fleet enough? A plan for the fleet that the scenario states."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from planner.catalog.lookup import Catalog
from planner.errors import InputError
from planner.fleet import costs
from planner.fleet.candidates import Candidate, candidate_of, quantizations_for
from planner.fleet.make_plan import SCHEMA_VERSION, hosted_for, recommendation_for
from planner.fleet.plan import Infeasible, Option, Plan, Remedy, TooFewOwned
from planner.fleet.recommendation import rank
from planner.fleet.scenario import FleetPart, Scenario
from planner.fleet.sized_candidate import size
from planner.forecast.forecaster import Forecaster
from planner.mixing.fleet_part import Part, SharedFleet, are_there
from planner.mixing.option_of_parts import option_of_parts

MOST_REPLICAS = 4096
"""No more replicas are added to a part in search of a fleet that is enough."""


def judged_plan(scenario: Scenario, forecaster: Forecaster, catalog: Catalog) -> Plan:
    """The fleet of the scenario with each quantization that all its GPUs can run.

    It is recommended if it keeps every limit; else ``remedies`` are a larger fleet of the same
    parts, and the fleet that would be recommended instead. Raises InputError for an unknown
    model or GPU, and for a replica of a size that does not exist.
    """
    asked = _with_gpus(scenario, catalog)
    fleets, refused = _fleets(asked, forecaster, catalog)
    options = sorted((option_of_parts(asked, fleet) for fleet in fleets), key=rank)
    enough = next((option for option in options if option.meets.all), None)
    return Plan(
        schema_version=SCHEMA_VERSION,
        scenario=scenario,
        model_version=forecaster.model_version,
        recommended=enough,
        options=tuple(options),
        infeasible=tuple(refused),
        remedies=() if enough else _remedies(asked, fleets, forecaster, catalog),
        hosted=hosted_for(scenario, catalog),
    )


def _with_gpus(scenario: Scenario, catalog: Catalog) -> Scenario:
    """The scenario with the GPUs of its fleet under the catalogue's names."""
    try:
        parts = tuple(
            one.model_copy(update={"gpu": catalog.gpu(one.gpu).name}) for one in scenario.fleet
        )
    except InputError as error:
        raise InputError(f"fleet: {error}", field="fleet") from None
    return scenario.model_copy(update={"fleet": parts})


def _fleets(
    scenario: Scenario, forecaster: Forecaster, catalog: Catalog
) -> tuple[list[SharedFleet], list[Infeasible]]:
    """The parts with each quantization, and what cannot run on some part."""
    fleets: list[SharedFleet] = []
    refused: list[Infeasible] = []
    model = catalog.model(scenario.model)
    for quantization in quantizations_for(model, scenario):
        found = [
            candidate_of(scenario, catalog, model, one.gpu, one.gpu_count, quantization)
            for one in scenario.fleet
        ]
        usable = [one for one in found if isinstance(one, Candidate)]
        refused += [one for one in found if isinstance(one, Infeasible)]
        if len(usable) < len(found):
            continue
        parts: list[Part] = []
        for candidate, one in zip(usable, scenario.fleet, strict=True):
            part = _cheapest(scenario, forecaster, candidate, one.replicas, parts)
            if part is None:
                refused.append(_too_few(scenario, candidate))
                break
            parts.append(part)
        else:
            fleets.append(SharedFleet(tuple(parts)))
    return fleets, list(dict.fromkeys(refused))


def _cheapest(
    scenario: Scenario,
    forecaster: Forecaster,
    candidate: Candidate,
    replicas: int,
    beside: Sequence[Part],
) -> Part | None:
    """The replicas on the offer that has whole machines for them at the lowest cost.

    None if all offers are of own machines, and too few are left ``beside`` the other parts.
    """
    sized = size(scenario, forecaster, candidate)
    parts = (Part(scenario, sized, offer, replicas) for offer in candidate.offers)
    return min(
        (part for part in parts if are_there([*beside, part])),
        key=lambda part: costs.gpu_cost_usd_per_year(scenario, part.offer, part.machines),
        default=None,
    )


def _too_few(scenario: Scenario, candidate: Candidate) -> Infeasible:
    """That all parts on this GPU together take more machines than are owned."""
    gpu = candidate.deployment.gpu.name
    offer = max(candidate.offers, key=costs.most_machines)
    needed = sum(
        costs.instances_for(one.replicas, one.gpu_count, offer)
        for one in scenario.fleet
        if one.gpu == gpu
    )
    there = int(costs.most_machines(offer))
    return Infeasible(gpu, None, None, TooFewOwned(there, scenario.spare_replicas, needed))


def _remedies(
    scenario: Scenario, fleets: Sequence[SharedFleet], forecaster: Forecaster, catalog: Catalog
) -> tuple[Remedy, ...]:
    """The cheapest fleet with more replicas of one part, and the one that would be recommended."""
    found: list[Remedy] = []
    larger = [
        (option, n, option.fleet[n].replicas)
        for fleet in fleets
        for n in range(len(fleet.parts))
        for option in _enlarged(scenario, fleet, n)
    ]
    if larger:
        option, n, replicas = min(larger, key=lambda entry: entry[0].cost_usd_per_year)
        fleet = _with_replicas(scenario.fleet, n, replicas)
        changed = scenario.model_copy(update={"fleet": fleet})
        found.append(Remedy("fleet", float(replicas), option, changed))
    free = scenario.model_copy(update={"fleet": ()})
    other = recommendation_for(free, forecaster, catalog).chosen
    if other is not None:
        replicas = sum(item.replicas for item in other.fleet)
        found.append(Remedy("fleet", float(replicas), other, free))
    return tuple(found)


def _with_replicas(
    fleet: tuple[FleetPart, ...], which: int, replicas: int
) -> tuple[FleetPart, ...]:
    return tuple(
        one.model_copy(update={"replicas": replicas}) if n == which else one
        for n, one in enumerate(fleet)
    )


def _enlarged(scenario: Scenario, fleet: SharedFleet, which: int) -> Iterator[Option]:
    """The fewest replicas of one part with which the fleet keeps every limit, if any do."""

    def with_replicas(replicas: int) -> Option:
        parts = (
            replace(part, replicas=replicas) if n == which else part
            for n, part in enumerate(fleet.parts)
        )
        return option_of_parts(scenario, SharedFleet(tuple(parts)))

    few, many = fleet.parts[which].replicas, 2 * fleet.parts[which].replicas
    while not (larger := with_replicas(many)).meets.all:
        few, many = many, 2 * many
        if many > MOST_REPLICAS or larger.meets.budget is False:
            return
    if not are_there([replace(fleet.parts[which], replicas=many)]):
        return
    while many - few > 1:
        middle = (few + many) // 2
        few, many = (few, middle) if with_replicas(middle).meets.all else (middle, many)
    yield with_replicas(many)
