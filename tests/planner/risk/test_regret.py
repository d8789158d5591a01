"""Losses, regrets and the value of knowing, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from planner.risk.regret import (
    losses_by_confidence_usd,
    losses_usd,
    regrets_usd,
    value_of_knowing_usd,
)

COSTS = np.array([100.0, 150.0])
WORKS = np.array([[True, True, False, False], [True, True, True, False]])
SHORT = np.array([[0.0, 0.0, 400.0, 1000.0], [0.0, 0.0, 0.0, 600.0]])


def test_with_a_penalty_what_falls_short_is_paid() -> None:
    losses = losses_usd(COSTS, SHORT, 0.2)
    assert losses.tolist() == [[100, 100, 180, 300], [150, 150, 150, 270]]
    assert regrets_usd(losses).tolist() == [[0, 0, 30, 30], [50, 50, 0, 0]]
    # Expected: 170 and 180; regrets 15 and 25: the difference is the same.
    assert losses.mean(axis=1).tolist() == [170, 180]
    assert regrets_usd(losses).mean(axis=1).tolist() == [15, 25]


def test_without_a_penalty_the_confidence_says_what_it_costs_to_miss_a_limit() -> None:
    # The second is 25 points surer for 50 dollars: 200 for each missed limit.
    losses = losses_by_confidence_usd(COSTS, WORKS, 0.75)
    assert losses.tolist() == [[100, 100, 300, 300], [150, 150, 150, 350]]
    # Known half: 100 with the first, 250 with the second: 175 instead of 200.
    assert value_of_knowing_usd(losses, 2) == pytest.approx(25)
    assert losses_by_confidence_usd(COSTS, WORKS, 0.99).tolist() == losses.tolist()


def test_who_takes_the_cheapest_anyway_does_not_pay_to_be_surer() -> None:
    losses = losses_by_confidence_usd(COSTS, WORKS, 0.5)
    assert losses.tolist() == [[100] * 4, [150] * 4]
    assert value_of_knowing_usd(losses, 2) == 0.0


def test_knowing_the_half_in_advance_saves_its_regret() -> None:
    losses = losses_usd(COSTS, SHORT, 0.2)
    # Known half: 100 with the first, then 210 with the second: 155 instead of 170.
    assert value_of_knowing_usd(losses, 2) == pytest.approx(15)
    assert value_of_knowing_usd(losses, 1) == 0.0


def test_knowing_what_changes_no_choice_is_worth_nothing() -> None:
    assert value_of_knowing_usd(np.array([[1.0, 2.0], [3.0, 4.0]]), 2) == 0.0
