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
        f'<tr><th scope="row">{escape(row.name)}</th>'
        f"{''.join(map(_cell, row.texts, row.changes, _marked(row)))}</tr>"
        for row in rows
    )
    return scrolled(
        caption,
        f'<table class="plain compared"><caption>{escape(caption)}</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>",
    )


def _marked(row: Row) -> list[bool]:
    """True for each scenario that differs from the first by more than rounds to the same text."""
    first, *_ = row.texts
    return [differs and text != first for differs, text in zip(row.differ, row.texts, strict=True)]


def _cell(text: str, change: str, differs: bool) -> str:
    if not differs:
        return f"<td>{escape(text)}</td>"
    by = f" <small>{escape(change)}</small>" if change else ""
    sign = '<span aria-hidden="true">≠ </span><span class="spoken">differs: </span>'
    return f'<td class="differs">{sign}{escape(text)}{by}</td>'


def comparison_csv(names: Sequence[str], question: Sequence[Row], answer: Sequence[Row]) -> bytes:
    """All rows with their values as programs read them, and whether the table marks them."""
    heads = ("part", "name", *names, "differs")
    parts = (("question", question), ("answer", answer))
    return csv_text(
        heads,
        [
            (part, row.name, *map(_value, row.values), "yes" if any(_marked(row)) else "no")
            for part, rows in parts
            for row in rows
        ],
    )


def _value(value: object) -> object:
    return ", ".join(map(str, value)) if isinstance(value, list) else value
