"""Token counts of a sample of documents, from a column of a CSV or JSON Lines file."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from planner.catalog.names import quoted
from planner.errors import InputError
from planner.files import read_at_most
from planner.workload.length_distribution import LengthDistribution, of_sample
from planner.workload.length_spread import MOST_TOKENS

MAX_FILE_BYTES = 20_000_000
FEWEST = 2


def sampled_lengths(path: Path, column: str) -> LengthDistribution:
    """The distribution of the column's token counts.

    Raises InputError with file, line and column. Files that end in .jsonl or .ndjson have one
    JSON object a line, others a CSV header.
    """
    try:
        content = read_at_most(path, MAX_FILE_BYTES)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "its name is not valid"
        raise InputError(
            f"{path} cannot be read ({why}); give a CSV or JSON Lines file with a column of "
            "token counts"
        ) from error
    if len(content) > MAX_FILE_BYTES:
        raise InputError(
            f"{path} is larger than {MAX_FILE_BYTES // 1_000_000} MB; a sample of some thousand "
            "documents is enough"
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"{path} is not UTF-8 text; save it as CSV or JSON Lines") from None
    is_json = path.suffix.lower() in (".jsonl", ".ndjson")
    cells = _json_cells(text, column, path) if is_json else _csv_cells(text, column, path)
    counts = [_count(cell, f"{path}, line {line}, {quoted(column)}") for line, cell in cells]
    if len(counts) < FEWEST:
        raise InputError(
            f"{path} has {len(counts)} token counts; a sample needs at least {FEWEST}, better some "
            "hundred"
        )
    return of_sample(counts)


def _csv_cells(text: str, column: str, path: Path) -> Iterator[tuple[int, Any]]:
    rows = csv.reader(io.StringIO(text, newline=""))
    try:
        header = [name.strip() for name in next(rows, [])]
        if column not in header:
            names = ", ".join(quoted(name) for name in header[:20])
            raise InputError(f"{path} has no column {quoted(column)}; its columns are {names}")
        at = header.index(column)
        for row in rows:
            if any(cell.strip() for cell in row):
                yield rows.line_num, row[at] if at < len(row) else ""
    except csv.Error as error:
        raise InputError(f"{path}, line {rows.line_num}: not readable as CSV ({error})") from None


def _json_cells(text: str, column: str, path: Path) -> Iterator[tuple[int, Any]]:
    for line, row in enumerate(text.splitlines(), start=1):
        if not row.strip():
            continue
        try:
            found = json.loads(row)
        except (ValueError, RecursionError):
            raise InputError(f"{path}, line {line}: not readable as JSON") from None
        if not isinstance(found, dict) or column not in found:
            raise InputError(f"{path}, line {line}: no {quoted(column)} in this line's object")
        yield line, found[column]


def _count(cell: Any, place: str) -> float:
    number = math.nan
    if isinstance(cell, (str, int, float)) and not isinstance(cell, bool):
        try:
            number = float(cell)
        except (ValueError, OverflowError):
            number = math.nan
    if not 0.0 < number <= MOST_TOKENS:
        raise InputError(
            f"{place}: {quoted(str(cell)[:80])} was given; it must be a number of tokens from 1 "
            f"to {MOST_TOKENS:,}"
        )
    return number
