"""A year by hand: months, hours above a pace, and what waits."""

from __future__ import annotations

import numpy as np
import pytest

from planner.catalog.price_offer import HOURS_PER_YEAR
from planner.workload.backlog import arrivals_in, open_in
from planner.workload.weekly_hours import Shift
from planner.workload.year_of_hours import month_factors, year_of

ALWAYS = [Shift(0.0, 168.0)]
NOON = [Shift(24.0 * day + 12.0, 1.0) for day in range(7)]
DECEMBER = (1.0,) * 11 + (2.0,)


def test_months_are_relative_to_the_average_hour_of_the_year() -> None:
    # 334 days at 1 and 31 at 2: 396 / 365 on average.
    factors = month_factors(DECEMBER)
    assert factors[0] == pytest.approx(365 / 396)
    assert factors[11] == pytest.approx(730 / 396)
    assert month_factors(tuple(7.0 * one for one in DECEMBER)) == pytest.approx(factors)
    assert month_factors(()).tolist() == [1.0] * 12


def test_a_year_has_8760_hours_and_keeps_its_documents() -> None:
    year = year_of(arrivals_in(ALWAYS, 1.0), open_in(ALWAYS), DECEMBER)
    assert year.hours.sum() == pytest.approx(HOURS_PER_YEAR)
    assert float(year.hours @ year.arriving) == pytest.approx(HOURS_PER_YEAR)
    assert year.hours_above(1.0) == pytest.approx(31 * 24)
    assert year.hours_above(2.0) == 0.0


def test_an_hour_a_day_is_above_and_waits_for_the_next_ones() -> None:
    # One hour of each day brings 24 documents, and 3 an hour are processed: 21 wait.
    year = year_of(arrivals_in(NOON, 1.0), open_in(ALWAYS), ())
    assert year.hours_above(0.5) == pytest.approx(365)
    assert year.most_waiting(0.5) == pytest.approx(0.5)
    assert year.most_waiting(1 / 48) is None


def test_what_december_leaves_waits_until_january() -> None:
    # 31 days of twice the usual: 31 x 24 x (730 / 396 - 1.2) documents wait at its end.
    year = year_of(arrivals_in(ALWAYS, 1.0), open_in(ALWAYS), DECEMBER)
    assert year.most_waiting(1.2) == pytest.approx(31 * 24 * (730 / 396 - 1.2))
    assert year.most_waiting(0.9) is None


def test_the_rates_of_a_year_have_the_shares_of_their_documents() -> None:
    rates = year_of(arrivals_in(ALWAYS, 1.0), open_in(ALWAYS), DECEMBER).rates(730 / 396)
    assert rates.rates.tolist() == pytest.approx([0.5, 1.0])
    assert rates.shares.tolist() == pytest.approx([334 / 396, 62 / 396])
    assert rates.share_beyond(np.array([0.75])).tolist() == pytest.approx([0.25 * 62 / 396])
