"""Measurements as CSV: one header with the fields of ``Measurement``, one row per load point.

A file has a column of ``LATER_COLUMNS`` only if a row states it.

A file is read whole or not at all: the first problem is reported with file, line
and field. A text cell that a spreadsheet would run as a formula is written with a
leading apostrophe, which reading removes.
"""

from __future__ import annotations

import csv
import io
import math
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from planner.catalog.names import quoted
from planner.errors import InputError
from planner.files import read_text, replace_file
from planner.records.dates import ALLOWED, is_date
from planner.records.measurement import (
    COLUMNS,
    FIRST_COLUMNS,
    LATER_COLUMNS,
    LOADS,
    MODES,
    Measurement,
    stated_columns,
)
from planner.vllm.settings_text import canonical

INTEGER_COLUMNS = frozenset({"gpu_count"})
FLOAT_COLUMNS = frozenset(
    {
        "gpu_memory_gb",
        "params_b",
        "input_tokens",
        "output_tokens",
        "concurrency",
        "request_rate_per_s",
        "requests",
        "output_tokens_per_s",
        "requests_per_s",
        "ttft_ms_mean",
        "ttft_ms_median",
        "tpot_ms_mean",
        "e2e_s_mean",
        "peak_memory_gb",
        "power_w",
        "throughput_sd",
        "peak_bandwidth_gb_per_s",
        "peak_fp16_tflops",
    }
)
REQUIRED_COLUMNS = frozenset({"source_id", "gpu", "model", "engine", "load", "source"})
ALLOWED_WORDS = {"load": LOADS, "mode": MODES}

MAX_FILE_BYTES = 100_000_000
MOST_ROWS = 25_000
"""Rows of one file; more would take minutes."""
MAX_NUMBER = 1e12
LONGEST_TEXT = 2000
GPU_COUNT_NOT_STATED = "gpu_count not stated, read as 1"

# Spreadsheet programs run cells that begin with one of these as formulas
# (OWASP, "CSV Injection").
FORMULA_STARTS = ("=", "+", "-", "@")


def read_measurement_csv(path: str | Path) -> tuple[Measurement, ...]:
    """The rows of a measurement CSV; columns may be in any order, blank means "not stated".

    A row without ``gpu_count`` is read as one GPU, and its notes say so. Raises
    InputError with file, line and field for anything that is not understood.
    """
    return parse_measurement_csv(read_text(path, MAX_FILE_BYTES), str(path))


