"""The plan of a scenario: for the fleet that it states, else for the fleets that could be."""

from __future__ import annotations

from dataclasses import replace

from planner.catalog.lookup import Catalog
from planner.fleet.make_plan import make_plan
from planner.fleet.plan import Mix, Plan
from planner.fleet.recommendation import rank
from planner.fleet.scenario import Scenario
from planner.forecast.forecaster import Forecaster
from planner.mixing.class_mix import mix_of
from planner.mixing.judged_plan import judged_plan


def whole_plan(scenario: Scenario, forecaster: Forecaster, catalog: Catalog) -> Plan:
    """All options of a scenario, ranked (see ``Plan``). Raises InputError."""
    if scenario.fleet:
        return judged_plan(scenario, forecaster, catalog)
    plan = make_plan(scenario, forecaster, catalog)
    return with_mix(plan, mix_of(scenario, forecaster, catalog, plan))


def with_mix(plan: Plan, mix: Mix | None) -> Plan:
    """The plan with a mix among its options, which is recommended if nothing else is feasible.

    One kind of machine is recommended otherwise: it is simpler to run, and the mix stands beside
    it with what it saves.
    """
    if mix is None or mix.option is None:
        return replace(plan, mix=mix)
    options = tuple(sorted((*plan.options, mix.option), key=rank))
    if plan.recommended is not None:
        return replace(plan, mix=mix, options=options)
    return replace(plan, mix=mix, options=options, recommended=mix.option, remedies=())
