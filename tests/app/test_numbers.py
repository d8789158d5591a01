"""Numbers as people type them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.numbers import read_number, tidied, written
from planner.errors import InputError


def read(text: str, **limits: object) -> float:
    allowed: dict[str, object] = {"least": 0, "most": 1e12, "unit": "documents a year", **limits}
    return read_number(text, **allowed)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("20000000", 20_000_000),
        ("20,000,000", 20_000_000),
        ("20 000 000", 20_000_000),
        ("20_000_000", 20_000_000),
        ("20 million", 20_000_000),
        ("2.5M", 2_500_000),
        ("30k", 30_000),
        ("$30,000", 30_000),
        (" 2e7 ", 20_000_000),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1 billion", 1_000_000_000),
        ("20\u00a0000", 20_000),
        ("１２", 12),
    ],
)
def test_a_number_is_read_as_people_write_it(text: str, number: float) -> None:
    assert read(text) == number


@pytest.mark.parametrize(
    "text",
    ["", "abc", "1,5", "1.000.000", "12,34", "nan", "inf", "0x10", "1e", "20 dozen", "--1"],
)
def test_what_is_no_number_is_refused_with_what_is_allowed(text: str) -> None:
    with pytest.raises(
        InputError, match=r"; give a number from 0 to 1,000,000,000,000 documents a"
    ):
        read(text)


def test_a_refusal_quotes_the_text_or_says_that_there_is_none() -> None:
    with pytest.raises(InputError, match=r"^“1,5” cannot be read as a number; give a number from"):
        read("1,5")
    with pytest.raises(InputError, match=r"^The field is empty; give a number from"):
        read("  ")


def test_a_number_out_of_range_is_refused_with_the_range() -> None:
    with pytest.raises(InputError, match=r"“1e18” is out of range; give a number from 0 to 1,000"):
        read("1e18")
    with pytest.raises(InputError, match=r"give a number above 0, up to 168 hours a week\."):
        read("0", most=168, unit="hours a week", above=True)


def test_a_fraction_is_refused_where_whole_numbers_are_asked() -> None:
    with pytest.raises(
        InputError, match=r"“8.5” is not a whole number; give a whole number from 0"
    ):
        read("8.5", whole=True)


def test_a_long_entry_is_shortened_in_its_message() -> None:
    with pytest.raises(InputError) as raised:
        read("x" * 10_000)
    assert len(str(raised.value)) < 200


@given(st.floats(min_value=0, max_value=1e12, allow_nan=False))
def test_a_written_number_is_read_back_unchanged(number: float) -> None:
    assert read(written(number)) == number


@given(st.text(max_size=60))
def test_tidying_any_text_never_fails_and_settles(text: str) -> None:
    assert tidied(tidied(text)) == tidied(text)


def test_tidying_writes_thousands_separators() -> None:
    assert tidied("25 million") == "25,000,000"
    assert tidied("-5") == "-5"
    assert tidied("twenty") == "twenty"
