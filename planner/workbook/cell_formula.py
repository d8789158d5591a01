"""Formulas of a spreadsheet, each with the value that it has as the workbook is written.

A formula is written once, as arithmetic on cells. Its text goes into the workbook, and its value
beside it, so that programs which do not recalculate show the right figure.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import TypeVar

_BINDING = {"+": 1, "-": 1, "*": 2, "/": 2, "^": 3}
_TIGHTEST = 9
_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Number:
    """A cell, a constant or arithmetic on them: its text without the equals sign, and its value.

    ``binding`` is that of the outermost operator, which decides where parentheses are needed.
    """

    text: str
    value: float
    binding: int = _TIGHTEST

    def __add__(self, other: Number | float) -> Number:
        return _joined(self, "+", number(other), self.value + number(other).value)

    def __sub__(self, other: Number | float) -> Number:
        return _joined(self, "-", number(other), self.value - number(other).value)

    def __rsub__(self, other: float) -> Number:
        return number(other) - self

    def __mul__(self, other: Number | float) -> Number:
        return _joined(self, "*", number(other), self.value * number(other).value)

    def __truediv__(self, other: Number | float) -> Number:
        by = number(other)
        return _joined(self, "/", by, self.value / by.value if by.value else math.nan)

    def __pow__(self, other: Number | float) -> Number:
        return _joined(self, "^", number(other), self.value ** number(other).value)

    def at_most(self, other: Number | float) -> Condition:
        """True up to ``other`` itself."""
        return Condition(f"{self.text}<={number(other).text}", self.value <= number(other).value)

    def at_least(self, other: Number | float) -> Condition:
        """True from ``other`` itself on."""
        return Condition(f"{self.text}>={number(other).text}", self.value >= number(other).value)

    def equals(self, other: float) -> Condition:
        """True if it is exactly ``other``."""
        return Condition(f"{self.text}={number(other).text}", self.value == other)


@dataclass(frozen=True, slots=True)
class Words:
    """A cell or a formula with text."""

    text: str
    value: str

    def equals(self, other: str) -> Condition:
        """True if it is ``other``, in upper or lower case as spreadsheets compare."""
        return Condition(
            f"{self.text}={words(other).text}", self.value.casefold() == other.casefold()
        )


@dataclass(frozen=True, slots=True)
class Condition:
    """A comparison."""

    text: str
    value: bool


Result = TypeVar("Result", Number, Words)


def number(value: Number | float) -> Number:
    """A constant as a formula; a formula stays."""
    if isinstance(value, Number):
        return value
    return Number(f"{value:.15g}", float(value), _TIGHTEST if value >= 0 else 0)


def words(text: str) -> Words:
    """A constant text as a formula."""
    quoted = text.replace('"', '""')
    return Words(f'"{quoted}"', text)


def when(condition: Condition, then: Result, otherwise: Result) -> Result:
    """One of two results."""
    found = then if condition.value else otherwise
    return type(then)(f"IF({condition.text},{then.text},{otherwise.text})", found.value)


def word_or_number(condition: Condition, word: str, otherwise: Number) -> Words | Number:
    """The word if the condition holds, else the number."""
    text = f"IF({condition.text},{words(word).text},{otherwise.text})"
    return Words(text, word) if condition.value else Number(text, otherwise.value)


def all_of(conditions: Sequence[Condition]) -> Condition:
    """True if every condition is."""
    text = ",".join(one.text for one in conditions)
    return Condition(f"AND({text})", all(one.value for one in conditions))


def sum_of_column(cells: Sequence[Number]) -> Number:
    """The sum of cells below each other, from the first to the last."""
    last = cells[-1].text.rpartition("!")[2]
    return Number(f"SUM({cells[0].text}:{last})", sum(cell.value for cell in cells))


def sum_of(numbers: Sequence[Number]) -> Number:
    """The sum of numbers wherever they are; 0 if there is none."""
    if not numbers:
        return number(0.0)
    text = ",".join(one.text for one in numbers)
    return Number(f"SUM({text})", sum(one.value for one in numbers))


def cells_below(cells: Sequence[Number], value: Number) -> Number:
    """How many of the cells, which are below each other, have less than the value."""
    last = cells[-1].text.rpartition("!")[2]
    below = float(sum(cell.value < value.value for cell in cells))
    return Number(f"SUMPRODUCT(({cells[0].text}:{last}<{value.text})*1)", below)


def largest(*numbers: Number | float) -> Number:
    """The largest of the numbers."""
    return _function("MAX", [number(one) for one in numbers], max)


def smallest(*numbers: Number | float) -> Number:
    """The smallest of the numbers."""
    return _function("MIN", [number(one) for one in numbers], min)


def rounded_up(value: Number) -> Number:
    """The next whole number of one that is not negative."""
    return Number(f"ROUNDUP({value.text},0)", float(math.ceil(value.value)))


def exponential(value: Number) -> Number:
    """e to the power of the value."""
    return Number(f"EXP({value.text})", math.exp(value.value))


def logarithm(value: Number) -> Number:
    """The natural logarithm."""
    return Number(f"LN({value.text})", math.log(value.value))


def normal_probability(error: Number) -> Number:
    """The probability that a standard normal error is at most so large."""
    return Number(f"NORMSDIST({error.text})", _NORMAL.cdf(error.value))


def normal_error(probability: Number) -> Number:
    """The standard normal error that is not exceeded with the probability."""
    return Number(f"NORMSINV({probability.text})", _NORMAL.inv_cdf(probability.value))


def _function(name: str, numbers: Sequence[Number], of: Callable[[list[float]], float]) -> Number:
    text = ",".join(one.text for one in numbers)
    return Number(f"{name}({text})", of([one.value for one in numbers]))


def _joined(left: Number, operator: str, right: Number, value: float) -> Number:
    own = _BINDING[operator]
    least = own if operator in "+*" else own + 1
    return Number(f"{_inside(left, own)}{operator}{_inside(right, least)}", value, own)


def _inside(part: Number, least: int) -> str:
    return part.text if part.binding >= least else f"({part.text})"
