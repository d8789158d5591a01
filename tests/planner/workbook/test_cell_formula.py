"""Formulas have the parentheses that they need, and the value that a spreadsheet computes."""

from __future__ import annotations

import pytest

from planner.workbook.cell_formula import (
    Number,
    all_of,
    largest,
    normal_error,
    normal_probability,
    number,
    rounded_up,
    sum_of,
    sum_of_column,
    when,
    word_or_number,
    words,
)

A, B, C = Number("A1", 8.0), Number("B1", 4.0), Number("C1", 2.0)


@pytest.mark.parametrize(
    ("formula", "text", "value"),
    [
        (A + B * C, "A1+B1*C1", 16),
        ((A + B) * C, "(A1+B1)*C1", 24),
        (A - (B - C), "A1-(B1-C1)", 6),
        (A / (B / C), "A1/(B1/C1)", 4),
        (A / (B * C), "A1/(B1*C1)", 1),
        (A * B / C, "A1*B1/C1", 16),
        ((B + 1.0) ** C, "(B1+1)^C1", 25),
        (1.0 - A, "1-A1", -7),
        (A * number(-1.0), "A1*(-1)", -8),
        (rounded_up(A / 3.0), "ROUNDUP(A1/3,0)", 3),
        (largest(A, B + 9.0), "MAX(A1,B1+9)", 13),
        (sum_of_column([A, B]), "SUM(A1:B1)", 12),
        (sum_of([]), "0", 0),
        (normal_probability(number(0.0)), "NORMSDIST(0)", 0.5),
        (when(A.at_most(B), A, B), "IF(A1<=B1,A1,B1)", 4),
        (when(all_of([A.at_least(B), B.equals(4.0)]), A, B), "IF(AND(A1>=B1,B1=4),A1,B1)", 8),
    ],
)
def test_arithmetic(formula: Number, text: str, value: float) -> None:
    assert formula.text == text
    assert formula.value == value


def test_the_error_that_is_not_exceeded_in_four_of_five_cases() -> None:
    # Table of the standard normal distribution: 0.8416
    assert normal_error(number(0.8)).value == pytest.approx(0.8416, abs=1e-4)


def test_words_are_quoted_and_compared_without_case() -> None:
    said = when(A.at_most(B), words('a "b"'), words("yes"))
    assert said.text == 'IF(A1<=B1,"a ""b""","yes")'
    assert said.value == "yes"
    assert said.equals("YES").value
    assert word_or_number(A.at_most(B), "none", C).value == 2.0
    assert word_or_number(B.at_most(A), "none", C).value == "none"


def test_a_division_by_zero_has_no_value_until_it_is_chosen() -> None:
    never = A / number(0.0)
    assert when(C.at_most(0.0), never, B).value == 4.0
