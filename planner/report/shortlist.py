"""Which of a plan's options a reader compares."""

from __future__ import annotations

from planner.plan import Option, Plan

MOST = 5


def shortlist(plan: Plan) -> tuple[Option, ...]:
    """At most five options: the recommended one, then the best of each other set of cards.

    The best of a card is the one that misses the fewest limits, then the
    cheapest. Where limits are missed, two of the five show how: a reader asks
    "why not the cheap card?" first.
    """
    best: dict[tuple[str, ...], Option] = {}
    for option in sorted(plan.options, key=_misses_then_cost):
        best.setdefault(tuple(item.gpu for item in option.fleet), option)
    feasible = [option for option in best.values() if option.meets.all]
    infeasible = [option for option in best.values() if not option.meets.all]
    if plan.recommended is not None:
        cards = tuple(item.gpu for item in plan.recommended.fleet)
        feasible = [plan.recommended] + [o for o in feasible if o is not best.get(cards)]
    shown = feasible[: MOST - min(2, len(infeasible))]
    return tuple(shown + infeasible[: MOST - len(shown)])


def _misses_then_cost(option: Option) -> tuple[int, float]:
    return len(option.obstacles), option.cost_usd_per_year
