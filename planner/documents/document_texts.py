"""The text of the documents in a file: a PDF or a text is one, a row of JSON Lines or CSV is one.

Messages tell what is wrong and never what a file says: what it says may be confidential.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from planner.errors import InputError
from planner.files import decode_text

if TYPE_CHECKING:
    from pypdf import PdfReader

MOST_PAGES = 2_000
"""Of a PDF. At 900 tokens a page that is 1.8 million tokens; no prompt has more than 2 million."""

_ROWS = (".jsonl", ".ndjson", ".csv")
_USUAL_COLUMNS = ("text", "prompt", "document", "content", "body", "input")


@dataclass(frozen=True, slots=True)
class DocumentText:
    """The text of one document; ``pages`` and those without text (``scanned``) of a PDF."""

    text: str
    pages: int | None = None
    scanned: int = 0


def document_texts(content: bytes, name: str, column: str | None) -> Iterator[DocumentText]:
    """The documents of a file. Raises InputError.

    ``column`` names the text of a row; None is the only column, or one with a usual name.
    """
    ending = "." + name.rpartition(".")[2].lower()
    if content.startswith(b"%PDF-") or ending == ".pdf":
        yield _pdf_text(content, name)
    elif ending not in _ROWS:
        yield DocumentText(_text(content, name))
    else:
        rows = _csv_rows if ending == ".csv" else _json_rows
        yield from map(DocumentText, rows(_text(content, name), name, column))


def _text(content: bytes, name: str) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):  # how Windows marks UTF-16
        try:
            return content.decode("utf-16")
        except UnicodeDecodeError:
            raise InputError(f"{name} is not readable as UTF-16 text; save it as UTF-8.") from None
    return decode_text(content, name)


def _pdf_text(content: bytes, name: str) -> DocumentText:
    from pypdf import PdfReader
    from pypdf.errors import DependencyError, LimitReachedError

    try:
        reader = PdfReader(io.BytesIO(content))
        if reader.is_encrypted and not reader.decrypt(""):
            raise _encrypted(name)
        return _pages_text(reader, name)
    except InputError:
        raise
    except DependencyError:
        raise _encrypted(name) from None
    except MemoryError:
        raise
    except LimitReachedError:
        raise InputError(
            f"{name} unpacks to far more than a document of its size; split it, or upload its text."
        ) from None
    except Exception:  # noqa: BLE001 (a broken PDF makes pypdf raise almost any exception)
        raise InputError(
            f"{name} is not readable as a PDF; open it and print it to a new PDF, or upload its "
            "text."
        ) from None


def _pages_text(reader: PdfReader, name: str) -> DocumentText:
    number = len(reader.pages)
    if number > MOST_PAGES:
        raise InputError(
            f"{name} has {number:,} pages; a document may have {MOST_PAGES:,}. Split it into the "
            "documents that the model will be sent."
        )
    pages = [page.extract_text() for page in reader.pages]
    scanned = sum(not text.strip() for text in pages)
    if scanned == number:
        raise InputError(
            f"{name} has no text on any page (of {number:,}), so it is probably scanned; run OCR "
            "on it first, or plan for a vision model, which counts tokens by image."
        )
    return DocumentText("\n".join(pages), number, scanned)


def _encrypted(name: str) -> InputError:
    return InputError(f"{name} is encrypted; save it without a password and upload it again.")


def _json_rows(text: str, name: str, column: str | None) -> Iterator[str]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        place = f"{name}, line {number}"
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            raise InputError(f"{place}: not readable as JSON; each line must be a value.") from None
        if isinstance(row, str) and column is None:
            yield row
            continue
        if not isinstance(row, dict):
            raise InputError(f"{place}: not a JSON object; each line must be an object.")
        yield _json_text(row, place, column)


def _json_text(row: dict[str, Any], place: str, column: str | None) -> str:
    texts = [key for key, value in row.items() if isinstance(value, str)]
    named = _column(texts, column) if column is None or column in row else None
    if named is None:
        raise _no_column(place, column, len(texts))
    if not isinstance(row[named], str):
        raise InputError(f"{place}: its “{named}” is no text; name the column with the text.")
    return str(row[named])


def _csv_rows(text: str, name: str, column: str | None) -> Iterator[str]:
    with _cells_of(len(text)):
        yield from _csv_cells(text, name, column)


@contextmanager
def _cells_of(letters: int) -> Iterator[None]:
    """Lift csv's limit of 131,072 letters for a cell, which is one for the whole process."""
    usual = csv.field_size_limit()
    csv.field_size_limit(max(usual, letters))
    try:
        yield
    finally:
        csv.field_size_limit(usual)


def _csv_cells(text: str, name: str, column: str | None) -> Iterator[str]:
    rows = csv.reader(io.StringIO(text, newline=""))
    try:
        header = [cell.strip() for cell in next(rows, [])]
        if len(header) == 1 and header[0] != column and (";" in header[0] or "\t" in header[0]):
            raise InputError(
                f"{name}, line 1: its columns are separated by semicolons or tabs; save it with "
                "commas."
            )
        named = _column(header, column)
        if named not in header:
            raise _no_column(f"{name}, line 1", column, len(header))
        at = header.index(named)
        for row in rows:
            if any(cell.strip() for cell in row[len(header) :]):
                raise InputError(
                    f"{name}, line {rows.line_num}: {len(row)} cells, but {len(header)} in its "
                    "header; put a text that has commas into double quotes."
                )
            if any(cell.strip() for cell in row):
                yield row[at] if at < len(row) else ""
    except csv.Error:
        raise InputError(f"{name}, line {rows.line_num}: not readable as CSV.") from None


def _column(names: list[str], column: str | None) -> str | None:
    """The column with the text: the one asked for, the only one, or one with a usual name."""
    if column is not None:
        return column
    if len(names) == 1:
        return names[0]
    return next((name for name in _USUAL_COLUMNS if name in names), None)


def _no_column(place: str, column: str | None, number: int) -> InputError:
    if column is None:
        return InputError(
            f"{place}: {number} columns have text, and none is called "
            f"{', '.join(_USUAL_COLUMNS[:-1])} or {_USUAL_COLUMNS[-1]}; name the column to count."
        )
    return InputError(f"{place}: there is no column “{column}”; name the column with the text.")
