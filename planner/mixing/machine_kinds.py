"""The kinds of machines that may be in the cheapest mixed fleet, and what they cost."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import sub

from planner.catalog.lookup import Catalog
from planner.catalog.price_offer import PriceOffer
from planner.fleet import costs
from planner.fleet.candidates import Candidate, candidates, gpus_considered
from planner.fleet.plan import Option
from planner.fleet.remedies import most_per_s
from planner.fleet.scenario import Scenario
from planner.fleet.sized_candidate import SizedCandidate, size
from planner.forecast.forecaster import Forecaster

GPUS_OF_EACH_CLASS = 6
"""GPUs that are forecast for a class: those with the cheapest arithmetic, as many with the cheapest
bandwidth, and as many on the cheapest machines. A forecast takes 10 ms."""

BEST_OF_EACH_CLASS = 5
"""Kinds with the lowest cost for a class, and as many with the cheapest machines: what is dearer
for every class and comes in no smaller pieces is in no cheapest fleet."""

Shape = tuple[str, int, int, str]
"""GPU, GPUs of a replica, pipeline stages and quantization."""


@dataclass(frozen=True, slots=True)
class UsdOfMachines:
    """The cost of n machines in a year: ``if_used`` for any of them, and ``each`` for each."""

    if_used: float
    each: float


@dataclass(frozen=True, slots=True)
class Kind:
    """``usd`` is what machines cost, at least, with the cost items that rise with them."""

    shape: Shape
    offer: PriceOffer
    usd: UsdOfMachines
    replicas: int


def shapes_of(
    scenario: Scenario, forecaster: Forecaster, catalog: Catalog, best: Option | None
) -> dict[Shape, SizedCandidate]:
    """The deployments that may be in the mix, sized for one class.

    ``best`` is what is recommended of one kind; None if nothing is.
    """
    only_measured = best is not None and best.is_measured and not scenario.accept_extrapolated
    sized = (size(scenario, forecaster, one) for one in _promising(runnable(scenario, catalog)))
    return {
        shape_of(one.candidate): one
        for one in sized
        if not only_measured or one.replica.provenance.of_kind
    }


def runnable(scenario: Scenario, catalog: Catalog) -> tuple[Candidate, ...]:
    """All deployments that can run."""
    gpus = gpus_considered(scenario, catalog)
    return candidates(scenario, catalog, catalog.model(scenario.model), gpus)[0]


def _promising(found: Sequence[Candidate]) -> list[Candidate]:
    """Those that the datasheet and the prices say may be cheap, or come in small pieces.

    Of each GPU and quantization the replica with the fewest GPUs.
    """
    smallest: dict[tuple[str, str], Candidate] = {}
    for one in sorted(found, key=lambda one: one.deployment.gpu_count):
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


def shape_of(one: Candidate) -> Shape:
    """The shape of a candidate's replicas."""
    deployment = one.deployment
    stages = deployment.engine.pipeline_parallel_size
    return deployment.gpu.name, deployment.gpu_count, stages, deployment.quantization


def kinds_of(scenario: Scenario, alone: Iterable[dict[Shape, SizedCandidate]]) -> list[Kind]:
    """Each deployment on each of its price offers."""
    found: dict[tuple[Shape, str], Kind] = {}
    for shapes in alone:
        for shape, one in shapes.items():
            for offer in one.candidate.offers:
                usd = usd_at_least(scenario, offer)
                replicas = costs.replicas_on(1, shape[1], offer)
                found[shape, offer.id] = Kind(shape, offer, usd, replicas)
    return list(found.values())


MANY, FEW = 1000, 16
"""So many machines that one more costs what each further one does, and so few that it may not."""


@lru_cache(maxsize=4096)
def usd_at_least(scenario: Scenario, offer: PriceOffer) -> UsdOfMachines:
    """The least that any number of machines costs a year, as a straight line.

    It is their cost unless they follow the load. Then it is at most 5 % below for a few of them,
    and exact from a peak factor of 2 on if no minimum is billed and none is reserved.
    """
    if not scenario.follow_load:
        return UsdOfMachines(0.0, costs.usd_of_each_machine(scenario, offer))
    of_many = (costs.usd_of_machines(scenario, offer, n) for n in (MANY, 2 * MANY))
    each = -sub(*of_many) / MANY
    always = costs.machines_of_one_kind(scenario, offer, MANY)
    least = always.always + always.spares
    of_few = (
        costs.usd_of_machines(scenario, offer, n) - n * each for n in range(least, least + FEW)
    )
    return UsdOfMachines(min(of_few), each)


def worth_trying(kinds: Sequence[Kind], alone: Sequence[dict[Shape, SizedCandidate]]) -> list[Kind]:
    """The kinds that may be in the cheapest fleet."""
    chosen: dict[Kind, None] = {}
    for shapes in alone:
        runs = [kind for kind in kinds if kind.shape in shapes]

        def usd(kind: Kind, shapes: dict[Shape, SizedCandidate] = shapes) -> float:
            seconds = replica_seconds(shapes[kind.shape], sure=False)
            return kind.usd.each * seconds / kind.replicas

        chosen |= dict.fromkeys(sorted(runs, key=usd)[:BEST_OF_EACH_CLASS])
        enough = [kind for kind in runs if usd(kind) <= kind.usd.each]
        chosen |= dict.fromkeys(sorted(enough, key=_machine_usd)[:BEST_OF_EACH_CLASS])
    return list(chosen)


def _machine_usd(kind: Kind) -> float:
    return kind.usd.if_used + kind.usd.each


def replica_seconds(one: SizedCandidate | None, sure: bool) -> float:
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
