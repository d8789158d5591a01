"""The lengths of a sample: mean, quantiles, and how many documents have how many tokens."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from planner.documents.sample_file import CountedFile
from planner.errors import InputError
from planner.workload.length_distribution import LengthDistribution, of_sample
from planner.workload.length_spread import MOST_TOKENS, LengthSpread, spread_of

SHOWN = (0.5, 0.95, 0.999)
MOST_BINS = 16
FEWEST_FOR_A_SPREAD = 2


@dataclass(frozen=True, slots=True)
class Bin:
    """Documents with at least ``first`` and at most ``last`` tokens."""

    first: int
    last: int
    documents: int


@dataclass(frozen=True, slots=True)
class MeasuredLengths:
    """The lengths of ``documents``; ``lengths`` is the distribution that a plan takes."""

    documents: int
    lengths: LengthDistribution
    shortest: int
    longest: int
    histogram: tuple[Bin, ...]

    @property
    def mean(self) -> int:
        """Mean tokens, whole as those of a scenario of one class."""
        return max(1, round(self.lengths.mean))

    @property
    def spread(self) -> LengthSpread | None:
        """The spread for a scenario; None if one document says nothing about it."""
        return None if self.documents < FEWEST_FOR_A_SPREAD else spread_of(self.lengths)

    def quantile(self, probability: float) -> int:
        """The tokens that this share of the documents does not exceed."""
        return round(self.lengths.quantile(probability))


def measured_lengths(files: Sequence[CountedFile], template_tokens: int = 0) -> MeasuredLengths:
    """The lengths of all documents, each with ``template_tokens`` of a prompt template more.

    Raises InputError if nothing was counted, or if a prompt is longer than any model takes.
    """
    tokens = [count + template_tokens for one in files for count in one.tokens]
    if not tokens:
        raise InputError("No document was counted; see what is wrong with each file.")
    return _lengths(tokens)


def measured_answers(files: Sequence[CountedFile]) -> MeasuredLengths | None:
    """The lengths of the answers in the files; None if they state none. Raises InputError."""
    tokens = [count for one in files for count in one.answers]
    return _lengths(tokens) if tokens else None


def _lengths(tokens: Sequence[int]) -> MeasuredLengths:
    longest = max(tokens)
    if longest > MOST_TOKENS:
        raise InputError(
            f"A text has {longest:,} tokens; a prompt or an answer may have {MOST_TOKENS:,}. Split "
            "it into what the model will be sent."
        )
    return MeasuredLengths(
        documents=len(tokens),
        lengths=of_sample([float(count) for count in tokens]),
        shortest=min(tokens),
        longest=longest,
        histogram=_histogram(tokens),
    )


def _histogram(tokens: Sequence[int]) -> tuple[Bin, ...]:
    """At most ``MOST_BINS`` bins of one width, which is 1, 2 or 5 times a power of ten."""
    low, high = min(tokens), max(tokens)
    width = _width(high - low + 1)
    first, last = low // width, high // width
    while last - first + 1 > MOST_BINS:
        width = _width(width * MOST_BINS + 1)
        first, last = low // width, high // width
    counts = [0] * (last - first + 1)
    for count in tokens:
        counts[count // width - first] += 1
    return tuple(
        Bin((first + n) * width, (first + n + 1) * width - 1, number)
        for n, number in enumerate(counts)
    )


def _width(span: int) -> int:
    """The smallest width of 1, 2 or 5 times a power of ten with which bins cover ``span``."""
    least = span / MOST_BINS
    power = 10 ** max(0, math.floor(math.log10(least))) if least > 1.0 else 1
    return next(factor * power for factor in (1, 2, 5, 10, 20) if factor * power >= least)
