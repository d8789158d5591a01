"""The length of answers, against the length that every request asked for."""

from __future__ import annotations

from benchmarks.importing.json_document import Document

LENGTH_TOLERANCE = 0.01
"""Largest difference of the mean answer from the length that was asked for."""


def check_output_length(document: Document, output_tokens: float, asked: int | None) -> None:
    """Raises InputError if answers of ``output_tokens`` on average are not as long as asked for.

    Without a length that was asked for, every length is accepted.
    """
    if asked is not None and abs(output_tokens / asked - 1) > LENGTH_TOLERANCE:
        raise document.refusal(
            f"answers have {output_tokens:g} tokens on average, but {asked} were asked for: "
            "they were clamped or cut off"
        )
