"""Present values by hand."""

from __future__ import annotations

import pytest

from planner.money.present_value import present_value_usd


def test_payments_at_the_end_of_each_year_are_worth_less_today() -> None:
    # 1,000 / 1.1 + 1,000 / 1.21 + 1,000 / 1.331 = 909.0909 + 826.4463 + 751.3148
    assert present_value_usd([0, 1000, 1000, 1000], 0.10) == pytest.approx(2486.8520)


def test_what_is_paid_today_counts_in_full_and_what_comes_back_is_less() -> None:
    # 10,000 - 2,500 / 1.1^3 = 10,000 - 1,878.2870
    assert present_value_usd([10_000, 0, 0, -2500], 0.10) == pytest.approx(8121.7130)


def test_without_a_discount_it_is_the_sum() -> None:
    assert present_value_usd([1, 2, 3], 0.0) == 6
