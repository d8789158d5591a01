"""The few of a plan's options that a reader compares: the same ones, in one order, everywhere."""

from __future__ import annotations

from planner.fleet.plan import FleetItem, Option, Plan

MOST_IN_REPORT = 5
"""Columns that a page of the report holds."""


def shortlist(plan: Plan) -> tuple[Option, ...]:
    """The recommended option, what it is weighed against, and the best of each other GPU.

    If none is recommended, the nearest one is first. It is weighed against the cheapest that
    is sure enough and the cheapest that was measured. The others follow: feasible ones, the
    cheapest first, then those that miss limits, the nearest first.
    """
    rivals = (plan.nearest, plan.cheapest_sure, plan.cheapest_measured)
    shown = [option for option in rivals if option is not None]
    seen = {_gpus(option) for option in shown}
    for option in sorted(plan.options, key=lambda option: option.nearness):
        if (gpus := _gpus(option)) not in seen:
            seen.add(gpus)
            shown.append(option)
    return tuple(shown)


def in_report(plan: Plan) -> tuple[Option, ...]:
    """The first of them, as many as a page of the report holds."""
    return shortlist(plan)[:MOST_IN_REPORT]


def every_option(plan: Plan) -> tuple[Option, ...]:
    """All options: the recommended one first, then the others in the plan's order."""
    others = (option for option in plan.options if option is not plan.nearest)
    return tuple(option for option in (plan.nearest, *others) if option is not None)


def advised_fleet(plan: Plan) -> tuple[FleetItem, ...]:
    """The fleet that is recommended, else the nearest; empty if nothing runs."""
    return plan.nearest.fleet if plan.nearest else ()


def _gpus(option: Option) -> tuple[str, ...]:
    return tuple(item.gpu for item in option.fleet)
