"""The rows of JSON Lines and CSV: each is a document, with the model's answer if it states one.

Messages tell what is wrong and never what a row says: what it says may be confidential.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from planner.errors import InputError
from planner.files import long_csv_cells

_TEXTS = ("text", "prompt", "document", "content", "body", "input")
_ANSWERS = ("answer", "output", "completion", "response")
_CHAT = "messages"
"""The column of a chat in most providers' files: a list of messages with role and content."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns with the document and with the answer.

    None is, for the document, one with a usual name, or the only one beside the answer that is
    named here; for the answer one with a usual name beside another column.
    """

    text: str | None = None
    answer: str | None = None

    def answer_in(self, names: Sequence[str]) -> str | None:
        """The name of the column with the answers; None if there is none."""
        if self.answer is not None or len(names) < 2:
            return self.answer
        return next((name for name in _ANSWERS if name in names and name != self.text), None)

    def text_in(self, names: Sequence[str]) -> str | None:
        """The name of the column with the documents; None if that is not clear."""
        if self.text is not None:
            return self.text
        answer = self.answer_in(names)
        others = [name for name in names if name != answer]
        usual = next((name for name in _TEXTS if name in others), None)
        if usual is None and len(others) == 1 and answer == self.answer:
            return others[0]  # beside an answer found by its name it may be a number or a date
        return usual


USUAL = Columns()


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """A document and its answer; None if the row states none."""

    text: str
    answer: str | None = None


def json_rows(text: str, name: str, columns: Columns) -> Iterator[DocumentRow]:
    """The documents of a JSON Lines file: texts, objects or chats.

    A row may lack an answer. Raises InputError, also for an answer column that no row has.
    """
    lacking = columns.answer
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        place = f"{name}, line {number}"
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            raise InputError(f"{place}: not readable as JSON; each line must be a value.") from None
        if isinstance(row, str) and columns.text is None:
            yield DocumentRow(row)
            continue
        if not isinstance(row, dict):
            raise InputError(f"{place}: not a JSON object; each line must be an object.")
        if lacking in row:
            lacking = None
        if columns.text is None and isinstance(row.get(_CHAT), list):
            yield _chat(row, place, columns.answer)
        else:
            yield _object(row, place, columns)
    if lacking is not None:
        raise _no_answer(name, lacking)


def _object(row: dict[str, Any], place: str, columns: Columns) -> DocumentRow:
    texts = [key for key, value in row.items() if isinstance(value, str)]
    named, answer = columns.text_in(texts), columns.answer_in(texts)
    if named is None or named not in row:
        raise _no_column(place, columns.text, len(texts))
    if not isinstance(row[named], str):
        raise InputError(f"{place}: its “{named}” is no text; name the column with the text.")
    return DocumentRow(row[named], _answered(row, place, answer))


def _answered(row: dict[str, Any], place: str, column: str | None) -> str | None:
    answered = None if column is None else row.get(column)
    if answered is not None and not isinstance(answered, str):
        raise InputError(f"{place}: its “{column}” is no text; name the column with the answer.")
    return answered


def _chat(row: dict[str, Any], place: str, answer: str | None) -> DocumentRow:
    """The messages as the document; the last one is the answer if it is the model's, unless a
    column is named for the ``answer``.
    """
    messages = row[_CHAT]
    if not all(isinstance(one, dict) and isinstance(one.get("content"), str) for one in messages):
        raise InputError(
            f"{place}: a message has no text as its content; name the column with the text."
        )
    said = [str(one["content"]) for one in messages]
    if answer is not None:
        return DocumentRow("\n".join(said), _answered(row, place, answer))
    if messages and messages[-1].get("role") == "assistant":
        return DocumentRow("\n".join(said[:-1]), said[-1])
    return DocumentRow("\n".join(said))


def csv_rows(text: str, name: str, columns: Columns) -> Iterator[DocumentRow]:
    """The documents of a CSV file with a header. Raises InputError."""
    with long_csv_cells(len(text)):
        yield from _csv_rows(text, name, columns)


def _csv_rows(text: str, name: str, columns: Columns) -> Iterator[DocumentRow]:
    rows = csv.reader(io.StringIO(text, newline=""))
    try:
        header = [cell.strip() for cell in next(rows, [])]
        if (
            len(header) == 1
            and header[0] != columns.text
            and (";" in header[0] or "\t" in header[0])
        ):
            raise InputError(
                f"{name}, line 1: its columns are separated by semicolons or tabs; save it with "
                "commas."
            )
        named, answer = columns.text_in(header), columns.answer_in(header)
        if named not in header:
            raise _no_column(f"{name}, line 1", columns.text, len(header))
        if answer is not None and answer not in header:
            raise _no_answer(f"{name}, line 1", answer)
        for row in rows:
            if any(cell.strip() for cell in row[len(header) :]):
                raise InputError(
                    f"{name}, line {rows.line_num}: {len(row)} cells, but {len(header)} in its "
                    "header; put a text that has commas into double quotes."
                )
            if any(cell.strip() for cell in row):
                cells = row + [""] * (len(header) - len(row))
                answered = None if answer is None else cells[header.index(answer)]
                yield DocumentRow(cells[header.index(named)], answered)
    except csv.Error:
        raise InputError(f"{name}, line {rows.line_num}: not readable as CSV.") from None


def _no_column(place: str, column: str | None, number: int) -> InputError:
    if column is None:
        return InputError(
            f"{place}: {number} columns have text, and none is called "
            f"{', '.join(_TEXTS[:-1])} or {_TEXTS[-1]}; name the column to count."
        )
    return InputError(f"{place}: there is no column “{column}”; name the column with the text.")


def _no_answer(place: str, column: str) -> InputError:
    return InputError(f"{place}: there is no column “{column}”; name the column with the answer.")
