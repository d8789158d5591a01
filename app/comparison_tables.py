"""Scenarios side by side as HTML and as CSV."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from app.csv_text import csv_text
from app.html_pieces import scrolled
from planner.report.side_by_side import Row


def comparison_table(caption: str, names: Sequence[str], rows: Iterable[Row]) -> str:
    """A column for each scenario; what differs from the first is marked, with the change."""
    heads = "".join(f'<th scope="col">{escape(name)}</th>' for name in ("", *names))
    heads = heads.replace('<th scope="col"></th>', "<td></td>", 1)
    body = "".join(
        f'<tr><th scope="row">{escape(row.name)}</th>{"".join(map(_cell, *_parts(row)))}</tr>'
        for row in rows
    )
    return scrolled(
        caption,
        f'<table class="plain compared"><caption>{escape(caption)}</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>",
    )


def _parts(row: Row) -> tuple[Sequence[str], Sequence[str], Sequence[bool]]:
    first, *_ = row.texts
    seen = [
        is_other and text != first for is_other, text in zip(row.differ, row.texts, strict=True)
    ]
    return row.texts, row.changes, seen


def _cell(text: str, change: str, differs: bool) -> str:
    if not differs:
        return f"<td>{escape(text)}</td>"
    by = f" <small>{escape(change)}</small>" if change else ""
    sign = '<span aria-hidden="true">≠ </span><span class="spoken">differs: </span>'
    return f'<td class="differs">{sign}{escape(text)}{by}</td>'


def comparison_csv(names: Sequence[str], question: Sequence[Row], answer: Sequence[Row]) -> bytes:
    """All rows with their values as programs read them, and whether they differ."""
    heads = ("part", "name", *names, "differs")
    parts = (("question", question), ("answer", answer))
    return csv_text(
        heads,
        [
            (part, row.name, *map(_value, row.values), "yes" if any(row.differ) else "no")
            for part, rows in parts
            for row in rows
        ],
    )


def _value(value: object) -> object:
    return ", ".join(map(str, value)) if isinstance(value, list) else value
