"""The rows of the table of kinds as parameters of a link, one a row: ``Claims;8,000,000;8,000``."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from io import StringIO
from urllib.parse import urlencode

from app.document_classes import COLUMNS, Row
from planner.errors import InputError

KIND = "kind"
LONGEST = 4_000
"""Bytes, half of the 8 KiB beyond which nginx and others refuse a request's first line by default.

The other half is for the other fields, of which the hours of the week take up to 1,700, and for
measured lengths (``lengths_in_link.LONGEST``).
"""

MOST_ROWS = 200
MOST_LETTERS = 300  # of a cell; names have at most 200


def texts_of(rows: Iterable[Row]) -> list[str] | None:
    """A text for each row that is not empty; None if they make a link too long."""
    filled = [row for row in rows if any(row)]
    if len(filled) > MOST_ROWS or any(len(cell) > MOST_LETTERS for row in filled for cell in row):
        return None
    texts = [_text(row) for row in filled]
    return None if size_of(texts) > LONGEST else texts


def size_of(texts: Sequence[str]) -> int:
    """Bytes of the texts as parameters of a link."""
    return len(urlencode({KIND: texts}, doseq=True))


def rows_of_texts(texts: Sequence[str]) -> tuple[Row, ...]:
    """The rows that a link states. Raises InputError for what is no row."""
    if len(texts) > MOST_ROWS:
        raise InputError(f"The link states {len(texts)} kinds; {MOST_ROWS} are allowed.")
    return tuple(_row(number, text) for number, text in enumerate(texts, start=1))


def _text(row: Row) -> str:
    cells = list(row)
    while not cells[-1]:
        cells.pop()
    written = StringIO(newline="")
    csv.writer(written, delimiter=";").writerow(cells)
    return written.getvalue().removesuffix("\r\n")


def _row(number: int, text: str) -> Row:
    try:
        read = list(csv.reader(StringIO(text, newline=""), delimiter=";", strict=True))
    except csv.Error:
        read = []
    cells = read[0] if len(read) == 1 else []  # a line break alone is a row without cells
    if not 0 < len(cells) <= len(COLUMNS) or max(map(len, cells)) > MOST_LETTERS:
        raise InputError(
            f"The link states kind {number} as “{text[:60]}”; give at most {len(COLUMNS)} entries "
            "with semicolons between them, as in Claims;8,000,000;8,000;;150."
        )
    return tuple(cells + [""] * (len(COLUMNS) - len(cells)))
