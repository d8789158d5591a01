"""What was counted in the user's documents, in sentences and as the rows of two tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from planner.documents.measured_lengths import SHOWN, MeasuredLengths
from planner.documents.sample_file import CountedFile
from planner.documents.token_counter import MISTRAL
from planner.wording.formatting import count, counted

LENGTH_COLUMNS = ("Tokens of a prompt", "Figure")
ANSWER_COLUMNS = ("Tokens of an answer", "Figure")
HISTOGRAM_COLUMNS = ("Tokens", "Documents")

FEW = 1_000
"""With fewer documents the longest of them is the p99.9."""


def length_rows(measured: MeasuredLengths) -> list[tuple[str, str]]:
    """Documents, mean, quantiles and the longest, as in ``LENGTH_COLUMNS``."""
    return _rows("Documents counted", measured)


def answer_rows(answers: MeasuredLengths) -> list[tuple[str, str]]:
    """The same of the answers, as in ``ANSWER_COLUMNS``."""
    return _rows("Answers counted", answers)


def _rows(first: str, measured: MeasuredLengths) -> list[tuple[str, str]]:
    quantiles = [(f"p{100 * p:g}", count(measured.quantile(p))) for p in SHOWN]
    return [
        (first, count(measured.documents)),
        ("Mean", count(measured.mean)),
        *quantiles,
        ("Longest", count(measured.longest)),
    ]


def histogram_rows(measured: MeasuredLengths) -> list[tuple[str, str]]:
    """A row for each range of tokens, as in ``HISTOGRAM_COLUMNS``."""
    return [
        (f"{count(one.first)} to {count(one.last)}", count(one.documents))
        for one in measured.histogram
    ]


def tokenizer_sentence(is_own: bool) -> str:
    """The tokenizer that counted, and the models for which that is right."""
    if is_own:
        return "Counted with your tokenizer.json, without the tokens of a chat template."
    return (
        f"Counted with the tokenizer of {MISTRAL} (v0.1 and v0.2; 32,000 different tokens), "
        "without the tokens of a chat template. Another model counts differently, most newer ones "
        "fewer tokens: for its own count give its tokenizer.json."
    )


def sample_sentences(files: Sequence[CountedFile], measured: MeasuredLengths) -> tuple[str, ...]:
    """Notes on the sample: tokens of a page, what was not counted, few documents."""
    return tuple(_sample(files, measured))


def _sample(files: Sequence[CountedFile], measured: MeasuredLengths) -> Iterator[str]:
    pages = sum((one.pages or 0) - one.scanned for one in files if one.tokens)
    if pages:
        tokens = sum(sum(one.tokens) for one in files if one.pages)
        yield f"A page of the PDFs has {count(round(tokens / pages))} tokens in the mean."
    for one in files:
        if one.scanned and one.tokens:
            yield (
                f"{one.name}: {counted(one.scanned, 'page')} of {count(one.pages or 0)} without "
                "text, probably scanned, and not counted."
            )
        if one.empty:
            yield f"{one.name}: {counted(one.empty, 'document')} without text, not counted."
        if not one.is_whole:
            yield f"{one.name}: only its first {counted(len(one.tokens), 'document')} were counted."
    answers = sum(len(one.answers) for one in files)
    if answers and answers != measured.documents:
        yield f"{counted(answers, 'document')} of {count(measured.documents)} have an answer."
    if measured.documents == 1:
        yield "One document says nothing about the spread; add more."
    elif measured.documents < FEW:
        yield (
            f"Of {counted(measured.documents, 'document')} the p99.9 is the longest one; "
            f"{count(FEW)} or more would say more about long documents."
        )
