"""The plan of a scenario: for the fleet that it states, else for the fleets that could be."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from typing import Any

from planner.catalog.lookup import Catalog
from planner.fleet.levers import levers
from planner.fleet.make_plan import make_plan, recommendation_for
from planner.fleet.plan import MissesLimits, Mix, Option, Plan, Remedy
from planner.fleet.recommendation import Recommendation, rank
from planner.fleet.scenario import Scenario
from planner.fleet.scenario_limits import ROUNDING_USD
from planner.fleet.scenario_work import scenarios_by_model
from planner.forecast.forecaster import Forecaster
from planner.mixing.class_mix import FoundFleet, mix_beside, mixed_fleet
from planner.mixing.growth_of_parts import growth_of_parts
from planner.mixing.judged_plan import judged_plan
from planner.mixing.limits_of_search import limits_of_search
from planner.mixing.machine_kinds import shape_of
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
            partial(_mixed, forecaster, catalog),
        )
    [scenario] = apart(scenario)
    if scenario.fleet:
        return judged_plan(scenario, forecaster, catalog)
    alone = make_plan(scenario, forecaster, catalog, is_part=is_part)
    found = _of_several_parts(scenario, forecaster, catalog, alone.recommended)
    if found is None:
        return alone
    plan = with_mix(alone, mix_beside(found, alone.recommended))
    if plan.recommended is None:
        if is_part:
            return plan
        return replace(plan, remedies=_remedies(plan, found, forecaster, catalog))
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
    if scenario.spread_over is not None:  # no fleet of one kind is spread
        budget = scenario.budget_usd_per_year
        most = math.inf if budget is None else budget + ROUNDING_USD
        found = spread_fleet(scenario, forecaster, catalog, most)
    else:
        alone = recommendation_for(scenario, forecaster, catalog)
        if alone.chosen is not None:
            return alone
        found = mixed_fleet(scenario, forecaster, catalog, None)
    option = None if found is None else found.option
    return Recommendation(option if option is not None and option.meets.all else None)


def _mixed(
    forecaster: Forecaster, catalog: Catalog, scenario: Scenario, recommended: Option | None
) -> Option | None:
    """The mixed or spread fleet beside what is recommended, if it keeps every limit."""
    found = _of_several_parts(scenario, forecaster, catalog, recommended)
    option = None if found is None else found.option
    return option if option is not None and option.meets.all else None


def _of_several_parts(
    scenario: Scenario,
    forecaster: Forecaster,
    catalog: Catalog,
    recommended: Option | None = None,
) -> FoundFleet | None:
    """The spread fleet, or the mixed one beside what is recommended of one kind."""
    if scenario.spread_over is None:
        return mixed_fleet(scenario, forecaster, catalog, recommended)
    return spread_fleet(scenario, forecaster, catalog)


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


def _remedies(
    plan: Plan, found: FoundFleet, forecaster: Forecaster, catalog: Catalog
) -> tuple[Remedy, ...]:
    """The smallest change of each limit with which a fleet of one kind, a mixed or a spread one
    keeps all of them; and to spread it over no places.

    A search takes long if answers have a limit, so changes are then looked for in the format of
    the fleet that was found whatever the budget, and of the one that would be if answers could
    take any time; those of a mix among the GPUs of both, too.
    """
    scenario = plan.scenario

    def search(other: Scenario) -> Option | None:
        return _of_any_kind(other, forecaster, catalog).chosen

    patient = None
    if scenario.latency_p95_s is not None:
        free = scenario.model_copy(update={"budget_usd_per_year": None, "latency_p95_s": None})
        patient = _of_several_parts(free, forecaster, catalog)
    fleets = [one.fleet for one in (found, patient) if one is not None and one.fleet is not None]
    shapes = [shape_of(part.sized.candidate) for fleet in fleets for part in fleet.parts]
    narrow: dict[str, Any] = {}
    if scenario.spread_over is None:
        narrow["gpus"] = tuple(dict.fromkeys(shape[0] for shape in shapes))
    if len(formats := {shape[3] for shape in shapes}) == 1:
        narrow["quantization"] = formats.pop()

    def among_these(other: Scenario) -> Option | None:
        return search(other.model_copy(update=narrow))

    quick = scenario.spread_over is not None and scenario.latency_p95_s is None
    attempt = search if quick or found.fleet is None else among_these
    if scenario.spread_over is not None:
        at_one = scenario.model_copy(update={"spread_over": None})
        option = search(at_one)
        instead = () if option is None else (Remedy("spread", 1.0, option, at_one),)
        return (*instead, *limits_of_search(scenario, found.usd_per_year, search, attempt))
    if found.fleet is None:
        return plan.remedies
    return limits_of_search(scenario, found.usd_per_year, search, attempt, plan.remedies)
