"""What is recommended for all models together, without the options that it is weighed against."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import attrgetter

from planner.fleet.plan import Option
from planner.fleet.recommendation import Recommendation
from planner.fleet.replanning import Replan
from planner.fleet.scenario import Scenario
from planner.mixing.divided_stock import divided
from planner.mixing.sum_of_options import sum_of

Apart = Callable[[Scenario], Sequence[Scenario]]
"""Returns the scenario of each model."""

MixedBeside = Callable[[Scenario, Option | None], Option | None]
"""Returns the cheapest fleet of several kinds for one model, beside what is recommended of one."""


@dataclass(frozen=True, slots=True)
class ModelsTogether:
    """The recommendation for all models, and the scenarios whose plans recommend its fleets.

    With a budget that no fleet of one kind keeps, the scenario of a model has the cost of its mixed
    fleet as its budget.
    """

    asked: tuple[Scenario, ...]
    found: Recommendation


def recommended_models(
    scenario: Scenario, apart: Apart, replan: Replan, mixed: MixedBeside | None = None
) -> ModelsTogether:
    """The fleets of all models within the budget: as recommended for each, else the cheapest.

    ``replan`` and ``mixed`` are for one model; no fleets of several kinds are taken to stay within
    the budget if ``mixed`` is None.
    """
    asked = divided(apart(scenario), replan)
    alone = [replan(one) for one in asked]
    found = recommended_together(scenario, asked, alone)
    if found.chosen is not None:
        as_recommended = found.chosen.of_models == tuple(one.chosen for one in alone)
        cheaper = asked if as_recommended else _whether_measured(scenario, apart, replan)
        return ModelsTogether(tuple(cheaper), found)
    cheapest = cheapest_models(scenario, apart, replan, mixed)
    if cheapest is None or not cheapest.option.meets.all:
        return ModelsTogether(tuple(asked), Recommendation(None))
    return ModelsTogether(cheapest.asked, Recommendation(cheapest.option))


@dataclass(frozen=True, slots=True)
class CheapestModels:
    """The cheapest fleets of all models together, and the scenarios whose plans recommend them."""

    asked: tuple[Scenario, ...]
    option: Option


def cheapest_models(
    scenario: Scenario, apart: Apart, replan: Replan, mixed: MixedBeside | None
) -> CheapestModels | None:
    """The cheapest fleets whatever the budget; None if one model has none."""
    asked = _whether_measured(scenario, apart, replan)
    options = [replan(one).chosen for one in asked]
    if mixed is not None:
        first = options
        if not scenario.accept_extrapolated:
            first = [replan(one).chosen for one in divided(apart(scenario), replan)]
        of_several = [mixed(one, best) for one, best in zip(asked, first, strict=True)]
        asked = [
            one.model_copy(update={"budget_usd_per_year": mix.cost_usd_per_year})
            if mix is not None and _is_cheaper(mix, option)
            else one
            for one, option, mix in zip(asked, options, of_several, strict=True)
        ]
        options = [
            mix if mix is not None and _is_cheaper(mix, option) else option
            for option, mix in zip(options, of_several, strict=True)
        ]
    found = [one for one in options if one is not None]
    if len(found) < len(asked):
        return None
    return CheapestModels(tuple(asked), sum_of(scenario, list(zip(asked, found, strict=True))))


def _is_cheaper(mix: Option, of_one_kind: Option | None) -> bool:
    return of_one_kind is None or mix.cost_usd_per_year < of_one_kind.cost_usd_per_year


def _whether_measured(scenario: Scenario, apart: Apart, replan: Replan) -> Sequence[Scenario]:
    """The scenarios for which the cheapest fleets are recommended, measured or not."""
    return divided([_unmeasured_too(one) for one in apart(scenario)], replan)


def _unmeasured_too(scenario: Scenario) -> Scenario:
    return scenario.model_copy(update={"accept_extrapolated": True})


def recommended_together(
    scenario: Scenario, asked: Sequence[Scenario], found: Sequence[Recommendation]
) -> Recommendation:
    """The recommended fleets of all models, or the cheapest if the budget pays for these alone."""

    def total(which: Callable[[Recommendation], Option | None]) -> Option | None:
        options = [option for one in found if (option := which(one)) is not None]
        if len(options) < len(found):
            return None
        return sum_of(scenario, list(zip(asked, options, strict=True)))

    def measured(one: Recommendation) -> Option | None:
        return one.chosen if one.chosen and one.chosen.is_measured else one.cheapest_measured

    chosen = total(attrgetter("chosen"))
    if chosen is None:
        return Recommendation(None)
    others = [
        total(attrgetter("cheapest")) if any(one.cheapest_sure for one in found) else None,
        None if chosen.is_measured else total(measured),
    ]
    cheapest, cheapest_measured = (
        one if one is not None and one.meets.all else None for one in others
    )
    if not chosen.meets.all:
        return Recommendation(cheapest)
    return Recommendation(chosen, cheapest, cheapest_measured)
