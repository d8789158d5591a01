"""The user's own runs that disagree, in a sentence each."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Sequence

from planner.forecast.own_runs import OwnRun, Role
from planner.wording.formatting import counted, significant

ROLE_MEANING: dict[Role, str] = {
    "speaks": "newest, used",
    "supports": "older, agrees, used",
    "disagrees": "older, disagrees, not used",
}
SET_ASIDE = "set aside, not used"


def use_of_source(is_set_aside: bool, roles: Collection[Role]) -> str:
    """The use that forecasts make of a source, of whose runs they know the ``roles``."""
    if is_set_aside:
        return "set aside"
    if not roles:
        return "no run that forecasts can use"
    if "disagrees" not in roles:
        return "used"
    return "not used" if len(roles) == 1 else "used in part"


def run_of_date(run: OwnRun) -> str:
    """A run with its date and points: ``run-7f3a of 2026-11-22 (6 points)``."""
    date = run.date or "a date not stated"
    return f"{run.source} of {date} ({counted(run.points, 'point')})"


def disagreements(own_runs: Sequence[OwnRun]) -> tuple[str, ...]:
    """One sentence for each own run of a deployment that the newest one contradicts."""
    return tuple(
        f"Your run {run_of_date(run)} measured {significant(run.speed_ratio)} times the speed of "
        f"your newest run {run_of_date(own_runs[0])}. That is more than their noise explains, so "
        "only the newest is used. If the newest is wrong, set it aside: planner measurements "
        f"set-aside {shlex.quote(own_runs[0].source)}"
        for run in own_runs
        if run.role == "disagrees"
    )
