"""What is recommended for all models together, without the options that it is weighed against."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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


def recommended_models(
    scenario: Scenario, apart: Apart, replan: Replan, mixed: MixedBeside | None = None
) -> Recommendation:
    """The recommendation of ``plan_of_models``.

    ``replan`` and ``mixed`` are for one model; no fleets of several kinds are taken to stay within
    the budget if ``mixed`` is None.
    """
    asked = divided(apart(scenario), replan)
    alone = [replan(one) for one in asked]
    found = recommended_together(scenario, asked, alone)
    if found.chosen is not None:
        return found
    option = cheapest_models(scenario, apart, replan, mixed)
    return Recommendation(option if option is not None and option.meets.all else None)


def cheapest_models(
    scenario: Scenario, apart: Apart, replan: Replan, mixed: MixedBeside | None
) -> Option | None:
    """The cheapest fleets of all models together, whatever the budget; None if one has none."""
    asked = divided([unmeasured_too(one) for one in apart(scenario)], replan)
    options = [replan(one).chosen for one in asked]
    if mixed is not None:
        first = options
        if not scenario.accept_extrapolated:
            first = [replan(one).chosen for one in divided(apart(scenario), replan)]
        of_several = [mixed(one, best) for one, best in zip(asked, first, strict=True)]
        options = [_cheaper(*both) for both in zip(options, of_several, strict=True)]
    found = [one for one in options if one is not None]
    return (
        sum_of(scenario, list(zip(asked, found, strict=True))) if len(found) == len(asked) else None
    )


def _cheaper(one: Option | None, other: Option | None) -> Option | None:
    options = [option for option in (one, other) if option is not None]
    return min(options, key=lambda option: option.cost_usd_per_year, default=None)


def unmeasured_too(scenario: Scenario) -> Scenario:
    """The scenario for which the cheapest fleet is recommended, whether it was measured or not."""
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
