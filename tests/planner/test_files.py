"""Files are there whole or not at all."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest

from planner.errors import InputError
from planner.files import decode_text, replace_file


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    file = tmp_path / "report.pdf"
    file.write_bytes(b"old")
    replace_file(file, b"new")
    assert file.read_bytes() == b"new"
    assert os.listdir(tmp_path) == ["report.pdf"]


def test_a_failure_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "report.pdf"
    file.write_bytes(b"old")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(InputError, match="No space left on device"):
        replace_file(file, b"new")
    assert file.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["report.pdf"]


def test_a_pipe_is_written_to_and_stays_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    replace_file(pipe, b"through")
    assert os.read(reader, 100) == b"through"
    os.close(reader)
    assert pipe.is_fifo()


def test_text_of_powershell_is_read_without_its_byte_order_mark() -> None:
    assert decode_text("model: Größe\n".encode("utf-16"), "f.yaml") == "model: Größe\n"
    assert decode_text("a,b\n".encode("utf-8-sig"), "f.csv") == "a,b\n"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (gzip.compress(b"{}", mtime=0), "f is compressed with gzip; unpack it first."),
        (b"PK\x03\x04rest", "f is compressed with zip; unpack it first."),
        (b"\xff\xfea", "f: not readable as UTF-16 text; save it as UTF-8."),
        ("a".encode("utf-32"), "f, line 1: contains a NUL byte, so it is not a text file."),
    ],
)
def test_bytes_that_are_no_text_are_refused_with_what_to_do(content: bytes, told: str) -> None:
    with pytest.raises(InputError) as caught:
        decode_text(content, "f")
    assert str(caught.value) == told


@pytest.mark.parametrize("name", ["prices.xlsx", "letter.DOCX"])
def test_an_office_file_is_not_to_be_unpacked(name: str) -> None:
    with pytest.raises(InputError) as caught:
        decode_text(b"PK\x03\x04rest", name)
    assert str(caught.value) == (
        f"{name} is an Office file; save a table as CSV, and a document as PDF or text."
    )
