"""Several kinds of documents as rows of text, as the Plan page's table has them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from app import field_parsers as parse
from app.numbers import written
from planner.errors import InputError
from planner.fleet.scenario import Scenario
from planner.workload.length_distribution import LARGEST_P95
from planner.workload.length_spread import LengthSpread

Row = tuple[str, ...]
"""The cells of a row, in the order of ``COLUMNS``."""

COLUMNS: dict[str, str] = {
    "name": "Kind",
    "documents": "Documents",
    "input": "Tokens in",
    "input_p95": "In, p95",
    "output": "Tokens out",
    "output_p95": "Out, p95",
    "answer_within": "Answer, p95 (s)",
    "first_token": "First token, p95 (s)",
    "done_within": "Done within (h)",
    "model": "Model",
    "weights": "Weights",
}
"""The heading of each column. What may be empty has a default or is no limit; a model or weights
that are empty are those of the fields.
"""

EXAMPLE: tuple[Row, ...] = (
    ("Claims", "8,000,000", "8,000", "", "150", "", "", "", "", "", ""),
    ("Invoices", "12,000,000", "2,000", "", "100", "", "", "", "", "", ""),
)
"""Two kinds to overwrite, which the table shows first."""


def rows_of(scenario: Scenario, per: str = "year") -> tuple[Row, ...]:
    """A row for each of the scenario's classes; the volumes are documents ``per`` period."""
    stated = sum(one.documents_per_year for one in scenario.classes) * parse.PERIODS[per]
    return tuple(
        (
            one.name,
            written(scenario.documents_per_year * one.documents_per_year / stated),
            written(one.input_tokens),
            written(p95_of(one.input_tokens, one.input_spread)),
            written(one.output_tokens),
            written(p95_of(one.output_tokens, one.output_spread)),
            written(one.targets.e2e_p95_s),
            written(one.targets.ttft_p95_s),
            written(one.targets.done_within_h),
            one.model or "",
            one.quantization or "",
        )
        for one in scenario.classes
    )


def p95_of(mean: float, spread: LengthSpread | None) -> float | None:
    """The p95 that states a spread: the mean if all are equal; None for the default spread, and
    for one whose mean and p95 no lognormal distribution has.
    """
    if spread is None or spread.p95 is not None:
        return None if spread is None else spread.p95
    found = float(round(spread.around(mean).quantile(0.95)))
    return found if mean <= found <= mean * LARGEST_P95 else None


def read_rows(rows: Iterable[Row], per: str) -> list[dict[str, Any]]:
    """The classes in the rows as a scenario file has them; empty rows are left out.

    ``documents`` are counted ``per`` period. Raises InputError that names row and column.
    """
    filled = _filled(rows)
    if not filled:
        raise InputError("The table is empty; enter a kind of document in each row.")
    found: dict[str, dict[str, Any]] = {}
    for number, row in filled.items():
        one = _class(number, row, per)
        if (name := one["name"]) in found:
            raise InputError(
                f"Row {number}, {COLUMNS['name']}: “{name}” is given twice; give each kind its own "
                "name."
            )
        found[name] = one
    return list(found.values())


def pages_as_typed(rows: Iterable[Row]) -> str | None:
    """The lengths that were typed in pages, by kind; None if there is none."""
    place = list(COLUMNS).index("input")
    typed = [
        f"{row[0]}: {cell}"
        for row in rows
        for cell in row[place : place + 2]  # the mean and the p95
        if parse.number_of_pages(cell) is not None
    ]
    assumed = f"{parse.TOKENS_PER_PAGE:,.0f} tokens a page being an assumption"
    return ", ".join([*typed, assumed]) if typed else None


def said_of_table(error: InputError, rows: Iterable[Row]) -> str:
    """The message of an error, with row and column in place of the place in a scenario file."""
    place = re.match(r"classes\.(\d+)\.([\w.]+)", error.field or "")
    if place is None or not str(error).startswith(place[0]):
        return str(error)
    number = list(_filled(rows))[int(place[1])]
    names = [_COLUMN_OF.get(name, name) for name in reversed(place[2].split("."))]
    heading = next((COLUMNS[name] for name in names if name in COLUMNS), names[0])
    rest = str(error)[len(place[0]) :].lstrip(": ")
    return f"Row {number}, {heading}: {rest}"


def _filled(rows: Iterable[Row]) -> dict[int, Row]:
    """The rows that are not empty, by the number that each has in the table."""
    numbered = enumerate(rows, start=1)
    return {number: row for number, row in numbered if any(cell.strip() for cell in row)}


_COLUMN_OF = {
    "documents_per_year": "documents",
    "input_tokens": "input",
    "output_tokens": "output",
    "quantization": "weights",
    "e2e_p95_s": "answer_within",
    "ttft_p95_s": "first_token",
    "done_within_h": "done_within",
}
"""The column of a field of a class; others have its name."""


def _class(number: int, row: Row, per: str) -> dict[str, Any]:
    cells = dict(zip(COLUMNS, row, strict=True))

    def take(column: str, read: Callable[[str], Any]) -> Any:
        try:
            return read(cells[column])
        except InputError as error:
            raise InputError(f"Row {number}, {COLUMNS[column]}: {error}") from None

    def lengths(column: str) -> float | dict[str, float]:
        mean = take(column, parse.tokens_or_pages if column == "input" else parse.tokens)
        p95 = take(f"{column}_p95", partial(_p95_around, mean, column == "input"))
        return mean if p95 is None else {"mean": mean, "p95": p95}

    targets = {
        "e2e_p95_s": take("answer_within", parse.optional(parse.answer_time)),
        "ttft_p95_s": take("first_token", parse.optional(parse.answer_time)),
        "done_within_h": take("done_within", parse.optional(parse.within_hours)),
    }
    own = {
        "model": take("model", parse.model),
        "quantization": take("weights", parse.weights),
    }
    return {
        **{name: value for name, value in own.items() if value is not None},
        "name": take("name", _name),
        "documents_per_year": take("documents", partial(parse.documents, per)),
        "input_tokens": lengths("input"),
        "output_tokens": lengths("output"),
        "targets": {name: value for name, value in targets.items() if value is not None},
    }


def _p95_around(mean: float, may_be_pages: bool, text: str) -> float | None:
    p95 = parse.optional(parse.tokens_or_pages if may_be_pages else parse.tokens)(text)
    if p95 is not None:
        LengthSpread(p95=p95).around(mean)
    return p95


def _name(text: str) -> str:
    if not 0 < len(text.strip()) <= 200:
        raise InputError("Give a name of 1 to 200 characters.")
    return text.strip()
