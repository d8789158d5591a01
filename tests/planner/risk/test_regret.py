"""Losses, regrets and the value of knowing, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from planner.risk.regret import (
    losses_usd,
    regrets_usd,
    saving_of_knowing_usd,
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


def test_knowing_the_half_in_advance_buys_the_dear_one_in_that_half_alone() -> None:
    # Both halves together: the first works in 2 of 4 cases, the second in 3. Asked for 3 of 4.
    # First half: the first is sure, 100. Second half: no option is, so the dearest, 150.
    assert saving_of_knowing_usd(COSTS, WORKS, 2, 0.75) == 150 - 125
    assert saving_of_knowing_usd(COSTS, WORKS, 1, 0.75) == 0.0


def test_knowing_can_show_that_more_is_needed() -> None:
    # 1 of 2 is enough, and both halves together have it; the second half alone does not.
    assert saving_of_knowing_usd(COSTS, WORKS, 2, 0.5) == 100 - 125


def test_knowing_the_half_in_advance_saves_its_regret() -> None:
    losses = losses_usd(COSTS, SHORT, 0.2)
    # Known half: 100 with the first, then 210 with the second: 155 instead of 170.
    assert value_of_knowing_usd(losses, 2) == pytest.approx(15)
    assert value_of_knowing_usd(losses, 1) == 0.0


def test_knowing_what_changes_no_choice_is_worth_nothing() -> None:
    assert value_of_knowing_usd(np.array([[1.0, 2.0], [3.0, 4.0]]), 2) == 0.0
