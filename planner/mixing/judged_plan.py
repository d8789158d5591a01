"""Is this fleet enough? A plan for the fleet that the scenario states."""

from __future__ import annotations

from collections.abc import Sequence

from planner.catalog.lookup import Catalog
from planner.errors import InputError
from planner.fleet import costs
from planner.fleet.candidates import Candidate, candidates_of, quantizations_for
from planner.fleet.growth import Growth
from planner.fleet.levers import levers
from planner.fleet.make_plan import SCHEMA_VERSION, hosted_for, recommendation_for
from planner.fleet.plan import Infeasible, Lever, Option, Plan, Remedy
from planner.fleet.recommendation import Recommendation, rank
from planner.fleet.refusals import TooFewOwned
from planner.fleet.scenario import FleetPart, Scenario
from planner.fleet.sized_candidate import size
from planner.forecast.forecaster import Forecaster
from planner.mixing.enlarged_fleet import cheapest_enlarged
from planner.mixing.fleet_part import Part, SharedFleet, are_there
from planner.mixing.growth_of_parts import growth_of_parts
from planner.mixing.limits_of_fleet import limits_of_fleet
from planner.mixing.option_of_parts import option_of_parts
from planner.mixing.reduced_fleet import cheapest_reduced
from planner.mixing.spread_fleet import spread_fleet
from planner.mixing.targets_of_parts import targets_of_parts
from planner.money.own_stock import most_machines, single_machines


def judged_plan(scenario: Scenario, forecaster: Forecaster, catalog: Catalog) -> Plan:
    """The fleet of the scenario with each quantization that all its GPUs can run.

    It is recommended if it keeps every limit; else ``remedies`` are a larger fleet of the same
    parts, and the fleet that would be recommended instead. Raises InputError for an unknown
    model or GPU, and for a replica of a size that does not exist.
    """
    asked = _with_gpus(scenario, catalog)
    fleets, refused = _fleets(asked, forecaster, catalog)
    judged = _judged(asked, fleets)
    enough = next((one for one in judged if one[0].meets.all), None)
    ahead = Growth() if enough is None else growth_of_parts(asked, forecaster, enough[1], enough[0])
    return Plan(
        schema_version=SCHEMA_VERSION,
        scenario=scenario,
        model_version=forecaster.model_version,
        recommended=None if enough is None else enough[0],
        options=tuple(option for option, _ in judged),
        infeasible=tuple(refused),
        remedies=() if enough else _remedies(asked, fleets, forecaster, catalog),
        levers=() if enough is None else _levers(asked, fleets, enough[0], forecaster, catalog),
        targets=() if enough is None else targets_of_parts(enough[1]),
        hosted=hosted_for(scenario, catalog),
        years=ahead.years,
        next_machine_month=ahead.next_machine_month,
        present_value_usd=ahead.present_value_usd,
    )


def _judged(scenario: Scenario, fleets: Sequence[SharedFleet]) -> list[tuple[Option, SharedFleet]]:
    """The fleets with their options, the best first."""
    found = ((option_of_parts(scenario, fleet), fleet) for fleet in fleets)
    return sorted(found, key=lambda one: rank(one[0]))


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
            candidates_of(scenario, catalog, model, one.gpu, one.gpu_count, quantization)
            for one in scenario.fleet
        ]
        usable = [one for one in found if not isinstance(one, Infeasible)]
        refused += [one for one in found if isinstance(one, Infeasible)]
        if len(usable) < len(found):
            continue
        parts: list[Part] = []
        for candidates, one in zip(usable, scenario.fleet, strict=True):
            part = _cheapest(scenario, forecaster, candidates, one.replicas, parts)
            if part is None:
                refused.append(_too_few(scenario, candidates))
                break
            parts.append(part)
        else:
            fleets.append(SharedFleet(tuple(parts)))
    return fleets, list(dict.fromkeys(refused))


def _cheapest(
    scenario: Scenario,
    forecaster: Forecaster,
    candidates: Sequence[Candidate],
    replicas: int,
    beside: Sequence[Part],
) -> Part | None:
    """The replicas on the offer that has whole machines for them at the lowest cost.

    None if all offers are of own machines, and too few are left ``beside`` the other parts.
    """
    parts = (
        Part(scenario, sized, offer, replicas)
        for sized in (size(scenario, forecaster, candidate) for candidate in candidates)
        for offer in sized.candidate.offers
    )
    return min(
        (part for part in parts if are_there([*beside, part])),
        key=lambda part: costs.gpu_cost_usd_per_year(scenario, part.offer, part.machines),
        default=None,
    )


