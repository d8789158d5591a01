"""The few of a plan's options that a reader compares."""

from __future__ import annotations

from planner.fleet.plan import FleetItem, Option, Plan
from planner.fleet.scenario import Scenario
from planner.fleet.shortfalls import shortfalls

MOST = 5


def shortlist(plan: Plan) -> tuple[Option, ...]:
    """At most five options: the recommended one, what is cheaper, then the best of other GPUs.

    The best of a GPU is the one that misses the fewest limits, is sure enough and
    measured, and is cheapest. If GPUs miss limits, two of the five show how: a reader
    asks "why not the cheap GPU?" first.
    """
    best: dict[tuple[str, ...], Option] = {}
    for option in sorted(plan.options, key=lambda option: _rank(option, plan.scenario)):
        best.setdefault(_gpus(option), option)
    feasible = [option for option in best.values() if option.meets.all]
    missing = [option for option in best.values() if not option.meets.all]
    if plan.recommended is not None:
        cheapest = plan.options[0]
        first = [plan.recommended] if cheapest == plan.recommended else [plan.recommended, cheapest]
        feasible = first + [o for o in feasible if _gpus(o) not in map(_gpus, first)]
    shown = feasible[: MOST - min(2, len(missing))]
    return tuple(shown + missing[: MOST - len(shown)])


def advised_fleet(plan: Plan) -> tuple[FleetItem, ...]:
    """The fleet that is recommended, else the nearest; empty if nothing runs."""
    return plan.nearest.fleet if plan.nearest else ()


def _rank(option: Option, scenario: Scenario) -> tuple[int, int, float]:
    """What misses a limit is shown for that limit, whether its GPU was measured or not."""
    lacks = shortfalls(scenario if option.meets.all else _any_gpu(scenario), option)
    return len(option.obstacles), len(lacks), option.cost_usd_per_year


def _any_gpu(scenario: Scenario) -> Scenario:
    return scenario.model_copy(update={"accept_extrapolated": True})


def _gpus(option: Option) -> tuple[str, ...]:
    return tuple(item.gpu for item in option.fleet)
