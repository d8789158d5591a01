"""The cheapest fleet over several providers or regions, any one of which may be down.

    minimize    sum_j usd_j n_j + first_j y_j
    subject to  sum_{j not at p} rate_j n_j >= need          for each place p
                sum_{j not at p} replicas_j n_j >= least     for each place p
                sum_j gpus_j n_j <= owned_s                  over the machines of stock s
                n_j <= most_j y_j
                n_j whole,  y_j 0 or 1

n_j are machines of kind j, rate_j the share of all documents that one of them carries. ``need``
is 1, or more if queues at several places together take more. first_j is what machines cost more
if any are used: those that follow the load have some that always run.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp

from planner.catalog.lookup import Catalog
from planner.fleet import costs
from planner.fleet.plan import Solver
from planner.fleet.scenario import Scenario
from planner.fleet.sized_candidate import SizedCandidate
from planner.forecast.forecaster import Forecaster
from planner.mixing.class_mix import FoundFleet, with_objective
from planner.mixing.class_programme import GAP, SECONDS_AT_MOST, STATUS
from planner.mixing.fleet_part import Part, SharedFleet
from planner.mixing.machine_kinds import Kind, Shape, kinds_of, replica_seconds, shapes_of
from planner.mixing.option_of_parts import option_of_parts
from planner.mixing.places import Site, site_of, sites_apart
from planner.mixing.quiet_solver import quiet_solver
from planner.money.own_stock import own_gpus, stock_of

Shapes = dict[Shape, SizedCandidate]

BEST_OF_EACH_PLACE = 3
"""Kinds of machines of a place with the lowest cost for the documents, and as many of the cheapest
machines."""

NEEDS = (1.0, 1.01, 1.03, 1.06, 1.1, 1.2, 1.35, 1.5, 2.0)
"""What the places that are left are to carry, until they keep the limits on answers too."""


def spread_fleet(
    scenario: Scenario,
    forecaster: Forecaster,
    catalog: Catalog,
    usd_at_most: float = math.inf,
) -> FoundFleet | None:
    """The cheapest one whose weights have one format; None if no two places have machines.

    One that certainly costs more than ``usd_at_most`` is not looked for.
    """
    shapes = shapes_of(scenario, forecaster, catalog, None)  # no fleet of one kind is spread
    of_formats: dict[str, Shapes] = {}
    for shape, one in shapes.items():
        of_formats.setdefault(shape[3], {})[shape] = one
    started = [_Search.among(scenario, alike) for alike in of_formats.values()]
    searches = [search for search in started if search is not None]
    best: FoundFleet | None = None
    for search in sorted(searches, key=lambda search: search.least_usd):
        dearest = usd_at_most if best is None else min(usd_at_most, best.usd_per_year)
        found = search.fleet(dearest)
        if best is None or found.usd_per_year < best.usd_per_year:
            best = found
    return best


@dataclass(frozen=True, slots=True)
class _Search:
    """The machines of one format; ``cheapest`` are those that carry all documents."""

    scenario: Scenario
    shapes: Shapes
    sites: Mapping[Kind, Site]
    rates: Mapping[Shape, float]
    cheapest: Mapping[Kind, int]
    solver: Solver

    @classmethod
    def among(cls, scenario: Scenario, shapes: Shapes) -> _Search | None:
        """None if no two places have machines."""
        rates = {name: 1.0 / replica_seconds(one, sure=True) for name, one in shapes.items()}
        sites = _kinds_and_sites(scenario, shapes, rates)
        if len(sites_apart(sites.values())) < 2:
            return None
        machines, solver = _cheapest(scenario, sites, rates, NEEDS[0])
        return cls(scenario, shapes, sites, rates, machines, solver)

    @property
    def least_usd(self) -> float:
        """No fleet of these machines costs less; infinite if there is none."""
        return self._usd(self.cheapest) * (1.0 - GAP) if self.cheapest else math.inf

    def fleet(self, usd_at_most: float) -> FoundFleet:
        """The cheapest that keeps all limits, unless it certainly costs more than ``usd_at_most``.

        Later searches ask for more than is needed, so the first one proves how good it is.
        """
        scenario, seconds, machines = self.scenario, self.solver.seconds, self.cheapest
        for need in NEEDS:
            if need > NEEDS[0]:
                machines, solver = _cheapest(scenario, self.sites, self.rates, need)
                seconds += solver.seconds
            if not machines or self._usd(machines) * (1.0 - GAP) > usd_at_most:
                break
            parts = (
                Part(scenario, self.shapes[kind.shape], kind.offer, n * kind.replicas)
                for kind, n in machines.items()
            )
            fleet = SharedFleet(tuple(parts))
            option = option_of_parts(scenario, fleet)
            if not set(option.meets.missed) - {"budget"}:
                fixed = costs.usd_without_machines(scenario)
                usd = option.cost_usd_per_year if scenario.follow_load else self._usd(machines)
                least = self._usd(self.cheapest) - fixed
                found = with_objective(scenario, self.solver, least, usd - fixed)
                return FoundFleet(replace(found, seconds=seconds), fleet, option)
        return FoundFleet(replace(self.solver, seconds=seconds))

    def _usd(self, machines: Mapping[Kind, int]) -> float:
        of_all = sum(n * kind.usd.each + kind.usd.if_used for kind, n in machines.items())
        return costs.usd_without_machines(self.scenario) + of_all


def _kinds_and_sites(
    scenario: Scenario, shapes: Shapes, rates: Mapping[Shape, float]
) -> dict[Kind, Site]:
    """The kinds of machines that may be in the cheapest fleet, and where each is."""
    by_site: dict[Site, list[Kind]] = {}
    # Replicas that always serve may be at any place, and no machine is spare by its kind.
    bare = scenario.model_copy(update={"min_replicas": 1, "spare_replicas": 0})
    for kind in kinds_of(bare, [shapes]):
        if _rate(kind, rates) > 0.0:
            by_site.setdefault(site_of(scenario.spread_over, kind.offer), []).append(kind)

    def usd_of_all(kind: Kind) -> float:
        return kind.usd.each / _rate(kind, rates)

    def usd_of_machine(kind: Kind) -> float:
        return kind.usd.if_used + kind.usd.each

    return {
        kind: site
        for site, there in by_site.items()
        for order in (usd_of_all, usd_of_machine)
        for kind in sorted(there, key=order)[:BEST_OF_EACH_PLACE]
    }


def _rate(kind: Kind, rates: Mapping[Shape, float]) -> float:
    """The share of all documents that a machine carries in time, from that of a replica."""
    return kind.replicas * rates[kind.shape]


def _cheapest(
    scenario: Scenario,
    sites: Mapping[Kind, Site],
    rates_of_replicas: Mapping[Shape, float],
    need: float,
) -> tuple[dict[Kind, int], Solver]:
    """Machines of each kind that is used; empty if the solver found none.

    y_j is left out if no kind costs more for its first machine, which is solved in less time.
    """
    started = time.perf_counter()
    kinds = list(sites)
    rates = np.array([_rate(kind, rates_of_replicas) for kind in kinds])
    replicas = np.array([kind.replicas for kind in kinds], dtype=float)
    rows: list[tuple[NDArray[np.float64], float, float]] = []
    ys = len(kinds) if any(kind.usd.if_used for kind in kinds) else 0
    no_y = np.zeros(ys)
    for lost in sites_apart(sites.values()):
        left = np.array([not site.fails_with(lost) for site in sites.values()], dtype=float)
        rows.append((np.concatenate([left * rates, no_y]), need, math.inf))
        serving = np.concatenate([left * replicas, no_y])
        rows.append((serving, float(scenario.min_replicas), math.inf))
    for stock, gpus in own_gpus(kind.offer for kind in kinds).items():
        rows.append((np.concatenate([_held(kinds, stock), no_y]), 0.0, float(gpus)))
    most = np.ceil(np.maximum(need / rates, scenario.min_replicas / replicas)) + 1.0
    if ys:
        used = np.hstack([np.eye(ys), -np.diag(most)])
        rows += [(row, -math.inf, 0.0) for row in used]
    matrix, lows, highs = (np.array(part) for part in zip(*rows, strict=True))
    with quiet_solver():
        found = milp(
            np.array([kind.usd.each for kind in kinds] + [kind.usd.if_used for kind in kinds[:ys]]),
            constraints=LinearConstraint(matrix, lows, highs),
            integrality=np.ones(len(kinds) + ys, dtype=np.int64),
            bounds=Bounds(0.0, np.concatenate([most, np.ones(ys)])),
            options={"time_limit": SECONDS_AT_MOST, "mip_rel_gap": GAP},
        )
    status = STATUS.get(found.status, "no solution found")
    seconds = time.perf_counter() - started
    if found.x is None:
        return {}, Solver(status, None, seconds)
    machines = {kind: round(n) for kind, n in zip(kinds, found.x, strict=False) if round(n)}
    return machines, Solver(status, float(found.mip_gap or 0.0), seconds)


def _held(kinds: Sequence[Kind], stock: str) -> NDArray[np.float64]:
    """GPUs of a stock in a machine of each kind."""
    return np.array(
        [float(kind.offer.gpu_count) if stock_of(kind.offer) == stock else 0.0 for kind in kinds]
    )
