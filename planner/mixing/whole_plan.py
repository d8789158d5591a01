"""The plan of a scenario: for the fleet that it states, else for the fleets that could be."""

from __future__ import annotations

from planner.catalog.lookup import Catalog
from planner.fleet.make_plan import make_plan
from planner.fleet.plan import Plan
from planner.fleet.scenario import Scenario
from planner.forecast.forecaster import Forecaster
from planner.mixing.judged_plan import judged_plan


def whole_plan(scenario: Scenario, forecaster: Forecaster, catalog: Catalog) -> Plan:
    """All options of a scenario, ranked (see ``Plan``). Raises InputError."""
    if scenario.fleet:
        return judged_plan(scenario, forecaster, catalog)
    return make_plan(scenario, forecaster, catalog)
