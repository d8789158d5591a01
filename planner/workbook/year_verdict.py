"""Whether a year's fleet is enough for the inputs as they stand, as a formula with words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from planner.fleet.plan import Option, Plan
from planner.fleet.scenario_limits import ROUNDING, Limit
from planner.wording.formatting import LIMIT_NAME
from planner.workbook.cell_formula import Condition, Number, Words, all_of, when, words
from planner.workbook.fleet_inputs import PartInputs

ENOUGH = "yes"
TOO_FEW = "no: more machines are needed"
TOO_FEW_OWNED = "no: too few are owned"
UNSURE = "no: not sure enough"
PLAN_AGAIN = "plan again: this was planned for fewer documents, or for more machines"
BEYOND_LIST = "plan again: more documents than the list of machines covers"

_FOLLOWED: tuple[Limit, ...] = ("volume", "latency", "budget", "replicas")
"""Limits that formulas check for themselves."""


@dataclass(frozen=True, slots=True)
class PlannedYear:
    """What a year was planned for: documents in its busiest hour, and whether its fleet is
    enough.
    """

    year: int
    busiest: float
    verdict: str


def planned_year(plan: Plan, option: Option, year: int, busiest_now: float) -> PlannedYear:
    """The plan's year; ``busiest_now`` is the first year's busiest hour."""
    busiest = busiest_now * (1.0 + plan.scenario.growth_per_year) ** (year - 1)
    if year > 1:
        return PlannedYear(year, busiest, ENOUGH if plan.years[year - 1].enough else TOO_FEW)
    return PlannedYear(year, busiest, _verdict(option))


def _verdict(option: Option) -> str:
    """Whether the option does its work; the budget is checked for itself."""
    missed = [limit for limit in option.obstacles if limit != "budget"]
    if not missed:
        return ENOUGH
    if option.is_unsure:
        return UNSURE
    return _misses(missed)


def _misses(limits: Sequence[Limit]) -> str:
    return f"no: misses {' and '.join(LIMIT_NAME[limit] for limit in limits)}"


def exact_verdict(
    option: Option,
    part: PartInputs,
    machines: Number,
    replicas: Number,
    needed: Number,
    known: Condition | None,
) -> Words:
    """If a formula says how many replicas are ``needed``.

    It does while ``known`` holds; None: always. Limits that do not depend on the volume are kept
    as they are in the plan.
    """
    others = [limit for limit in option.obstacles if limit not in _FOLLOWED]
    enough = words(_misses(others) if others else ENOUGH)
    found = when(_are_enough(part, replicas, needed), enough, _too_few(part, machines))
    return found if known is None else when(known, found, words(BEYOND_LIST))


def verdict_as_planned(
    planned: PlannedYear,
    parts: Sequence[PartInputs],
    machines: Sequence[Number],
    replicas: Sequence[Number],
    busiest: Number,
    needed: Number | None,
    usable_per_h: Number,
) -> Words:
    """If no formula does: the plan's verdict for no more documents and no fewer replicas.

    ``needed`` replicas keep up; several parts keep up to their ``usable_per_h`` at the central
    forecast.
    """
    keeps_up, too_few = busiest.at_most(usable_per_h), words(TOO_FEW)
    if needed is not None:
        keeps_up = _are_enough(parts[0], replicas[0], needed)
        too_few = _too_few(parts[0], machines[0])
    same = [busiest.at_most(planned.busiest * (1.0 + ROUNDING))]
    same += [
        now.at_least(float(part.planned.replicas(planned.year)))
        for now, part in zip(replicas, parts, strict=True)
    ]
    found = when(all_of(same), words(planned.verdict), words(PLAN_AGAIN))
    return when(keeps_up, found, too_few)


def _are_enough(part: PartInputs, replicas: Number, needed: Number) -> Condition:
    spares = part.item.spare_instances
    left = replicas - part.replicas_per_machine * float(spares) if spares else replicas
    return left.at_least(needed)


def _too_few(part: PartInputs, machines: Number) -> Words:
    if part.owned is None:
        return words(TOO_FEW)
    all_used = machines.at_least(float(part.owned.available))
    return when(all_used, words(TOO_FEW_OWNED), words(TOO_FEW))
