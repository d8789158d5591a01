"""The few of a plan's options that a reader compares."""

from __future__ import annotations

from planner.fleet.plan import FleetItem, Option, Plan
from planner.fleet.recommendation import rank

MOST = 5


def shortlist(plan: Plan) -> tuple[Option, ...]:
    """At most five options: the recommended one, what it is weighed against, the best of others.

    It is weighed against the cheapest that is sure enough and the cheapest that was
    measured. If GPUs miss limits, two of the five show how: a
    reader asks "why not the cheap GPU?" first.
    """
    best: dict[tuple[str, ...], Option] = {}
    for option in sorted(plan.options, key=rank):
        best.setdefault(_gpus(option), option)
    feasible = [option for option in best.values() if option.meets.all]
    missing = [option for option in best.values() if not option.meets.all]
    if plan.recommended is not None:
        rivals = (plan.recommended, plan.cheapest_sure, plan.cheapest_measured)
        first = [option for option in rivals if option is not None]
        feasible = first + [o for o in feasible if _gpus(o) not in map(_gpus, first)]
    shown = feasible[: MOST - min(2, len(missing))]
    return tuple(shown + missing[: MOST - len(shown)])


def advised_fleet(plan: Plan) -> tuple[FleetItem, ...]:
    """The fleet that is recommended, else the nearest; empty if nothing runs."""
    return plan.nearest.fleet if plan.nearest else ()


def _gpus(option: Option) -> tuple[str, ...]:
    return tuple(item.gpu for item in option.fleet)
