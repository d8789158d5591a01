"""The lines of a CSV that a benchmark tool wrote, with their numbers in the file."""

from __future__ import annotations

import csv
import io
from itertools import islice

from planner.errors import InputError
from planner.files import long_csv_cells

Lines = list[tuple[int, list[str]]]
Rows = list[tuple[str, dict[str, str]]]


def csv_lines(text: str, name: str, advice: str, most: int | None = None) -> Lines:
    """The cells of each line that is not blank; of the first ``most`` lines, if that is stated.

    ``advice`` says what to do with a file that is no CSV. Raises InputError with the line.
    """
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        with long_csv_cells(len(text)):
            return list(islice(((reader.line_num, row) for row in reader if row), most))
    except csv.Error as error:
        raise InputError(
            f"{name}, line {reader.line_num}: not readable as CSV ({error}); {advice}."
        ) from None


def csv_rows(text: str, name: str, advice: str, most: int) -> tuple[list[str], Rows]:
    """The columns, and the cells of each line below the header by column with its place in words.

    Raises InputError for more than ``most`` lines, for a column that is there twice, and for a
    line of another width than the header.
    """
    lines = csv_lines(text, name, advice, most + 2)
    if len(lines) > most + 1:
        raise InputError(f"{name} has more than {most:,} rows; split it.")
    header = lines[0][1]
    if len(set(header)) < len(header):
        raise InputError(f"{name}, line 1: a column of the header is there twice; {advice}.")
    for line, cells in lines[1:]:
        if len(cells) != len(header):
            raise InputError(
                f"{name}, line {line}: {len(cells)} cells, not {len(header)} as in the header; "
                f"{advice}."
            )
    return header, [
        (f"{name}, line {line}", dict(zip(header, cells, strict=True))) for line, cells in lines[1:]
    ]
