"""The plan of classes that take several models: a fleet for each model, planned alone.

No replica runs two models, so what one fleet is does not depend on the others. Only own hardware
and the budget are of all together: each model gets a share of what is owned, and if the recommended
fleets exceed the budget, the cheapest ones are taken, and mixed fleets if these are not cheap
enough either.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache

from planner.fleet import costs
from planner.fleet.growth import Growth, after
from planner.fleet.levers import levers
from planner.fleet.plan import Infeasible, Mix, Option, Plan, Remedy, Solver, Year
from planner.fleet.recommendation import Recommendation, rank
from planner.fleet.replanning import Replan
from planner.fleet.scenario import Scenario
from planner.mixing.limits_of_fleet import limits_of_fleet
from planner.mixing.limits_of_search import limits_of_search
from planner.mixing.recommended_models import (
    Apart,
    MixedBeside,
    cheapest_models,
    recommended_models,
    recommended_together,
)
from planner.mixing.sum_of_options import capacity_together, lines_of_all, sum_of
from planner.money.hosted_together import hosted_together
from planner.money.present_value import present_value_usd


def plan_of_models(
    scenario: Scenario,
    apart: Apart,
    plan: Callable[[Scenario], Plan],
    replan: Replan,
    quick: Replan,
    mixed: MixedBeside,
) -> Plan:
    """The plans of all models as one.

    ``plan``, ``replan`` and ``mixed`` are for one model; ``quick`` is a ``replan`` that looks for
    no fleet of several kinds.
    """
    # A remedy or a lever of one model leaves the scenarios of the others as they are.
    replan, quick = cache(replan), cache(quick)
    asked = recommended_models(scenario, apart, replan, mixed).asked
    plans = [plan(one) for one in asked]
    found = recommended_together(scenario, asked, [_recommendation(one) for one in plans])

    def again(other: Scenario) -> Recommendation:
        return recommended_models(other, apart, replan, mixed).found

    best = found.chosen
    mix = None if best is None else _mix(scenario, asked, plans, best)
    options = _options(scenario, asked, plans, found, mix)
    ahead = Growth() if best is None else _growth(scenario, plans)
    remedies = _remedies(scenario, apart, quick, replan, mixed) if best is None else ()
    return Plan(
        schema_version=plans[0].schema_version,
        scenario=scenario,
        model_version=plans[0].model_version,
        recommended=best,
        options=options,
        infeasible=tuple(_infeasible(asked, plans, plan)),
        remedies=remedies,
        cheapest_sure=found.cheapest_sure,
        cheapest_measured=found.cheapest_measured,
        years=ahead.years,
        next_machine_month=ahead.next_machine_month,
        targets=() if best is None else tuple(kept for one in plans for kept in one.targets),
        levers=() if best is None else levers(scenario, best, again),
        present_value_usd=ahead.present_value_usd,
        hosted=hosted_together([one.hosted for one in plans]),
        mix=mix,
    )


def _recommendation(plan: Plan) -> Recommendation:
    return Recommendation(plan.recommended, plan.cheapest_sure, plan.cheapest_measured)


def _remedies(
    scenario: Scenario, apart: Apart, quick: Replan, replan: Replan, mixed: MixedBeside
) -> tuple[Remedy, ...]:
    """The smallest change of each limit with which all fleets together keep all of them.

    Fleets of one kind are tried first, and fleets of several kinds against what they need.
    """

    def of_one_kind(other: Scenario) -> Option | None:
        return recommended_models(other, apart, quick).found.cheapest

    def of_any_kind(other: Scenario) -> Option | None:
        return recommended_models(other, apart, replan, mixed).found.cheapest

    known = limits_of_fleet(scenario, of_one_kind)
    least = cheapest_models(scenario, apart, replan, mixed)
    usd = math.inf if least is None else least.option.cost_usd_per_year
    return limits_of_search(scenario, usd, of_any_kind, of_any_kind, known)


def _mix(
    scenario: Scenario, asked: Sequence[Scenario], plans: Sequence[Plan], best: Option
) -> Mix | None:
    """The mixed fleets that cost less, with what is recommended for the other models.

    The recommended fleet itself if nothing costs less and some of it is mixed.
    """
    searched = [one.mix for one in plans if one.mix is not None]
    if not searched:
        return None
    mixed = [(one.mix and one.mix.option) or one.recommended for one in plans]
    option = sum_of(scenario, list(zip(asked, filter(None, mixed), strict=True)))
    saves = best.cost_usd_per_year - option.cost_usd_per_year
    solver = _together([one.solver for one in searched])
    if saves <= 0.0:
        is_mixed = any(one.mix and one.mix.option is one.recommended for one in plans)
        return Mix(best if is_mixed else None, None, solver)
    return Mix(option, saves, replace(solver, usd_per_year=option.cost_usd_per_year))


def _together(solvers: Sequence[Solver]) -> Solver:
    """The searches as one: with the first end that is not optimal, and the largest gap."""
    gaps = [one.gap for one in solvers if one.gap is not None]
    return Solver(
        next((one.status for one in solvers if one.status != "optimal"), "optimal"),
        max(gaps, default=None),
        sum(one.seconds for one in solvers),
    )


def _options(
    scenario: Scenario,
    asked: Sequence[Scenario],
    plans: Sequence[Plan],
    found: Recommendation,
    mix: Mix | None,
) -> tuple[Option, ...]:
    """The recommended option and those beside it, else the nearest one; empty if a model has
    none.
    """
    mixed = None if mix is None or mix.option is found.chosen else mix.option
    known = (found.chosen, found.cheapest_sure, found.cheapest_measured, mixed)
    options = [option for option in known if option is not None]
    nearest = [option for one in plans if (option := _cheap_or_nearest(one)) is not None]
    if not options and len(nearest) == len(plans):
        options = [sum_of(scenario, list(zip(asked, nearest, strict=True)))]
    return tuple(sorted(options, key=rank))


def _cheap_or_nearest(plan: Plan) -> Option | None:
    return plan.cheapest_sure or plan.nearest


def _infeasible(
    asked: Sequence[Scenario], plans: Sequence[Plan], plan: Callable[[Scenario], Plan]
) -> Iterator[Infeasible]:
    """The machines that no model can run on, then those that one of them cannot.

    A budget that only has a mixed fleet recommended is no reason.
    """
    plans = [
        old if one.budget_usd_per_year is None else plan(_without_budget(one))
        for one, old in zip(asked, plans, strict=True)
    ]
    of_all = [e for e in plans[0].infeasible if all(e in one.infeasible for one in plans[1:])]
    yield from of_all
    for own, one in zip(asked, plans, strict=True):
        yield from (replace(entry, asked=own) for entry in one.infeasible if entry not in of_all)


def _without_budget(scenario: Scenario) -> Scenario:
    return scenario.model_copy(update={"budget_usd_per_year": None})


def _growth(scenario: Scenario, plans: Sequence[Plan]) -> Growth:
    """The years of all models, and the month in which the first of them needs a machine."""
    of_all = costs.total_cost_usd_per_year(lines_of_all(scenario))
    years = tuple(
        _year(after(scenario, 12 * (together[0].year - 1)).documents_per_year, together, of_all)
        for together in zip(*(plan.years for plan in plans), strict=True)
    )
    due = [plan.next_machine_month for plan in plans if plan.next_machine_month is not None]
    values = [plan.present_value_usd for plan in plans if plan.present_value_usd is not None]
    fixed = present_value_usd([0.0, *(of_all for _ in years)], scenario.discount_rate)
    return Growth(years, min(due, default=None), sum(values) + fixed)


def _year(documents: float, together: Sequence[Year], of_all_usd: float) -> Year:
    return Year(
        together[0].year,
        documents,
        tuple(item for one in together for item in one.fleet),
        sum(one.cost_usd_per_year for one in together) + of_all_usd,
        capacity_together(
            documents, ((one.capacity_documents_per_year, one.documents) for one in together)
        ),
        all(one.enough for one in together),
    )
