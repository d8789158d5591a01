"""The option that a fleet of several parts makes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from planner.fleet import costs
from planner.fleet.busiest_hour import SECONDS_PER_HOUR, backlog_at, load_of, may_wait
from planner.fleet.option_of_fleet import fleet_item, meets, probability_of_budget
from planner.fleet.plan import FleetItem, Option
from planner.fleet.scenario import Scenario
from planner.fleet.scenario_limits import Meets
from planner.fleet.scenario_work import Served
from planner.fleet.sizing import Errors
from planner.forecast.bottleneck import binding_limit
from planner.forecast.forecast_values import BASES, Interval
from planner.learning.throughput import Z90
from planner.mixing.fleet_part import AssignedFleet, Fleet, Part
from planner.mixing.places import site_of, sites_apart
from planner.money.machines import Machines
from planner.sureness.machine_availability import share_of_time_enough_run
from planner.sureness.probability import Probability


def option_of_parts(scenario: Scenario, fleet: Fleet) -> Option:
    """These replicas and no others.

    Each part with documents of its own has the scenario's spare machines among its own; in a
    fleet that shares all documents they are of the part that would be missed most.
    """
    parts = fleet.parts
    down, missed = _one_down(fleet, max(1, scenario.spare_replicas))
    if isinstance(fleet, AssignedFleet):
        spares = [scenario.spare_replicas] * len(parts)
    else:
        most = min(scenario.spare_replicas, parts[missed].machines)
        spares = [most if n == missed else 0 for n in range(len(parts))]
    rented = _machines(scenario, fleet, spares)
    lines = costs.cost_lines_of_fleet(scenario, rented)
    cost = costs.total_cost_usd_per_year(lines)
    budget = probability_of_budget(scenario, cost)
    probability, one_down = fleet.errors_borne().probability(budget), down.probability(budget)
    place_down = _place_down(scenario, fleet, budget)
    of_lost = (place_down, one_down if max(spares) else None)
    lost = min((p for p in of_lost if p is not None), key=lambda p: p.work, default=probability)
    seconds_per_year = load_of(scenario).working_seconds_per_year
    capacity = Interval(*(seconds_per_year * fleet.capacity_per_s(e) for e in (0.0, Z90, -Z90)))
    machines = sum(part.machines for part in parts)
    replica = max(parts, key=lambda part: part.requests_per_s()).sized.replica
    evidence = [part.sized.replica.evidence for part in parts]
    return Option(
        fleet=tuple(map(_item, parts, fleet.shares(), rented)),
        cost_lines=lines,
        cost_usd_per_year=cost,
        cost_usd_per_1000_documents=costs.cost_usd_per_1000_documents(
            cost, scenario.documents_per_year
        ),
        capacity_documents_per_year=capacity,
        probability=probability,
        one_down=lambda: one_down,
        availability=share_of_time_enough_run(
            machines,
            max(spares),
            # A set is down if any of its machines is: the largest is down most often, and each is
            # taken to be down as often as that.
            scenario.machine_availability ** max(part.offer.machines for part in parts),
        ),
        utilization=scenario.documents_per_year / capacity.value,
        answers=fleet.answers,
        backlog=backlog_at(scenario, fleet.capacity_per_s() * SECONDS_PER_HOUR),
        unloaded_latency_s=max(part.sized.replica.pace.unloaded_s for part in parts),
        meets=_meets(scenario, fleet, spares, lost),
        basis=max((one.basis for one in evidence), key=BASES.index),
        sources=tuple(dict.fromkeys(source for one in evidence for source in one.sources)),
        binding_limit=binding_limit(replica.seconds_by_cause, replica.limited_by_memory, False),
        seconds_per_request=replica.seconds_by_cause,
        settings=replica.settings,
        provenance=min(parts, key=_published).sized.replica.provenance,
        own_runs=tuple(run for one in evidence for run in one.own_runs),
        probability_place_down=place_down,
    )


def _published(part: Part) -> float:
    """Published measurements of its kind; infinite if it was measured itself and needs none."""
    replica = part.sized.replica
    own = replica.evidence.basis in ("measured", "calibrated")
    return math.inf if own else replica.provenance.of_kind


def _meets(
    scenario: Scenario, fleet: Fleet, spares: Sequence[int], probability: Probability
) -> Meets:
    """The limits kept with the spare machines down, or any one of the places spread over."""
    left = [one.replicas_for_each([0] * len(one.parts)) for one in without_places(scenario, fleet)]
    if not left:
        return meets(scenario, probability, fleet.replicas_for_each(spares))
    return meets(scenario, probability, min(left), places=len(left))


def _place_down(scenario: Scenario, fleet: Fleet, budget: float | None) -> Probability | None:
    """The probability with the place down that is missed most; None if it is not spread."""
    found = (one.errors_borne().probability(budget) for one in without_places(scenario, fleet))
    return min(found, key=lambda one: one.work, default=None)


def without_places(scenario: Scenario, fleet: Fleet) -> list[Fleet]:
    """The fleet without the machines of each of its places; none if it is not spread over two."""
    if scenario.spread_over is None:
        return []
    sites = [site_of(scenario.spread_over, part.offer) for part in fleet.parts]
    apart = sites_apart(sites)
    return [
        replace(
            fleet,
            parts=tuple(
                replace(part, replicas=0) if site.fails_with(lost) else part
                for part, site in zip(fleet.parts, sites, strict=True)
            ),
        )
        for lost in (apart if len(apart) > 1 else ())
    ]


def _one_down(fleet: Fleet, machines: int) -> tuple[Errors, int]:
    """The errors borne with machines of the part down that is missed most, and which it is."""
    found = [
        (fleet.without(n, machines).errors_borne(), n)
        for n, part in enumerate(fleet.parts)
        if part.replicas
    ]
    return min(found, key=lambda one: one[0].probability(None).work)


def _machines(scenario: Scenario, fleet: Fleet, spares: Sequence[int]) -> list[Machines]:
    """The machines of each part. If they follow the load, each part does so by itself.

    In a fleet that shares all documents each part carries the same share of them at any load, and
    as many of its replicas always serve as together make ``min_replicas``, also if machines or a
    place are down.
    """
    parts = fleet.parts
    if isinstance(fleet, AssignedFleet):
        waits = may_wait(scenario)
        return [
            replace(
                costs.machines_of_one_kind(scenario, part.offer, part.machines),
                spares=lost,
                may_wait=may_wait(part.scenario) and not waits,
            )
            for part, lost in zip(parts, spares, strict=True)
        ]
    least = scenario.min_replicas if scenario.follow_load else 1
    without = without_places(scenario, fleet)
    of_places = (one.replicas_for_each([0] * len(parts)) for one in without)
    left = min(of_places, default=fleet.replicas_for_each(spares))
    return [
        Machines(part.offer, part.machines, part.machines_of(least, left) if least > 1 else 1, lost)
        for part, lost in zip(parts, spares, strict=True)
    ]


def _item(part: Part, share: float, machines: Machines) -> FleetItem:
    item = fleet_item(part.scenario, part.sized, machines, part.replicas)
    served = tuple(Served(one.name, one.share * share) for one in item.serves)
    return replace(item, serves=served)
