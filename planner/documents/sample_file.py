"""A file of the user's sample, and what was counted in it. Neither keeps a word of its text."""

from __future__ import annotations

from dataclasses import dataclass, field

MOST_FILE_BYTES = 20_000_000
MOST_TOKENIZER_BYTES = 50_000_000
"""That of Gemma 3, one of the largest, has 33 MB."""

MOST_BYTES = 100_000_000
"""Of all files together: a browser's session holds them in memory."""


@dataclass(frozen=True, slots=True)
class SampleFile:
    """A file to count. ``content`` is left out of its repr, which may end up in a log."""

    name: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class CountedFile:
    """The tokens of each of a file's documents, and of the ``answers`` that it states to them.

    ``empty`` are documents without any text. ``pages`` are those of a PDF, None for other files,
    ``scanned`` the ones among them without text. ``is_whole`` is
    False if only its first rows were counted, because time was over. ``refused`` says why nothing
    was counted.
    """

    name: str
    tokens: tuple[int, ...] = ()
    empty: int = 0
    pages: int | None = None
    scanned: int = 0
    is_whole: bool = True
    refused: str | None = None
    answers: tuple[int, ...] = ()
