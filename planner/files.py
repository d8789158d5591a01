"""Files that are read up to a limit, and written whole or not at all."""

from __future__ import annotations

import codecs
import contextlib
import csv
import os
import uuid
from collections.abc import Iterator
from pathlib import Path

from planner.errors import InputError


def read_at_most(path: Path, most_bytes: int) -> bytes:
    """The first ``most_bytes`` + 1 bytes of a file: one more than allowed, if there are more.

    A device or a pipe, which does not state its size, is read no further either. A pipe into
    which nobody writes is empty. Raises OSError.
    """
    # Without O_NONBLOCK, opening a named pipe would wait for a writer.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    os.set_blocking(descriptor, True)
    with open(descriptor, "rb") as file:
        return file.read(most_bytes + 1)


def read_text(path: str | Path, most_bytes: int) -> str:
    """The text of a file. Raises InputError if it is larger, unreadable or not UTF-8 text."""
    try:
        content = read_at_most(Path(path), most_bytes)
    except OSError as error:
        raise InputError(
            f"{path} cannot be read ({error.strerror}); check the name and the permissions."
        ) from error
    if len(content) > most_bytes:
        raise InputError(f"{path} is larger than {most_bytes // 10**6} MB; split it.")
    return decode_text(content, str(path))


_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_PACKED = {b"\x1f\x8b": "gzip", b"PK\x03\x04": "zip", b"\x28\xb5\x2f\xfd": "zstd"}
"""The first bytes of compressed files, by what unpacks them."""
_OFFICE = frozenset({".xlsx", ".docx", ".pptx", ".ods", ".odt"})


def decode_text(content: bytes, name: str) -> str:
    """UTF-8 text, or UTF-16 as PowerShell writes it, without its byte order mark.

    Raises InputError for bytes that are no text.
    """
    packed = next((tool for start, tool in _PACKED.items() if content.startswith(start)), None)
    if packed == "zip" and Path(name).suffix.lower() in _OFFICE:
        raise InputError(
            f"{name} is an Office file; save a table as CSV, and a document as PDF or text."
        )
    if packed is not None:
        raise InputError(f"{name} is compressed with {packed}; unpack it first.")
    if content.startswith(_UTF16):
        try:
            text = content.decode("utf-16")
        except UnicodeDecodeError as error:
            raise InputError(f"{name}: not readable as UTF-16 text; save it as UTF-8.") from error
    else:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            raise InputError(f"{name}, line {line}: not UTF-8 text; save it as UTF-8.") from error
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise InputError(f"{name}, line {line}: contains a NUL byte, so it is not a text file.")
    return text


@contextlib.contextmanager
def long_csv_cells(letters: int) -> Iterator[None]:
    """Lift csv's limit of 131,072 letters for a cell, which is one for the whole process."""
    usual = csv.field_size_limit()
    csv.field_size_limit(max(usual, letters))
    try:
        yield
    finally:
        csv.field_size_limit(usual)


def replace_file(path: Path, content: bytes) -> None:
    """Write ``content`` to ``path`` in one step; if that fails, the old file stays.

    Raises InputError if the file cannot be written.
    """
    # A pipe or /dev/stdout must be written to: replacing it would destroy it.
    special = path.exists() and not path.is_file()
    written = path if special else path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        written.write_bytes(content)
        if not special:
            os.replace(written, path)
    except OSError as error:
        if not special:
            with contextlib.suppress(OSError):
                written.unlink()
        raise InputError(
            f"{path} cannot be written ({error.strerror}); choose a writable place."
        ) from error
