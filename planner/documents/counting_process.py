"""The process that reads a sample: it is stopped if a file wants too much time or memory.

``python -m planner.documents.counting_process`` reads a line of JSON with names and sizes, then
the content of all files, and writes a line of JSON once the tokenizer is loaded and one for each
file. No text of a file leaves it.
"""

from __future__ import annotations

import json
import resource
import signal
import sys
from dataclasses import asdict
from types import FrameType
from typing import Any, BinaryIO

from planner.documents.document_rows import Columns
from planner.documents.document_texts import document_texts
from planner.documents.sample_file import CountedFile
from planner.documents.token_counter import TokenCounter, counter_of, mistral_counter
from planner.errors import InputError

MOST_MEMORY_BYTES = 2 * 2**30
MOST_SECONDS_OF_A_FILE = 30
"""Of processor time, so that a busy machine refuses no file that an idle one reads."""

_NO_TEXT = "has no text."
_TOO_LONG = f"takes more than {MOST_SECONDS_OF_A_FILE} s of computing to read; split it."


class _TooLongError(BaseException):
    """A file was read for longer than allowed; no handler of Exception in a library keeps it."""


def main() -> None:
    """Count the files of standard input."""
    _limit()
    source = sys.stdin.buffer
    asked: dict[str, Any] = json.loads(source.readline())
    tokenizer = source.read(asked["tokenizer_bytes"])
    try:
        counter = counter_of(tokenizer) if tokenizer else mistral_counter()
    except InputError as error:
        _write({"tokenizer": str(error)})
        return
    _write({"tokenizer": None})
    columns = Columns(**asked["columns"])
    for name, size in asked["files"]:
        _write(asdict(count_file(source, name, size, columns, counter)))


def _limit() -> None:
    _, allowed = resource.getrlimit(resource.RLIMIT_AS)
    unlimited = allowed == resource.RLIM_INFINITY
    most = MOST_MEMORY_BYTES if unlimited else min(MOST_MEMORY_BYTES, allowed)
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # nothing is written to any file


def count_file(
    source: BinaryIO, name: str, size: int, columns: Columns, counter: TokenCounter
) -> CountedFile:
    """The tokens of the file in the next ``size`` bytes of ``source``, or why there are none."""
    content = source.read(size)
    counts: list[int] = []
    answers: list[int] = []
    document, is_whole = None, True
    signal.signal(signal.SIGPROF, _stop)
    signal.setitimer(signal.ITIMER_PROF, MOST_SECONDS_OF_A_FILE)
    try:
        for document in document_texts(content, name, columns):
            counts.append(counter(_encodable(document.text)))
            if document.answer:
                answers.append(counter(_encodable(document.answer)))
    except InputError as error:
        return CountedFile(name, refused=str(error))
    except MemoryError:
        return CountedFile(name, refused=f"{name} needs more than 2 GB of memory; split it.")
    except _TooLongError:
        is_whole = False
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    tokens = tuple(filter(None, counts))
    if document is None or not tokens:
        return CountedFile(name, refused=f"{name} {_NO_TEXT if is_whole else _TOO_LONG}")
    empty = len(counts) - len(tokens)
    return CountedFile(
        name,
        tokens,
        empty,
        document.pages,
        document.scanned,
        is_whole,
        answers=tuple(filter(None, answers)),
    )


def _encodable(text: str) -> str:
    """The text with ``?`` for lone surrogates, as tokenizers refuse what is no UTF-8.

    A JSON escape may state one, and so may the character map of a PDF.
    """
    return text.encode("utf-8", "replace").decode()


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise _TooLongError


def _write(line: dict[str, Any]) -> None:
    print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
