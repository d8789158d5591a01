"""Strict reading of data files: a row becomes a dataclass, checked by its type annotations.

Every error names the file, the line and the field. A blank field means "not
stated" and is refused unless the field may be None, so a row without a source
or a date does not load.
"""

from __future__ import annotations

import csv
import dataclasses
import math
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from planner.catalog.row_check import problem_with
from planner.errors import CatalogError

Record = TypeVar("Record")
Fields = dict[str, str]
AddedBy = Literal["planner", "user"]
"""Who added a row of the catalogue; built-in files have no such column."""

_NOT_IN_FILES = ("added_by", "read_as", "sixteen_bit_parts")


def read_records(
    path: Path, record: type[Record], complete: Callable[[Fields], Fields] | None = None
) -> tuple[Record, ...]:
    """The rows of ``path`` as ``record`` (a dataclass), in the order of the file.

    The header must be the record's field names; a field with a default may be left out.
    ``complete`` may fill in fields that follow from others. Raises CatalogError with
    file, line and field.
    """
    parsers = _parsers(record)
    optional = _with_defaults(record)
    records = []
    for line, row in _rows(path, frozenset(parsers), optional):
        stated = row if complete is None else complete(row)
        values = {}
        for name, parse in parsers.items():
            if name not in stated:
                continue
            try:
                values[name] = parse(stated[name].strip())
            except ValueError as error:
                raise CatalogError(f"{path.name}, line {line}: {name} {error}") from error
        built = record(**values)
        if (problem := problem_with(built)) is not None:
            raise CatalogError(f"{path.name}, line {line}: {' '.join(problem)}")
        records.append(built)
    return tuple(records)


def _with_defaults(record: type[Any]) -> frozenset[str]:
    """Names of the fields that a file may leave out."""
    fields = dataclasses.fields(record)
    return frozenset(f.name for f in fields if f.default is not dataclasses.MISSING)


def _rows(
    path: Path, columns: frozenset[str], optional: frozenset[str]
) -> Iterator[tuple[int, Fields]]:
    try:
        reader = csv.reader(path.read_text(encoding="utf-8").splitlines(keepends=True), strict=True)
        header = next(reader, [])
        if wrong := (columns - optional - set(header)) | (set(header) - columns):
            raise CatalogError(
                f"{path.name}, line 1: these columns are missing or unknown: "
                f"{', '.join(sorted(wrong))}"
            )
        for values in reader:
            if len(values) != len(header):
                raise CatalogError(
                    f"{path.name}, line {reader.line_num}: has {len(values)} fields, "
                    f"the header has {len(header)}"
                )
            yield reader.line_num, dict(zip(header, values, strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CatalogError(f"{path.name} cannot be read: {error}") from error


def _parsers(record: type[Any]) -> dict[str, Callable[[str], Any]]:
    hints = get_type_hints(record)
    names = [f.name for f in dataclasses.fields(record) if f.name not in _NOT_IN_FILES]
    return {name: _parser(hints[name]) for name in names}


def _parser(hint: Any) -> Callable[[str], Any]:
    if type(None) in get_args(hint):
        inner = _parser(next(a for a in get_args(hint) if a is not type(None)))
        return lambda text: inner(text) if text else None
    if get_origin(hint) is Literal:
        return lambda text: _choice(text, get_args(hint))
    return _BY_TYPE[hint]


def _text(text: str) -> str:
    if not text:
        raise ValueError("is blank; every row must state it")
    return text


def _choice(text: str, allowed: tuple[str, ...]) -> str:
    if text not in allowed:
        raise ValueError(f"is {text!r}; allowed: {', '.join(allowed)}")
    return text


def _number(text: str) -> float:
    try:
        number = float(_text(text))
    except ValueError:
        number = math.nan
    if not 0 <= number < math.inf:
        raise ValueError(f"is {text!r}; a finite number, 0 or more, is needed")
    return number


def _count(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,18}", text):
        raise ValueError(f"is {text!r}; a whole number, 0 or more, is needed")
    return int(text)


def _yes_or_no(text: str) -> bool:
    return _choice(text, ("yes", "no")) == "yes"


def _names(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(";") if part.strip())


def compute_capability_from(text: str) -> tuple[int, int]:
    """``(8, 0)`` from ``8.0``. Raises ValueError with the rest of a sentence about the field."""
    match = re.fullmatch(r"([0-9]{1,2})\.([0-9])", text)
    if match is None:
        raise ValueError(f"is {text!r}; it must look like 8.0")
    return int(match[1]), int(match[2])


_BY_TYPE: dict[Any, Callable[[str], Any]] = {
    str: _text,
    float: _number,
    int: _count,
    bool: _yes_or_no,
    tuple[str, ...]: _names,
    tuple[int, int]: compute_capability_from,
}
