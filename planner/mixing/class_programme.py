"""The cheapest machines for several classes of documents, as an integer programme.

    minimize    sum_j  usd_j n_j + first_j y_j
    subject to  sum_j x_cj = 1                                   each class is served whole
                sum_c seconds_cj x_cj <= replicas_j (n_j - spares y_j)   no replica has too much
                x_cj <= y_j,  least_j y_j <= n_j <= most_j y_j    what is used has its spares
                sum_j gpus_j n_j <= owned_s  over the machines of stock s
                n_j whole,  y_j 0 or 1,  0 <= x_cj <= 1

n_j are machines of kind j, x_cj the share of class c on them, and seconds_cj the replica-seconds
that the documents of class c take in a second of the busiest hour, if all are on j. first_j is
what machines cost more if any are used: those that follow the load have some that always run.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from planner.fleet.plan import Solver, SolverStatus
from planner.mixing.quiet_solver import quiet_solver

Array = NDArray[np.float64]

SECONDS_AT_MOST = 5.0
"""A plan on the page is waited for."""

GAP = 0.001
"""Costs nearer than a tenth of a percent are the same: prices are no more certain."""

STATUS: dict[int, SolverStatus] = {0: "optimal", 1: "time limit reached", 2: "infeasible"}


@dataclass(frozen=True, slots=True)
class MachineKind:
    """Machines of one price offer with one deployment.

    ``replica_seconds[c]`` are those that class c takes a second if all of it runs here, infinite
    if it must not run here. Own machines are taken from the GPUs of their ``stock``.
    """

    usd_per_year: float
    replicas: int
    replica_seconds: tuple[float, ...]
    stock: str = ""
    gpus: int = 1
    usd_if_used: float = 0.0


@dataclass(frozen=True, slots=True)
class Assignment:
    """Machines of each kind, and ``shares[c][j]`` of class c on kind j; empty if none was found."""

    machines: tuple[int, ...]
    shares: tuple[tuple[float, ...], ...]
    usd_per_year: float
    solver: Solver


def cheapest_machines(
    kinds: Sequence[MachineKind],
    spares: int = 0,
    stock: Mapping[str, int] | None = None,
    least_replicas: int = 1,
    seconds_at_most: float = SECONDS_AT_MOST,
) -> Assignment:
    """The cheapest machines that serve all classes, within ``GAP``.

    Each kind that is used has ``spares`` machines beyond the need and at least
    ``least_replicas`` replicas; ``stock`` is the number of own GPUs in each.
    """
    started = time.perf_counter()
    programme = _Programme(kinds, spares, stock or {}, least_replicas)
    with quiet_solver():
        found = milp(
            programme.costs,
            constraints=programme.constraints(),
            integrality=programme.integrality,
            bounds=programme.bounds,
            options={"time_limit": seconds_at_most, "mip_rel_gap": GAP},
        )
    seconds = time.perf_counter() - started
    status = STATUS.get(found.status, "no solution found")
    if found.x is None:
        return Assignment((), (), math.inf, Solver(status, None, seconds))
    machines = tuple(round(n) for n in found.x[programme.n])
    shares = found.x[programme.x].reshape(programme.classes, len(kinds))
    usd = sum(
        n * kind.usd_per_year + kind.usd_if_used
        for n, kind in zip(machines, kinds, strict=True)
        if n
    )
    return Assignment(
        machines,
        tuple(tuple(_tidy(row)) for row in shares),
        usd,
        Solver(status, float(found.mip_gap or 0.0), seconds),
    )


def _tidy(shares: Array) -> list[float]:
    """Shares that sum to 1, without the solver's crumbs."""
    kept = np.where(shares < _CRUMB, 0.0, shares)
    return [float(share) for share in kept / kept.sum()]


_CRUMB = 1e-6


class _Programme:
    """The matrices of ``milp``: the variables are n_j, then y_j, then x_cj class by class."""

    def __init__(
        self,
        kinds: Sequence[MachineKind],
        spares: int,
        stock: Mapping[str, int],
        least_replicas: int,
    ) -> None:
        self._kinds, self._spares, self._stock = kinds, spares, stock
        self._least = [math.ceil(least_replicas / kind.replicas) + spares for kind in kinds]
        self.classes = len(kinds[0].replica_seconds)
        j, c = len(kinds), self.classes
        self.n, self._y, self.x = slice(0, j), slice(j, 2 * j), slice(2 * j, 2 * j + c * j)
        self._seconds = np.array([kind.replica_seconds for kind in kinds]).T  # (c, j)
        allowed = np.isfinite(self._seconds)
        most = [
            math.ceil(float(row[fits].sum()) / kind.replicas) + least
            for row, fits, kind, least in zip(
                self._seconds.T, allowed.T, kinds, self._least, strict=True
            )
        ]
        self._most = np.array(most, dtype=float)
        of_each = [kind.usd_per_year for kind in kinds]
        of_any = [kind.usd_if_used for kind in kinds]
        self.costs = np.concatenate([of_each, of_any, np.zeros(c * j)])
        self.integrality = np.concatenate([np.ones(2 * j), np.zeros(c * j)])
        self.bounds = Bounds(
            np.zeros(len(self.costs)),
            np.concatenate([self._most, np.ones(j), allowed.ravel().astype(float)]),
        )

    def constraints(self) -> list[LinearConstraint]:
        """Served whole, not too much for a replica, used with spares, and within the stock."""
        j, c = len(self._kinds), self.classes
        rows: list[tuple[dict[int, float], float, float]] = []
        for k in range(c):
            rows.append(({2 * j + k * j + i: 1.0 for i in range(j)}, 1.0, 1.0))
        for i, kind in enumerate(self._kinds):
            work = {
                2 * j + k * j + i: float(self._seconds[k, i])
                for k in range(c)
                if np.isfinite(self._seconds[k, i])
            }
            room = {i: -float(kind.replicas), j + i: float(kind.replicas * self._spares)}
            rows.append((work | room, -np.inf, 0.0))
            rows.append(({i: -1.0, j + i: float(self._least[i])}, -np.inf, 0.0))
            rows.append(({i: 1.0, j + i: -float(self._most[i])}, -np.inf, 0.0))
            rows += [({2 * j + k * j + i: 1.0, j + i: -1.0}, -np.inf, 0.0) for k in range(c)]
        for stock, limit in self._stock.items():
            held = {i: float(k.gpus) for i, k in enumerate(self._kinds) if k.stock == stock}
            rows.append((held, -np.inf, float(limit)))
        entries = [
            (r, column, value) for r, row in enumerate(rows) for column, value in row[0].items()
        ]
        at_row, at_column, values = (np.array(part) for part in zip(*entries, strict=True))
        matrix = coo_array((values, (at_row, at_column)), shape=(len(rows), len(self.costs)))
        lows, highs = (np.array([row[part] for row in rows]) for part in (1, 2))
        return [LinearConstraint(matrix.tocsc(), lows, highs)]
