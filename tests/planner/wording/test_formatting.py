"""Figures as text: rounding, units, and what is said of a figure that is missing."""

from __future__ import annotations

import doctest
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.forecast.forecast_values import BASES, Interval
from planner.wording import formatting as f

POSITIVE = st.floats(min_value=1e-9, max_value=1e15)


def test_the_examples_in_the_documentation_hold() -> None:
    assert doctest.testmod(f).failed == 0


@pytest.mark.parametrize(
    "write", [f.significant, f.count, f.large, f.usd, f.percent, f.probability, f.seconds]
)
@pytest.mark.parametrize("missing", [None, math.nan, math.inf])
def test_a_missing_figure_is_a_dash_and_never_zero(write, missing) -> None:
    assert write(missing) == "–"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (999.5, "1,000"),
        (1_234_567, "1,230,000"),
        (0.00999999, "0.01"),
        (-45.678, "-45.7"),
        (100.0, "100"),
    ],
)
def test_forecasts_keep_three_significant_digits(value: float, text: str) -> None:
    assert f.significant(value) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.0, "0 %"),
        (1e-12, "0 %"),
        (1e-7, "under 0.1 %"),
        (0.00049, "under 0.1 %"),
        (0.00051, "0.1 %"),
        (-0.0002, "under 0.1 %"),
    ],
)
def test_a_small_share_is_not_told_as_none(share: float, text: str) -> None:
    assert f.percent(share) == text


@given(POSITIVE)
def test_rounding_changes_a_figure_by_half_a_percent_at_most(value: float) -> None:
    assert float(f.significant(value).replace(",", "")) == pytest.approx(value, rel=0.00501)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (999_499, "999,000"),
        (999_500, "1 million"),
        (20_000_000, "20 million"),
        (1_250_000_000, "1.25 billion"),
        (3e12, "3 trillion"),
    ],
)
def test_large_numbers_are_said_in_words_from_a_million_on(value: float, text: str) -> None:
    assert f.large(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (99.99, "$99.99"),
        (99.996, "$100"),
        (29_755.97, "$29,756"),
        (0.526, "$0.526"),
        (0.9, "$0.90"),
        (-1_500, "-$1,500"),
    ],
)
def test_dollars_show_cents_only_where_they_matter(value: float, text: str) -> None:
    assert f.usd(value) == text


def test_a_probability_never_claims_certainty() -> None:
    assert f.probability(1.0) == "over 99 %"
    assert f.probability(0.0) == "under 1 %"
    assert f.probability(0.99) == "99 %"


def test_durations_are_said_in_the_unit_people_use() -> None:
    assert [f.seconds(value) for value in (0, 0.0999, 0.1, 599, 600, 7200)] == [
        "0 s", "99.9 ms", "0.1 s", "599 s", "10 min", "2 h",
    ]  # fmt: skip


def test_an_interval_says_a_shared_unit_once() -> None:
    assert f.low_to_high(Interval(1e9, 9e8, 1.1e9)) == "900 million to 1.1 billion"
    assert f.low_to_high(Interval(1e9, 1.0e9, 1.1e9)) == "1 to 1.1 billion"
    assert f.interval(Interval(0.5, 0.4, 0.6), f.percent) == "50 % (40 % to 60 %)"


def test_every_basis_has_a_meaning_and_its_own_colour_and_shape() -> None:
    assert set(f.BASIS_MEANING) == set(BASES)
    assert len(set(f.BASIS_COLOUR.values())) == len(set(f.BASIS_SHAPE.values())) == len(BASES)
