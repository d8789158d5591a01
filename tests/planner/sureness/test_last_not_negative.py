"""The last point at which a falling function is not yet negative."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.sureness.last_not_negative import last_not_negative


@pytest.mark.parametrize(("root", "found"), [(7.0, 7), (7.9, 7), (0.0, 0), (99.5, 99)])
def test_whole_steps_from_the_good_end(root: float, found: float) -> None:
    assert last_not_negative(lambda x: root - x, 0.0, 100.0, 1.0) == found


def test_the_bad_end_may_be_below() -> None:
    assert last_not_negative(lambda x: x - 3.2, 10.0, 1.0, 1.0) == 4


def test_an_infinite_shortfall_is_halved() -> None:
    def margin(x: float) -> float:
        return -math.inf if x > 20.0 else 30.0 - x

    assert last_not_negative(margin, 0.0, 1e6, 1.0) == 20


def test_steps_that_are_known_to_be_good_are_not_tried_again() -> None:
    tried: list[float] = []

    def margin(x: float) -> float:
        tried.append(x)
        return 70.5 - x

    # Whole steps from 0, the 64th of which is known: only it, the end and two between are tried.
    assert last_not_negative(margin, 0.0, 100.0, 1.0, good_steps=64) == 70
    assert min(tried) == 64
    assert len(tried) <= 6


@given(st.floats(0.0, 1e6), st.floats(0.2, 5.0))
def test_it_is_within_one_step_of_the_root(root: float, power: float) -> None:
    def margin(x: float) -> float:
        return float(root**power - x**power)

    found = last_not_negative(margin, 0.0, 1e6 + 1.0, 1.0)
    assert margin(found) >= 0.0 > margin(found + 1.0)
