"""The text of the documents in a file: a PDF or a text is one, a row of JSON Lines or CSV is one.

Messages tell what is wrong and never what a file says: what it says may be confidential.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.documents.document_rows import Columns, csv_rows, json_rows
from planner.errors import InputError
from planner.files import decode_text

if TYPE_CHECKING:
    from pypdf import PdfReader

MOST_PAGES = 2_000
"""Of a PDF. At 900 tokens a page that is 1.8 million tokens; no prompt has more than 2 million."""

_ROWS = (".jsonl", ".ndjson", ".csv")


@dataclass(frozen=True, slots=True)
class DocumentText:
    """The text of one document; ``pages`` and those without text (``scanned``) of a PDF.

    ``answer`` is what a model answered; None if the file does not say.
    """

    text: str
    pages: int | None = None
    scanned: int = 0
    answer: str | None = None


def document_texts(content: bytes, name: str, columns: Columns) -> Iterator[DocumentText]:
    """The documents of a file. Raises InputError."""
    ending = "." + name.rpartition(".")[2].lower()
    if content.startswith(b"%PDF-") or ending == ".pdf":
        yield _pdf_text(content, name)
    elif ending not in _ROWS:
        yield DocumentText(decode_text(content, name))
    else:
        rows = csv_rows if ending == ".csv" else json_rows
        for row in rows(decode_text(content, name), name, columns):
            yield DocumentText(row.text, answer=row.answer)


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
