"""Reads and writes numbers as people type them: ``20,000,000``, ``25 million``, ``30k``, ``$5``."""

from __future__ import annotations

import math
import re

from planner.errors import InputError

_WORDS = {
    "": 1.0,
    "k": 1e3,
    "thousand": 1e3,
    "m": 1e6,
    "mn": 1e6,
    "million": 1e6,
    "b": 1e9,
    "bn": 1e9,
    "billion": 1e9,
}
_NUMBER = re.compile(
    r"(?P<sign>[+-]?)\$?"
    r"(?P<digits>\d{1,3}(?:[, _]\d{3})+(?:\.\d+)?|\d+\.?\d*|\.\d+)"
    r"(?P<exponent>e[+-]?\d{1,3})?\s*(?P<word>[a-z]*)"
)
_QUOTED = 30  # characters of a wrong entry that a message quotes


def read_number(
    text: str, *, least: float, most: float, unit: str, whole: bool = False, above: bool = False
) -> float:
    """The number in ``text``. Raises InputError with what is allowed.

    ``least`` itself is allowed unless ``above``; ``unit`` only appears in the message.
    """
    allowed = _allowed(least, most, unit, whole, above)
    match = _NUMBER.fullmatch(text.strip().lower().replace("\u00a0", " "))
    if match is None or match["word"] not in _WORDS:
        problem = (
            f"{_quoted(text)} cannot be read as a number" if text.strip() else "The field is empty"
        )
        raise InputError(f"{problem}; give {allowed}.")
    digits = re.sub(r"[, _]", "", match["digits"])
    number = float(f"{match['sign']}{digits}{match['exponent'] or ''}") * _WORDS[match["word"]]
    if number < least or (above and number == least) or number > most or not math.isfinite(number):
        raise InputError(f"{_quoted(text)} is out of range; give {allowed}.")
    if whole and number != round(number):
        raise InputError(f"{_quoted(text)} is not a whole number; give {allowed}.")
    return number


def written(number: float | None) -> str:
    """A number as its field shows it; ``read_number`` reads it back. None is an empty text."""
    if number is None:
        return ""
    if number == round(number) and abs(number) < 1e15:
        return f"{number:,.0f}"
    return f"{number!r}"


def tidied(text: str) -> str:
    """The text with its number as ``written`` formats it; unchanged if it is not a number.

    >>> tidied("20 million"), tidied("twenty")
    ('20,000,000', 'twenty')
    """
    try:
        return written(read_number(text, least=-math.inf, most=math.inf, unit=""))
    except (InputError, OverflowError):
        return text


def _allowed(least: float, most: float, unit: str, whole: bool, above: bool) -> str:
    kind = "a whole number" if whole else "a number"
    low = f"above {least:g}, up to" if above else f"from {least:g} to"
    return f"{kind} {low} {most:,.0f}{' ' + unit if unit else ''}"


def _quoted(text: str) -> str:
    text = " ".join(text.split())
    return f"“{text if len(text) <= _QUOTED else text[: _QUOTED - 1] + '…'}”"
