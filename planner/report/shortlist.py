"""Which of a plan's options a reader compares."""

from __future__ import annotations

from planner.fleet.plan import FleetItem, Option, Plan
from planner.fleet.scenario import Scenario
from planner.wording.explanation import unmet

MOST = 5


def shortlist(plan: Plan) -> tuple[Option, ...]:
    """At most five options: the recommended one, what is cheaper, then the best of other cards.

    The best of a card is the one that misses the fewest limits, is sure enough and
    measured, and is cheapest. Where cards miss limits, two of the five show how: a reader
    asks "why not the cheap card?" first.
    """
    best: dict[tuple[str, ...], Option] = {}
    for option in sorted(plan.options, key=lambda option: _rank(option, plan.scenario)):
        best.setdefault(_cards(option), option)
    feasible = [option for option in best.values() if option.meets.all]
    missing = [option for option in best.values() if not option.meets.all]
    if plan.recommended is not None:
        cheapest = plan.options[0]
        first = [plan.recommended] if cheapest == plan.recommended else [plan.recommended, cheapest]
        feasible = first + [o for o in feasible if _cards(o) not in map(_cards, first)]
    shown = feasible[: MOST - min(2, len(missing))]
    return tuple(shown + missing[: MOST - len(shown)])


def chosen(plan: Plan) -> tuple[FleetItem, ...]:
    """The fleet that is recommended, else the nearest; empty where nothing runs."""
    option = plan.recommended or next(iter(plan.options), None)
    return option.fleet if option else ()


def _rank(option: Option, scenario: Scenario) -> tuple[int, int, float]:
    """What misses a limit is shown for that limit, whether its card was measured or not."""
    lacks = unmet(scenario if option.meets.all else _any_card(scenario), option)
    return len(option.obstacles), len(lacks), option.cost_usd_per_year


def _any_card(scenario: Scenario) -> Scenario:
    return scenario.model_copy(update={"accept_extrapolated": True})


def _cards(option: Option) -> tuple[str, ...]:
    return tuple(item.gpu for item in option.fleet)
