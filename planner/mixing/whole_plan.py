"""The plan of a scenario: for the fleet that it states, else for the fleets that could be."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from planner.catalog.lookup import Catalog
from planner.fleet.levers import levers
from planner.fleet.make_plan import make_plan, recommendation_for
from planner.fleet.plan import MissesLimits, Mix, Option, Plan, Remedy
from planner.fleet.recommendation import Recommendation, rank
from planner.fleet.remedies import rounded_up_usd
from planner.fleet.replanning import with_change
from planner.fleet.scenario import MAX_BUDGET_USD, Scenario
from planner.fleet.scenario_work import scenarios_by_model
from planner.forecast.forecaster import Forecaster
from planner.mixing.class_mix import FoundFleet, mix_beside, mixed_fleet
from planner.mixing.growth_of_parts import growth_of_parts
from planner.mixing.judged_plan import judged_plan
from planner.mixing.option_of_parts import option_of_parts
from planner.mixing.plan_of_models import plan_of_models
from planner.mixing.spread_fleet import spread_fleet
from planner.mixing.targets_of_parts import targets_of_parts


def whole_plan(
    scenario: Scenario, forecaster: Forecaster, catalog: Catalog, *, is_part: bool = False
) -> Plan:
    """All options of a scenario, ranked (see ``Plan``). Raises InputError.

    A plan that is a part of another has no levers and remedies: they are of all together.
    """
    apart = partial(scenarios_by_model, catalog=catalog)
    if len(apart(scenario)) > 1:
        return plan_of_models(
            scenario,
            apart,
            partial(whole_plan, forecaster=forecaster, catalog=catalog, is_part=True),
            partial(_of_any_kind, forecaster=forecaster, catalog=catalog),
            partial(recommendation_for, forecaster=forecaster, catalog=catalog),
        )
    [scenario] = apart(scenario)
    if scenario.fleet:
        return judged_plan(scenario, forecaster, catalog)
    alone = make_plan(scenario, forecaster, catalog, is_part=is_part)
    if scenario.follow_load:  # the programme's machines cost the same each, whatever their number
        return alone
    if scenario.spread_over is None:
        found = mixed_fleet(scenario, forecaster, catalog, alone.recommended)
    else:
        found = spread_fleet(scenario, forecaster, catalog)
    if found is None:
        return alone
    plan = with_mix(alone, mix_beside(found, alone.recommended))
    if plan.recommended is None:
        return plan if is_part else replace(plan, remedies=_with_budget_of_mix(plan, found))
    if plan.recommended is alone.recommended or found.fleet is None:
        return plan

    def spread(later: Scenario) -> Option | None:
        again = spread_fleet(later, forecaster, catalog)
        return None if again is None else again.option

    def replan(other: Scenario) -> Recommendation:
        return _of_any_kind(other, forecaster, catalog)

    searched = None if scenario.spread_over is None else spread
    ahead = growth_of_parts(scenario, forecaster, found.fleet, plan.recommended, searched)
    return replace(
        plan,
        targets=targets_of_parts(found.fleet),
        levers=() if is_part else levers(scenario, plan.recommended, replan),
        years=ahead.years,
        next_machine_month=ahead.next_machine_month,
        present_value_usd=ahead.present_value_usd,
    )


def _of_any_kind(scenario: Scenario, forecaster: Forecaster, catalog: Catalog) -> Recommendation:
    """The option of ``whole_plan``: a fleet of several kinds only if no one kind is feasible."""
    alone = recommendation_for(scenario, forecaster, catalog)
    if alone.chosen is not None or scenario.follow_load:
        return alone
    if scenario.spread_over is None:
        found = mixed_fleet(scenario, forecaster, catalog, None)
    else:
        found = spread_fleet(scenario, forecaster, catalog)
    option = None if found is None else found.option
    return Recommendation(option if option is not None and option.meets.all else None)


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
    gpus = {item.gpu for item in mix.option.fleet}
    others = tuple(
        entry
        for entry in plan.infeasible
        if not (isinstance(entry.why, MissesLimits) and entry.gpu in gpus)
    )
    return replace(
        plan, mix=mix, options=options, recommended=mix.option, remedies=(), infeasible=others
    )


def _with_budget_of_mix(plan: Plan, found: FoundFleet) -> tuple[Remedy, ...]:
    """The remedies, with the budget of the mixed fleet if it is smaller than that of one kind.

    The search for the mix does not depend on the budget, so the remedy's scenario leads to it
    again.
    """
    others = tuple(one for one in plan.remedies if one.changed != "budget")
    least = next((one.value for one in plan.remedies if one.changed == "budget"), MAX_BUDGET_USD)
    if plan.scenario.budget_usd_per_year is None or found.fleet is None:
        return plan.remedies
    value = rounded_up_usd(found.usd_per_year)
    changed = with_change(plan.scenario, {"budget_usd_per_year": value})
    if value >= least or changed is None:
        return plan.remedies
    option = option_of_parts(changed, found.fleet)
    return (Remedy("budget", value, option, changed), *others)