def _too_few(scenario: Scenario, candidates: Sequence[Candidate]) -> Infeasible:
    """That all parts on this GPU together take more machines than are owned."""
    gpu = candidates[0].deployment.gpu.name
    offer = max((offer for one in candidates for offer in one.offers), key=most_machines)
    sets = sum(
        costs.instances_for(one.replicas, one.gpu_count, offer)
        for one in scenario.fleet
        if one.gpu == gpu
    )
    few = TooFewOwned(int(single_machines(offer)), 0, offer.machines_in(sets))
    return Infeasible(gpu, None, None, few)


def _remedies(
    scenario: Scenario, fleets: Sequence[SharedFleet], forecaster: Forecaster, catalog: Catalog
) -> tuple[Remedy, ...]:
    """The cheapest fleet with more replicas of one part, this one at a single provider or region if
    that is enough, the limits that it keeps, and the one that would be recommended.

    So many replicas may cost least on other machines: they are judged again, as stated.
    """
    found: list[Remedy] = []
    larger = cheapest_enlarged(scenario, fleets)
    if larger is not None:
        replicas = larger.option.fleet[larger.part].replicas
        fleet = _with_replicas(scenario.fleet, larger.part, replicas)
        changed = scenario.model_copy(update={"fleet": fleet})
        enough = _enough(changed, forecaster, catalog)
        if enough is not None:
            found.append(Remedy("fleet", float(replicas), enough, changed))
    if scenario.spread_over is not None:
        changed = scenario.model_copy(update={"spread_over": None})
        enough = _enough(changed, forecaster, catalog)
        if enough is not None:
            found.append(Remedy("spread", 1.0, enough, changed))
    found += limits_of_fleet(scenario, lambda changed: _enough(changed, forecaster, catalog))
    free = scenario.model_copy(update={"fleet": ()})
    other = _instead(free, forecaster, catalog)
    enlarged = [one.option for one in found if one.changed == "fleet"]
    if other is not None and not any(_is_same(other, one) for one in enlarged):
        replicas = sum(item.replicas for item in other.fleet)
        found.append(Remedy("fleet", float(replicas), other, free))
    return tuple(found)


def _levers(
    scenario: Scenario,
    fleets: Sequence[SharedFleet],
    recommended: Option,
    forecaster: Forecaster,
    catalog: Catalog,
) -> tuple[Lever, ...]:
    """The changes that save most with this fleet, with fewer of its replicas, or with another."""

    def judge(changed: Scenario) -> Recommendation:
        return Recommendation(_enough(changed, forecaster, catalog))

    others: list[Lever] = []
    cost = recommended.cost_usd_per_year
    smaller = cheapest_reduced(scenario, fleets)
    if smaller is not None:
        changed = scenario.model_copy(update={"fleet": _with_all(scenario.fleet, smaller[0])})
        fewer = judge(changed).chosen
        if fewer is not None:
            others.append(Lever("fewer_replicas", fewer, cost - fewer.cost_usd_per_year, changed))
    free = scenario.model_copy(update={"fleet": ()})
    other = _instead(free, forecaster, catalog)
    if other is not None and not any(_is_same(other, one.option) for one in others):
        others.append(Lever("other_fleet", other, cost - other.cost_usd_per_year, free))
    return levers(scenario, recommended, judge, others)


def _enough(scenario: Scenario, forecaster: Forecaster, catalog: Catalog) -> Option | None:
    """The option of the scenario's fleet that keeps every limit; None if none does."""
    judged = _judged(scenario, _fleets(scenario, forecaster, catalog)[0])
    return next((option for option, _ in judged if option.meets.all), None)


def _instead(free: Scenario, forecaster: Forecaster, catalog: Catalog) -> Option | None:
    """What is recommended if no fleet is stated."""
    if free.spread_over is None:
        return recommendation_for(free, forecaster, catalog).chosen
    found = spread_fleet(free, forecaster, catalog)
    option = None if found is None else found.option
    return option if option is not None and option.meets.all else None


def _is_same(one: Option, other: Option) -> bool:
    """True if two options are the same machines with the same replicas."""
    first, second = (
        [(item.price_offer.id, item.instances, item.gpu_count, item.quantization) for item in fleet]
        for fleet in (one.fleet, other.fleet)
    )
    return sorted(first) == sorted(second)


def _with_all(fleet: tuple[FleetPart, ...], replicas: Sequence[int]) -> tuple[FleetPart, ...]:
    """The parts with so many replicas each; none that has none."""
    return tuple(
        one.model_copy(update={"replicas": number})
        for one, number in zip(fleet, replicas, strict=True)
        if number
    )


def _with_replicas(
    fleet: tuple[FleetPart, ...], which: int, replicas: int
) -> tuple[FleetPart, ...]:
    return tuple(
        one.model_copy(update={"replicas": replicas}) if n == which else one
        for n, one in enumerate(fleet)
    )
