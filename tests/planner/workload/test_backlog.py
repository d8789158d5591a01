"""Paces and backlogs that can be worked out by hand."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.workload.backlog import arrivals_in, backlog, open_in, pace_needed
from planner.workload.weekly_hours import DailyHours, Shift, shifts

DAYTIME = [Shift(24.0 * day + 8.0, 12.0) for day in range(7)]
ALWAYS = open_in([Shift(0.0, 168.0)])


def daily(days: list[str], from_: str, to: str) -> tuple[Shift, ...]:
    hours = DailyHours.model_validate({"days": days, "from": from_, "to": to})
    return shifts(hours.hours_per_week, hours)


def test_twelve_hours_to_finish_twelve_hours_of_arrivals_halve_the_pace() -> None:
    assert pace_needed(arrivals_in(DAYTIME, 1.0), ALWAYS, 12.0) == pytest.approx(0.5)


def test_six_hours_are_added_to_the_twelve_of_arrivals() -> None:
    assert pace_needed(arrivals_in(DAYTIME, 1.0), ALWAYS, 6.0) == pytest.approx(12 / 18)


def test_a_busy_hour_may_be_spread_over_the_deadline() -> None:
    # 3 documents in one hour, one hour to finish them: 3 in two hours.
    assert pace_needed(arrivals_in(DAYTIME, 3.0), ALWAYS, 1.0) == pytest.approx(1.5)


def test_without_a_deadline_the_week_decides() -> None:
    assert pace_needed(arrivals_in(DAYTIME, 3.0), ALWAYS, None) == pytest.approx(0.5)


def test_night_work_clears_the_day_in_time_or_not_at_all() -> None:
    week = ["monday", "tue", "wed", "thu", "fri"]
    arrivals = arrivals_in(daily(week, "08:00", "18:00"), 1.0)
    night = open_in(daily(week, "20:00", "06:00"))
    assert night.per_week == 50
    assert pace_needed(arrivals, night, 24.0) == pytest.approx(1.0)
    assert pace_needed(arrivals, night, 1.0) == math.inf


def test_the_backlog_at_half_the_arrivals_is_six_hours_of_them_and_clears_in_twelve() -> None:
    found = backlog(arrivals_in(DAYTIME, 1.0), ALWAYS, 0.5)
    assert found is not None
    assert found.documents == pytest.approx(6.0)
    assert found.longest_h == pytest.approx(12.0, abs=1e-4)


def test_a_pace_below_the_weeks_arrivals_never_clears() -> None:
    assert backlog(arrivals_in(DAYTIME, 1.0), ALWAYS, 0.49) is None


def test_sixty_hours_a_week_are_five_days_and_more_are_seven() -> None:
    assert shifts(60.0, None) == tuple(Shift(24.0 * day + 6.0, 12.0) for day in range(5))
    assert shifts(84.0, None) == tuple(Shift(24.0 * day + 6.0, 12.0) for day in range(7))


@given(st.floats(5, 168), st.floats(1, 10), st.floats(0.1, 100), st.floats(0.1, 100))
def test_a_longer_deadline_never_needs_a_faster_pace(
    hours: float, peak: float, first: float, second: float
) -> None:
    arrivals = arrivals_in(shifts(hours, None), peak)
    short, long = sorted((first, second))
    assert pace_needed(arrivals, ALWAYS, long) <= pace_needed(arrivals, ALWAYS, short) + 1e-9


@given(st.floats(5, 168), st.floats(1, 10), st.floats(0.5, 48))
def test_at_the_pace_needed_no_document_waits_longer_than_its_deadline(
    hours: float, peak: float, deadline: float
) -> None:
    arrivals = arrivals_in(shifts(hours, None), peak)
    found = backlog(arrivals, ALWAYS, pace_needed(arrivals, ALWAYS, deadline))
    assert found is not None
    assert found.longest_h <= deadline + 1e-3
