"""The cheapest fleet of several kinds of machines for a scenario's classes of documents.

Each class is forecast alone on each deployment. From that the integer programme of
``class_programme.py`` chooses machines and says which class runs where. Each kind that it
chooses is then sized for just its own documents, so that answer times and the mixture of lengths
are those of the forecast, and gets more machines if that takes more.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from planner.catalog.lookup import Catalog
from planner.catalog.price_offer import PriceOffer
from planner.fleet import costs
from planner.fleet.candidates import Candidate, candidates, gpus_considered
from planner.fleet.plan import Mix, Option, Plan, Solver
from planner.fleet.remedies import most_per_s
from planner.fleet.scenario import Scenario
from planner.fleet.scenario_work import classes_of
from planner.fleet.sized_candidate import SizedCandidate, size
from planner.forecast.forecaster import Forecaster
from planner.mixing.class_programme import Assignment, MachineKind, cheapest_machines
from planner.mixing.fleet_part import AssignedFleet, Part, are_there
from planner.mixing.option_of_parts import option_of_parts

GPUS_OF_EACH_CLASS = 6
"""GPUs that are forecast for a class: those with the cheapest arithmetic, as many with the cheapest
bandwidth, and as many on the cheapest machines. A forecast takes 10 ms."""

BEST_OF_EACH_CLASS = 5
"""Kinds with the lowest cost for a class, and as many with the cheapest machines: what is dearer
for every class and comes in no smaller pieces is in no cheapest fleet."""

Shape = tuple[str, int, int, str]
"""GPU, GPUs of a replica, pipeline stages and quantization."""


@dataclass(frozen=True, slots=True)
class _Kind:
    shape: Shape
    offer: PriceOffer
    usd_per_year: float
    replicas: int


def mix_of(scenario: Scenario, forecaster: Forecaster, catalog: Catalog, plan: Plan) -> Mix | None:
    """A fleet of several kinds beside the recommended one; None if there are no two kinds.

    Its weights are in the recommended format, so that answers do not depend on where they are
    made. If the recommended one was preferred because its kind was measured, so are those of
    the mix.
    """
    if plan.recommended is not None:
        weights = plan.recommended.fleet[0].quantization
        scenario = scenario.model_copy(update={"quantization": weights})
    volumes = {one.name: one.documents_per_year for one in classes_of(scenario)}
    alone = [
        _shapes(with_volumes(scenario, {name: volume}), forecaster, catalog, plan)
        for name, volume in volumes.items()
    ]
    kinds = _worth_trying(_kinds(scenario, alone), alone)
    if len(kinds) < 2:
        return None
    found = [
        _searched(scenario, forecaster, catalog, kinds, alone, groups)
        for groups in _groupings(scenario)
    ]
    option, solver = min(found, key=lambda one: math.inf if one[0] is None else _usd(one[0]))
    best = plan.recommended
    if option is None or (best is not None and _usd(option) >= _usd(best)):
        return Mix(None, None, solver)
    return Mix(option, None if best is None else _usd(best) - _usd(option), solver)


def _usd(option: Option) -> float:
    return option.cost_usd_per_year


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
    kinds: Sequence[_Kind],
    alone: Sequence[dict[Shape, SizedCandidate]],
    groups: Sequence[frozenset[str]],
) -> tuple[Option | None, Solver]:
    """The option that the programme leads to if only classes of a group may share replicas."""
    names = [one.name for one in classes_of(scenario)]
    seconds = {
        kind: tuple(_seconds(one.get(kind.shape), sure=True) for one in alone) for kind in kinds
    }
    offered = [
        MachineKind(
            kind.usd_per_year,
            kind.replicas,
            tuple(
                value if name in group else math.inf
                for name, value in zip(names, seconds[kind], strict=True)
            ),
            costs.stock_of(kind.offer) or "",
            kind.offer.gpu_count,
        )
        for group in groups
        for kind in kinds
    ]
    found = cheapest_machines(
        offered, scenario.spare_replicas, costs.own_gpus(kind.offer for kind in kinds)
    )
    repeated = [kind for _ in groups for kind in kinds]
    return _option(scenario, forecaster, catalog, repeated, found), found.solver


def with_volumes(scenario: Scenario, volumes: dict[str, float]) -> Scenario:
    """The scenario with these documents a year of these classes, and no others."""
    total = sum(volumes.values())
    kept = tuple(
        one.model_copy(update={"documents_per_year": volumes[one.name]})
        for one in scenario.classes
        if one.name in volumes
    )
    return scenario.model_copy(update={"documents_per_year": total, "classes": kept})


def _shapes(
    scenario: Scenario, forecaster: Forecaster, catalog: Catalog, plan: Plan
) -> dict[Shape, SizedCandidate]:
    """The deployments that may be in the mix, sized for one class."""
    best = plan.recommended
    only_measured = best is not None and best.is_measured and not scenario.accept_extrapolated
    sized = (size(scenario, forecaster, one) for one in _promising(_runnable(scenario, catalog)))
    return {
        _shape(one.candidate): one
        for one in sized
        if not only_measured or one.replica.provenance.of_kind
    }


def _runnable(scenario: Scenario, catalog: Catalog) -> tuple[Candidate, ...]:
    gpus = gpus_considered(scenario, catalog)
    return candidates(scenario, catalog, catalog.model(scenario.model), gpus)[0]


def _promising(runnable: Sequence[Candidate]) -> list[Candidate]:
    """Those that the datasheet and the prices say may be cheap, or come in small pieces.

    Of each GPU and quantization the replica with the fewest GPUs.
    """
    smallest: dict[tuple[str, str], Candidate] = {}
    for one in sorted(runnable, key=lambda one: one.deployment.gpu_count):
        smallest.setdefault((one.deployment.gpu.name, one.deployment.quantization), one)

    def usd(one: Candidate) -> float:
        return min(offer.usd_per_gpu_hour for offer in one.offers)

    orders: tuple[Callable[[Candidate], float], ...] = (
        lambda one: usd(one) / one.deployment.gpu.fp16_tflops,
        lambda one: usd(one) / one.deployment.gpu.bandwidth_gb_per_s,
        lambda one: min(offer.usd_per_hour for offer in one.offers),
    )
    gpus = {
        gpu
        for order in orders
        for gpu in list(
            dict.fromkeys(one.deployment.gpu.name for one in sorted(smallest.values(), key=order))
        )[:GPUS_OF_EACH_CLASS]
    }
    return [one for one in smallest.values() if one.deployment.gpu.name in gpus]


def _shape(one: Candidate) -> Shape:
    deployment = one.deployment
    stages = deployment.engine.pipeline_parallel_size
    return deployment.gpu.name, deployment.gpu_count, stages, deployment.quantization


def _kinds(scenario: Scenario, alone: Iterable[dict[Shape, SizedCandidate]]) -> list[_Kind]:
    found: dict[tuple[Shape, str], _Kind] = {}
    for shapes in alone:
        for shape, one in shapes.items():
            for offer in one.candidate.offers:
                usd = costs.gpu_cost_usd_per_year(scenario, offer, 1)
                replicas = costs.replicas_on(1, shape[1], offer)
                found[shape, offer.id] = _Kind(shape, offer, usd, replicas)
    return list(found.values())


def _worth_trying(
    kinds: Sequence[_Kind], alone: Sequence[dict[Shape, SizedCandidate]]
) -> list[_Kind]:
    """The kinds that may be in the cheapest fleet."""
    chosen: dict[_Kind, None] = {}
    for shapes in alone:
        runs = [kind for kind in kinds if kind.shape in shapes]

        def usd(kind: _Kind, shapes: dict[Shape, SizedCandidate] = shapes) -> float:
            seconds = _seconds(shapes[kind.shape], sure=False)
            return kind.usd_per_year * seconds / kind.replicas

        chosen |= dict.fromkeys(sorted(runs, key=usd)[:BEST_OF_EACH_CLASS])
        enough = [kind for kind in runs if usd(kind) <= kind.usd_per_year]
        chosen |= dict.fromkeys(sorted(enough, key=_machine_usd)[:BEST_OF_EACH_CLASS])
    return list(chosen)


def _machine_usd(kind: _Kind) -> float:
    return kind.usd_per_year


def _seconds(one: SizedCandidate | None, sure: bool) -> float:
    """Replica-seconds that a class takes in a second of its busiest hour; infinite if it must not.

    With the confidence asked for; ``sure`` counts the limits on answers too.
    """
    if one is None:
        return math.inf
    pace, demand = one.replica.pace, one.demand
    volume = demand.busiest_per_s * pace.slowdown(one.error)
    if not sure or not demand.has_answer_limits:
        return volume / (pace.requests_per_s * demand.max_utilization)
    replicas = one.replicas_sure
    most = most_per_s(one, replicas)
    return replicas * demand.busiest_per_s / most if most > 0.0 else math.inf


def _option(
    scenario: Scenario,
    forecaster: Forecaster,
    catalog: Catalog,
    kinds: Sequence[_Kind],
    found: Assignment,
) -> Option | None:
    """The option of the machines that were found; None if they are of one kind or not enough."""
    used = [n for n, machines in enumerate(found.machines) if machines]
    names = [one.name for one in classes_of(scenario)]
    volumes = [one.documents_per_year for one in classes_of(scenario)]
    parts: list[Part] = []
    for n in used:
        own = {
            name: volume * shares[n]
            for name, volume, shares in zip(names, volumes, found.shares, strict=True)
            if shares[n] > 0.0
        }
        if not own:
            continue
        documents = with_volumes(scenario, own)
        runs = {_shape(one): one for one in _runnable(documents, catalog)}
        if kinds[n].shape not in runs:
            return None
        sized = size(documents, forecaster, runs[kinds[n].shape])
        parts.append(_part(documents, sized, kinds[n], found.machines[n]))
    if len(parts) < 2 or not are_there(parts):
        return None
    spares = [scenario.spare_replicas] * len(parts)
    option = option_of_parts(scenario, AssignedFleet(tuple(parts)), spares)
    return option if option.meets.all else None


def _part(documents: Scenario, one: SizedCandidate, kind: _Kind, machines: int) -> Part:
    """The machines that were found for these documents, and more if these are not enough."""
    gpus, spares = one.candidate.deployment.gpu_count, documents.spare_replicas
    needed = costs.instances_for(one.replicas_sure, gpus, kind.offer) + spares
    replicas = costs.replicas_on(max(machines, needed), gpus, kind.offer)
    return Part(documents, one, kind.offer, replicas)
