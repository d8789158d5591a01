"""Two to four plans side by side, each against the first, with what differs marked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from planner.fleet.plan import Plan
from planner.fleet.scenario import Scenario
from planner.fleet.scenario_work import classes_of
from planner.report.plan_comparison import (
    Compared,
    change_text,
    compare_answers,
    compare_questions,
)
from planner.wording.formatting import MISSING

MOST = 4
"""More columns are too narrow to read."""


@dataclass(frozen=True, slots=True)
class Row:
    """A figure or a word of each plan: the first one's, and the others' against it."""

    name: str
    against_first: tuple[Compared, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        """For people."""
        return (self.against_first[0].text_a, *(one.text_b for one in self.against_first))

    @property
    def values(self) -> tuple[Any, ...]:
        """For programs; None if a plan has no such figure."""
        return (self.against_first[0].a, *(one.b for one in self.against_first))

    @property
    def changes(self) -> tuple[str, ...]:
        """The difference from the first; empty if there is none, and for words."""
        return ("", *map(change_text, self.against_first))

    @property
    def differ(self) -> tuple[bool, ...]:
        """True for each plan that differs from the first."""
        return (False, *(one.differs for one in self.against_first))


def questions_side_by_side(scenarios: Sequence[Scenario]) -> tuple[Row, ...]:
    """Every field of any of the scenarios, in the order of a file."""
    first, *others = scenarios
    alone = all(len(classes_of(one)) == 1 for one in scenarios)
    pairs = [compare_questions(first, one, alone) for one in others]
    names = dict.fromkeys(row.name for pair in pairs for row in pair)
    missing = {row.name: _without_second(row) for pair in pairs for row in pair}
    of = [{row.name: row for row in pair} for pair in pairs]
    return tuple(Row(name, tuple(pair.get(name, missing[name]) for pair in of)) for name in names)


def answers_side_by_side(plans: Sequence[Plan]) -> tuple[Row, ...]:
    """The recommended configurations, or the closest ones, by what a decision rests on."""
    first, *others = plans
    pairs = [compare_answers(first, one) for one in others]
    return tuple(Row(rows[0].name, rows) for rows in zip(*pairs, strict=True))


def differing(rows: Iterable[Row]) -> tuple[Row, ...]:
    """Those in which not all plans agree."""
    return tuple(row for row in rows if any(row.differ))


def _without_second(row: Compared) -> Compared:
    """The row of a plan that has no such field, as the first one has or has not."""
    return Compared(row.name, row.a, None, row.text_a, MISSING, row.is_share)
