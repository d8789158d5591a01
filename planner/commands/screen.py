"""What commands print: answers to standard output, all else to standard error.

Text from users and files is shown as it is: never as markup, never with
characters that steer a terminal.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console, JustifyMethod

WIDTH_WITHOUT_TERMINAL = 120

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of tables.")]


def say(message: str) -> None:
    """One line on standard error: a failure, a warning, progress."""
    print(plain(" ".join(message.split())), file=sys.stderr)


def print_json(value: Any) -> None:
    """One JSON document on standard output."""
    from planner.json_output import document

    print(document(value))


def print_text(text: str = "") -> None:
    """A paragraph on standard output, wrapped to the terminal."""
    _console().print(plain(text), soft_wrap=False)


def print_line(text: str) -> None:
    """A line on standard output that may be copied: never wrapped."""
    print(plain(text))


def print_table(
    title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], numbers: Sequence[str] = ()
) -> None:
    """A table on standard output; the columns in ``numbers`` are right-aligned."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        right = column in numbers
        justify: JustifyMethod = "right" if right else "left"
        table.add_column(column, justify=justify, no_wrap=right, overflow="fold")
    for row in rows:
        table.add_row(*(Text(plain(cell)) for cell in row))
    print_text(title)
    _console().print(table)


def plain(text: str) -> str:
    """``text`` without control characters, line breaks included."""
    return "".join(c if c.isprintable() else " " for c in text)


def _console() -> Console:
    from rich.console import Console

    free = sys.stdout.isatty() or "COLUMNS" in os.environ
    return Console(
        markup=False, highlight=False, emoji=False, width=None if free else WIDTH_WITHOUT_TERMINAL
    )
