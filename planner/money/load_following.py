"""Machines that follow the load: how long each is needed, and which of them to reserve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from planner.catalog.price_offer import Terms

ROUNDING = 1e-9


def shares_of_hours_needed(machines: int, peak_factor: float) -> tuple[float, ...]:
    """The share of the working hours in which a first, second, ... machine is needed.

    The load falls evenly from ``peak_factor`` times its mean in the busiest hour to as far below
    the mean in the quietest, an assumption for lack of a curve: to 2 - peak_factor, or to nothing
    in some hours from a factor of 2 on. The machines together carry the busiest hour, each an
    equal part of it, and one always runs.
    """
    if machines < 1:
        return ()
    if peak_factor <= 1.0:
        return (1.0,) * machines
    # Over all hours the load falls to 2 - peak_factor, or to 0 within 2 / peak_factor of them.
    fall = 2.0 * (peak_factor - 1.0) if peak_factor <= 2.0 else peak_factor**2 / 2.0
    needed = (
        min(1.0, (peak_factor - peak_factor * before / machines) / fall)
        for before in range(1, machines)
    )
    return (1.0, *needed)


@dataclass(frozen=True, slots=True)
class Blend:
    """The cheapest mix of reserved machines, paid for all hours, and others that follow the load.

    ``critical_ratio`` is the price of a reserved hour over that of another one.
    """

    reserved: int
    following: int
    usd_per_year: float
    critical_ratio: float


def best_blend(
    shares_of_year: Sequence[float],
    following_usd_per_year: float,
    reserved_usd_per_year: float,
) -> Blend:
    """Reserve each machine that is needed for more of the year than the critical ratio.

    Prices are of one machine for all hours of a year. This is the newsvendor's rule: reserve up
    to the quantile 1 - critical ratio of the machines needed (Arrow, Harris and Marschak,
    "Optimal Inventory Policy", Econometrica 19, 1951).
    """
    ratio = reserved_usd_per_year / following_usd_per_year
    reserved = [share for share in shares_of_year if share > ratio + ROUNDING]
    rest = sum(shares_of_year) - sum(reserved)
    cost = len(reserved) * reserved_usd_per_year + rest * following_usd_per_year
    return Blend(len(reserved), len(shares_of_year) - len(reserved), cost, ratio)


@dataclass(frozen=True, slots=True)
class FollowingLoad:
    """The cost of machines on demand that are switched off while the load is low.

    ``always_on_usd_per_year`` is their cost if they run all year. ``blend`` is the cheapest mix
    with machines reserved on ``reserved_terms``; None if the provider lists none.
    """

    machines: int
    always_on_usd_per_year: float
    usd_per_year: float
    reserved_terms: Terms | None
    blend: Blend | None

    @property
    def share_of_cost(self) -> float:
        """The cost over that of machines that always run."""
        return self.usd_per_year / self.always_on_usd_per_year
