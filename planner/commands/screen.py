"""Output of the commands: answers to standard output, everything else to standard error.

Text from users and files is printed literally: without markup and without
control characters.
"""

from __future__ import annotations

import os
import sys
import textwrap
from collections.abc import Iterable, Sequence, Set
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
    from planner.report.json_output import document

    print(document(value))


def print_text(text: str = "") -> None:
    """A paragraph on standard output, wrapped to the terminal's width."""
    _console().print(plain(text), soft_wrap=False)


def print_line(text: str) -> None:
    """A line on standard output that is never wrapped, so that it can be copied."""
    print(plain(text))


def print_table(
    title: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    numbers: Sequence[str] = (),
    names: Sequence[str] = (),
) -> None:
    """A table on standard output; the columns in ``numbers`` are right-aligned.

    Lines break between words, and not at all in ``numbers`` and ``names``. If the columns do not
    fit, each row becomes a paragraph.
    """
    cells = [[plain(cell) for cell in row] for row in rows]
    console = _console()
    print_text(title)
    whole = {*numbers, *names}
    least = [_least_width(column, cells, n, column in whole) for n, column in enumerate(columns)]
    if sum(least) + _BETWEEN * len(columns) > console.width:
        _print_paragraphs(console, columns, cells)
    else:
        _print_columns(console, columns, cells, numbers, whole, least)


_BETWEEN = 3
"""Characters between two columns."""

_LONGEST_WORD = 24
"""Words up to this length are not split in a table; longer ones are paths or addresses."""


def _least_width(column: str, cells: list[list[str]], n: int, whole: bool) -> int:
    """Characters that a column needs for its longest word, or for its longest cell if ``whole``."""
    texts = [row[n] for row in cells]
    words = [word for text in texts for word in text.split()]
    longest = max(map(len, texts if whole else words), default=0)
    return max(longest if whole else min(longest, _LONGEST_WORD), *map(len, column.split()), 1)


def _print_columns(
    console: Console,
    columns: Sequence[str],
    cells: list[list[str]],
    numbers: Sequence[str],
    whole: Set[str],
    least: Sequence[int],
) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    longest = [max(map(len, texts)) for texts in zip(columns, *cells, strict=True)]
    widths = _widths(least, longest, console.width - _BETWEEN * len(columns))
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for column, width in zip(columns, widths, strict=True):
        justify: JustifyMethod = "right" if column in numbers else "left"
        heading = "\n".join(textwrap.wrap(column, width))  # a number's column is not wrapped
        table.add_column(
            heading, justify=justify, no_wrap=column in whole, overflow="fold", width=width
        )
    for row in cells:
        table.add_row(*map(Text, row))
    console.print(table)


def _widths(least: Sequence[int], longest: Sequence[int], room: int) -> list[int]:
    """The width of each column: what its words need, and room to the narrowest that lack some.

    >>> _widths([5, 4, 3], [20, 6, 3], 17)
    [8, 6, 3]
    """
    widths = list(least)
    for _ in range(room - sum(least)):
        lacking = [n for n, width in enumerate(widths) if width < longest[n]]
        if not lacking:
            break
        widths[min(lacking, key=widths.__getitem__)] += 1
    return widths


def _print_paragraphs(console: Console, columns: Sequence[str], cells: list[list[str]]) -> None:
    """Each row as a heading (the first cell) and a line of names and cells."""
    from rich.padding import Padding
    from rich.text import Text

    for head, *rest in cells:
        named = [f"{name}: {cell}" for name, cell in zip(columns[1:], rest, strict=True) if cell]
        console.print(Text(f"\n{head}"))
        console.print(Padding(Text(" · ".join(named)), (0, 0, 0, 2), expand=False))
    console.print()


def plain(text: str) -> str:
    """``text`` without control characters, line breaks included."""
    return "".join(c if c.isprintable() else " " for c in text)


def _console() -> Console:
    from rich.console import Console

    free = sys.stdout.isatty() or "COLUMNS" in os.environ
    return Console(
        markup=False, highlight=False, emoji=False, width=None if free else WIDTH_WITHOUT_TERMINAL
    )
