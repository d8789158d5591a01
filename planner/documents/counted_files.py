"""Counts the tokens of the user's files in a process of limited time and memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from planner.documents.document_rows import USUAL, Columns
from planner.documents.sample_file import (
    MOST_BYTES,
    MOST_FILE_BYTES,
    MOST_TOKENIZER_BYTES,
    CountedFile,
    SampleFile,
)
from planner.errors import InputError

MOST_SECONDS = 120
"""The time in which all files together must be counted; a person waits for it."""

_PROCESS = (sys.executable, "-m", "planner.documents.counting_process")


def counted_files(
    files: Sequence[SampleFile],
    tokenizer_json: bytes | None = None,
    columns: Columns = USUAL,
) -> tuple[CountedFile, ...]:
    """The tokens in each file, in order. Raises InputError if nothing can be counted at all.

    A file that cannot be read is refused alone. ``tokenizer_json`` None counts as Mistral 7B does.
    """
    _check_sizes(files, tokenizer_json)
    deadline = time.monotonic() + MOST_SECONDS
    counted: list[CountedFile] = []
    while len(counted) < len(files):
        left = deadline - time.monotonic()
        rest = files[len(counted) :]
        if left <= 0.0:
            late = f"was not read: {MOST_SECONDS} seconds are over; upload fewer files at a time."
            counted += [CountedFile(one.name, refused=f"{one.name} {late}") for one in rest]
            break
        lines = _run(rest, tokenizer_json or b"", columns, left)
        if not (lines or counted):
            raise _not_loaded(tokenizer_json)
        if lines and lines[0]["tokenizer"] is not None:
            raise InputError(lines[0]["tokenizer"], field="tokenizer")
        counted += map(_counted, lines[1:])
        if len(counted) < len(files):  # this file ended the process, or time is over
            name = files[len(counted)].name
            refused = f"{name} takes too much time or memory to read; split it."
            counted.append(CountedFile(name, refused=refused))
    return tuple(counted)


def _check_sizes(files: Sequence[SampleFile], tokenizer_json: bytes | None) -> None:
    if not files:
        raise InputError("No file is selected; select PDFs, text files, JSON Lines or CSV.")
    if tokenizer_json is not None and len(tokenizer_json) > MOST_TOKENIZER_BYTES:
        raise InputError(
            f"The tokenizer.json is larger than {MOST_TOKENIZER_BYTES // 10**6} MB, which none is; "
            "give the one in the model's folder."
        )
    for one in files:
        if len(one.content) > MOST_FILE_BYTES:
            most = MOST_FILE_BYTES // 10**6
            raise InputError(f"{one.name} is larger than {most} MB; split it.")
    if sum(len(one.content) for one in files) > MOST_BYTES:
        raise InputError(
            f"The files have more than {MOST_BYTES // 10**6} MB together; a sample of some hundred "
            "documents is enough."
        )


def _run(
    files: Sequence[SampleFile], tokenizer: bytes, columns: Columns, seconds: float
) -> list[dict[str, Any]]:
    """The lines that a process wrote until it ended: of the tokenizer, and of each file.

    The last ones are missing if the process was stopped.
    """
    asked = {
        "tokenizer_bytes": len(tokenizer),
        "columns": asdict(columns),
        "files": [(one.name, len(one.content)) for one in files],
    }
    content = [json.dumps(asked).encode(), b"\n", tokenizer, *(one.content for one in files)]
    try:
        written = subprocess.run(
            _PROCESS,
            input=b"".join(content),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # pypdf's warnings may quote the document
            env=os.environ | {"TOKENIZERS_PARALLELISM": "false", "RAYON_NUM_THREADS": "1"},
            timeout=seconds,
            check=False,
        ).stdout
    except subprocess.TimeoutExpired as stopped:
        written = stopped.stdout or b""
    return [json.loads(line) for line in written.splitlines(keepends=True) if line.endswith(b"\n")]


def _not_loaded(tokenizer_json: bytes | None) -> InputError:
    if tokenizer_json is None:
        remedy = "upload the model's tokenizer.json, or run planner with more memory."
    else:
        remedy = "upload the tokenizer.json that is in the model's folder."
    return InputError(
        f"The tokenizer takes too much time or memory to load; {remedy}", field="tokenizer"
    )


def _counted(line: dict[str, Any]) -> CountedFile:
    numbers = {name: tuple(line[name]) for name in ("tokens", "answers")}
    return CountedFile(**(line | numbers))
