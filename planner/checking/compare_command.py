"""``planner compare``: what differs between two scenarios and between their answers."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from planner.commands.screen import AsJson, print_json, print_table, print_text

if TYPE_CHECKING:
    from planner.fleet.scenario import Scenario
    from planner.report.plan_comparison import Compared

_HELP = "Scenario file, or the name under which a scenario was saved."
_MARK = "*"


@dataclass(frozen=True, slots=True)
class Named:
    """A scenario, what the user calls it, and the file that states it."""

    given: str
    scenario: Scenario
    file: Path | None = None


def compare(
    a: Annotated[str, typer.Argument(metavar="A.yaml", help=_HELP)],
    b: Annotated[str, typer.Argument(metavar="B.yaml", help=_HELP)],
    as_json: AsJson = False,
) -> None:
    """Compare two scenarios: what is asked, and what the answers are.

    Both are planned with the same catalogue and measurements. What differs is marked with *.

    \b
    Example:
      planner compare today.yaml next-year.yaml
    """
    from planner.commands.store_access import known
    from planner.fleet.scenario_file import naming_the_line
    from planner.mixing.whole_plan import whole_plan
    from planner.report.plan_comparison import compare_answers, compare_questions

    left, right = read_named(a), read_named(b)
    facts = known()
    forecaster = facts.forecaster()
    plans = []
    for one in (left, right):
        with naming_the_line(one.file):
            plans.append(whole_plan(one.scenario, forecaster, facts.catalog))
    question = compare_questions(left.scenario, right.scenario)
    answer = compare_answers(*plans)
    if as_json:
        print_json(
            {
                "a": left.given,
                "b": right.given,
                "model_version": plans[0].model_version,
                "question": [_row_json(row) for row in question],
                "answer": [_row_json(row) for row in answer],
            }
        )
        return
    asked = [row for row in question if row.differs]
    columns = ("", *_headings(left.given, right.given))
    if asked:
        print_table("What is asked differently", columns, map(_cells, asked))
    else:
        print_text("Both ask the same.")
    print_table("The answers", (*columns, "Change"), map(_cells_with_change, answer))


def _headings(a: str, b: str) -> tuple[str, str, str]:
    """The columns, told apart by their full paths if the file names are the same."""
    names = (os.path.basename(a), os.path.basename(b))
    same = names[0] == names[1]
    return ("What", f"A: {a if same else names[0]}", f"B: {b if same else names[1]}")


def _cells(row: Compared) -> tuple[str, ...]:
    return (_MARK if row.differs else "", row.name, row.text_a, row.text_b)


def _cells_with_change(row: Compared) -> tuple[str, ...]:
    from planner.report.plan_comparison import change_text

    return (*_cells(row), change_text(row))


def _row_json(row: Compared) -> dict[str, Any]:
    return {
        "name": row.name,
        "a": row.a,
        "b": row.b,
        "differs": row.differs,
        "ratio": row.ratio,
    }


def read_named(given: str) -> Named:
    """The scenario of a file or of the store.

    Raises InputError if there is neither, StoreError if a stored one does not fit this planner.
    """
    from planner.catalog.names import is_path, quoted
    from planner.commands.store_access import storage_to_read
    from planner.errors import InputError
    from planner.fleet.scenario_file import read_scenario_file

    if is_path(given) or given.lower().endswith((".yaml", ".yml")):
        return Named(given, read_scenario_file(Path(given)), Path(given))
    with storage_to_read() as storage:
        saved = [] if storage is None else [one.name for one in storage.newest_scenarios()]
        if storage is not None and given in saved:
            return Named(given, storage.scenario(given).scenario)
    names = ", ".join(saved) or "none yet"
    raise InputError(
        f"{quoted(given)} is neither a scenario file nor a saved scenario (saved: {names}); "
        "give the path of a file or one of these names."
    )