def parse_measurement_csv(text: str, name: str) -> tuple[Measurement, ...]:
    """The rows of a CSV that is given as text; ``name`` is the file's name in messages."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next(reader, None)
        if header is None:
            raise InputError(f"{name} is empty; its first line must be: {','.join(FIRST_COLUMNS)}.")
        columns = _checked_header(header, name)
        stated = ((reader.line_num, row) for row in reader if row)
        lines = list(islice(stated, MOST_ROWS + 1))
    except csv.Error as error:
        raise InputError(
            f"{name}, line {reader.line_num}: not readable as CSV ({error}); "
            "save it as comma-separated UTF-8 text and try again."
        ) from error
    if len(lines) > MOST_ROWS:
        raise InputError(f"{name} has more than {MOST_ROWS:,} rows; split it.")
    return tuple(_measurement(columns, row, name, line) for line, row in lines)


def write_measurement_csv(target: str | Path | TextIO, rows: Iterable[Measurement]) -> None:
    """Write the rows in the order of ``COLUMNS``; a file is replaced whole or left untouched.

    Raises InputError if the file cannot be written.
    """
    if isinstance(target, (str, Path)):
        text = io.StringIO(newline="")
        _write(text, rows)
        replace_file(Path(target), text.getvalue().encode("utf-8"))
    else:
        _write(target, rows)


def check_storable(row: Measurement) -> None:
    """Raise InputError, with the field, for a row that an exported file could not give back.

    Everything that stores measurements asks this, so that what is stored can be exported and
    imported again.
    """
    name = quoted(row.source or row.source_id or "a measurement")
    for column in COLUMNS:
        value = getattr(row, column)
        if value is None and column not in REQUIRED_COLUMNS:
            continue  # a blank cell
        cell = _plain_cell(value)
        try:
            again = _read_cell(column, cell.strip())
        except (ValueError, InputError) as error:
            raise InputError(f"{name}, {column}: {error}.", field=column) from None
        if again != value:
            raise InputError(
                f"{name}, {column}: {quoted(cell)} would be read as "
                f"{quoted(str(again))}; write it that way.",
                field=column,
            )


def _checked_header(header: list[str], name: str) -> list[str]:
    columns = [column.strip() for column in header]
    missing = [column for column in FIRST_COLUMNS if column not in columns]
    unknown = [column for column in columns if column not in COLUMNS]
    twice = sorted(column for column, count in Counter(columns).items() if count > 1)
    for problem, found in (("lacks", missing), ("has unknown", unknown), ("repeats", twice)):
        if found:
            named = ", ".join(quoted(column) for column in found[:5])
            more = f" and {len(found) - 5} more" if len(found) > 5 else ""
            raise InputError(
                f"{name}, line 1: the header {problem} column {named}{more}; "
                f"the columns are {','.join(FIRST_COLUMNS)} and, optionally, "
                f"{','.join(LATER_COLUMNS)}.",
                field=found[0],
            )
    return columns


def _measurement(columns: list[str], row: list[str], name: str, line: int) -> Measurement:
    if len(row) != len(columns):
        raise InputError(
            f"{name}, line {line}: {len(row)} cells, but the header has {len(columns)}; "
            "quote cells that hold commas or line breaks."
        )
    values: dict[str, Any] = {}
    for column, cell in zip(columns, row, strict=True):
        try:
            values[column] = _read_cell(column, cell.strip())
        except (ValueError, InputError) as error:
            raise InputError(f"{name}, line {line}, {column}: {error}.", field=column) from None
    if values["gpu_count"] is None:
        values["gpu_count"] = 1
        values["notes"] = "; ".join(filter(None, (values["notes"], GPU_COUNT_NOT_STATED)))
    return Measurement(**values)


def _number(cell: str) -> float | None:
    if not cell:
        return None
    try:
        number = float(cell)
    except ValueError:
        number = math.nan
    if not 0 < number <= MAX_NUMBER or "_" in cell or not cell.isascii():
        raise ValueError(
            f"{quoted(cell)} is not a positive number up to {MAX_NUMBER:g}; "
            "give one, or leave the cell blank for 'not stated'"
        )
    return number


def _integer(cell: str) -> int | None:
    number = _number(cell)
    if number is not None and not number.is_integer():
        raise ValueError(f"{quoted(cell)} is not a whole number")
    return None if number is None else int(number)


def text_problem(text: str) -> str | None:
    """Why a text cannot be a cell: a control character, or its length. None if it can.

    Spaces that do not break count as spaces, as word processors write them.
    """
    if len(text) <= LONGEST_TEXT and (text.isprintable() or _with_spaces(text).isprintable()):
        return None
    return f"is {quoted(text)}, and must be one line of at most {LONGEST_TEXT} characters"


def _with_spaces(text: str) -> str:
    return "".join(" " if unicodedata.category(c) == "Zs" else c for c in text)


def _text(cell: str) -> str | None:
    if (problem := text_problem(cell)) is not None:
        raise ValueError(f"{problem}; remove control characters and line breaks")
    return (cell[1:] if _is_guarded(cell) else cell) or None


def _required(cell: str) -> str:
    text = _text(cell)
    if text is None:
        raise ValueError("is blank, but every row must state it")
    return text


def _settings(cell: str) -> str | None:
    return canonical(_text(cell))


def _word(allowed: tuple[str, ...], required: bool) -> Callable[[str], str | None]:
    def read(cell: str) -> str | None:
        if cell in allowed or (not cell and not required):
            return cell or None
        raise ValueError(f"{quoted(cell)} is not one of {', '.join(allowed)}")

    return read


def _date(cell: str) -> str | None:
    text = _text(cell)
    if text is not None and not is_date(text):
        raise ValueError(f"{quoted(cell)} is not {ALLOWED}; leave it blank for 'not stated'")
    return text


def _reader(column: str) -> Callable[[str], Any]:
    if column == "date":
        return _date
    if column == "engine_settings":
        return _settings
    if column in ALLOWED_WORDS:
        return _word(ALLOWED_WORDS[column], column in REQUIRED_COLUMNS)
    if column in INTEGER_COLUMNS:
        return _integer
    if column in FLOAT_COLUMNS:
        return _number
    return _required if column in REQUIRED_COLUMNS else _text


READERS = {column: _reader(column) for column in COLUMNS}


@lru_cache(maxsize=8192)
def _read_cell(column: str, cell: str) -> Any:
    """The value of a cell; remembered, because most cells of a file are those of the row above.

    Raises ValueError or InputError if the column cannot hold it.
    """
    return READERS[column](cell)


def _is_formula(text: str) -> bool:
    return text.lstrip("' \t\r\n").startswith(FORMULA_STARTS)


def _is_guarded(cell: str) -> bool:
    return cell.startswith("'") and _is_formula(cell)


def _plain_cell(value: object) -> str:
    """The text of a cell, before quotes; a formula behind an apostrophe."""
    if value is None:
        return ""
    if not isinstance(value, str):
        return repr(value)
    return f"'{value}" if _is_formula(value) else value


def _cell(value: object) -> str:
    text = _plain_cell(value)
    # csv.writer of Python 3.11 leaves a lone carriage return unquoted, and the row breaks there.
    return '"' + text.replace('"', '""') + '"' if set(text) & set(',"\r\n') else text


def _write(file: TextIO, rows: Iterable[Measurement]) -> None:
    kept = tuple(rows)
    columns = stated_columns(kept)
    file.write(",".join(columns) + "\n")
    for row in kept:
        file.write(",".join(_cell(getattr(row, column)) for column in columns) + "\n")
