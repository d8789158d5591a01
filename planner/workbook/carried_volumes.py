"""How many documents so many machines carry, for limits on answers that no formula knows."""

from __future__ import annotations

import math
from dataclasses import dataclass

from planner.catalog.lookup import Catalog
from planner.fleet.busiest_hour import SECONDS_PER_HOUR, load_of
from planner.fleet.costs import replicas_on
from planner.fleet.plan import Plan
from planner.fleet.remedies import most_per_s
from planner.fleet.scenario import Scenario
from planner.fleet.scenario_limits import ROUNDING
from planner.fleet.scenario_work import classes_of
from planner.fleet.sized_candidate import size_of_item
from planner.forecast.forecaster import Forecaster
from planner.money.own_stock import most_machines

TIMES_THE_PLAN = 2
MOST_ROWS = 200
"""Machines are listed up to twice those of the largest year; larger fleets are not listed."""

SAME_PACE = 1e-6


@dataclass(frozen=True, slots=True)
class CarriedVolumes:
    """Documents of the busiest hour that 1, 2, 3 ... machines process and answer in time.

    With the confidence asked for, spare machines not counted.
    """

    documents_per_h: tuple[float, ...]


def waits_for_answers(scenario: Scenario) -> bool:
    """True if a limit on answer times helps to set the size of the fleet."""
    stated = any(one.targets.asks_for_answers for one in classes_of(scenario))
    return stated or scenario.latency_p95_s is not None


def carried_volumes(plan: Plan, forecaster: Forecaster, catalog: Catalog) -> CarriedVolumes | None:
    """The volumes for the recommended configuration.

    None if nobody waits for answers, which needs no list, or if the fleet is a stated, a mixed
    or a very large one. A year's documents are carried by the machines that the plan has for it.
    """
    scenario, option = plan.scenario, plan.recommended
    if option is None or scenario.fleet or len(option.fleet) > 1 or not plan.years:
        return None
    if not waits_for_answers(scenario):
        return None
    item, load = option.fleet[0], load_of(scenario)
    one = size_of_item(scenario, item, forecaster, catalog)
    if one is None:
        return None
    pace = one.replica.pace.requests_per_s * item.replicas * load.working_seconds_per_year
    if not math.isclose(pace, option.capacity_documents_per_year.value, rel_tol=SAME_PACE):
        return None
    planned = [year.fleet[0].instances - item.spare_instances for year in plan.years]
    if max(planned) > MOST_ROWS:
        return None
    most = min(MOST_ROWS, TIMES_THE_PLAN * max(planned) + 1, most_machines(item.price_offer))
    found = [
        most_per_s(one, replicas_on(machines, item.gpu_count, item.price_offer)) * SECONDS_PER_HOUR
        for machines in range(1, int(most) + 1)
    ]
    for year, machines in zip(plan.years, planned, strict=True):
        asked = load.busiest_per_s * SECONDS_PER_HOUR * year.documents / scenario.documents_per_year
        # Volumes are found to 0.01 %, too little to tell which side of the plan's own they are.
        if year.enough and machines <= len(found):
            found[machines - 1] = max(found[machines - 1], asked * (1.0 + ROUNDING))
    return CarriedVolumes(tuple(found))
