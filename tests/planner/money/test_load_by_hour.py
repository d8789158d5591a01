"""Machines that follow the stated load of each hour, by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.money.load_by_hour import MachinesByHour, WeeklyLoad
from planner.money.load_following import best_blend


def week(*hours: float) -> WeeklyLoad:
    """Day after day alike: the load of each of 24 hours over the busiest."""
    assert len(hours) == 24
    return WeeklyLoad(np.tile(np.array(hours), 7)[None, :], np.ones(1))


# Nothing from 0 to 6, then 12 hours of a quarter, 4 of half, and 2 of all.
DAY = week(*[0.0] * 6, *[0.25] * 12, *[0.5] * 4, *[1.0] * 2)


def test_each_hour_runs_the_machines_that_its_load_takes() -> None:
    four = MachinesByHour(4, DAY)
    # 12 hours with 1, 4 with 2 and 2 with 4 of them: 28 machine-hours a day
    assert four.mean_billed() * 24 == pytest.approx(28)
    assert four.mean_running() == pytest.approx(28 / 18)  # of the 18 hours with documents
    assert four.mean_billed(besides=1) * 24 == pytest.approx(10)
    assert four.mean_billed(besides=3) * 24 == pytest.approx(2)
    # needed for 18, 6, 2 and 2 of 24 hours
    assert [four.longer_than(hours / 24) for hours in (1, 2, 5, 6, 17, 18)] == [4, 2, 2, 1, 1, 0]
    three = MachinesByHour(3, DAY)  # a quarter of three takes one, a half takes two
    assert three.mean_billed() * 24 == pytest.approx(12 + 2 * 4 + 3 * 2)


def test_those_that_always_run_and_spare_ones_run_while_documents_arrive() -> None:
    found = MachinesByHour(4, DAY, always=2, spares=1)
    assert found.mean_billed() * 24 == pytest.approx(3 * 12 + 3 * 4 + 5 * 2)
    assert found.longer_than(17.9 / 24) == 3
    level = MachinesByHour(2, week(*[1.0] * 24), spares=1)
    assert level.are_all_always_on
    assert not found.are_all_always_on


def test_a_start_is_billed_for_the_minimum_and_bridges_a_shorter_pause() -> None:
    # Two hours at 8 and two at 12, of a day: with a minimum of 3 hours each is billed for 3, with
    # one of 5 the machine is still on at 12, and off at 14, as it was switched on at 8.
    two = week(*[0.0] * 8, 1.0, 1.0, 0.0, 0.0, 1.0, 1.0, *[0.0] * 10)
    hours = {h: MachinesByHour(1, two, minimum_h=h).mean_billed() * 24 for h in (0, 3, 2.5, 5)}
    assert hours == {0: pytest.approx(4), 3: 6, 2.5: 5, 5: 6}
    all_day = MachinesByHour(1, week(*[1.0] * 24), minimum_h=5)
    assert all_day.mean_billed() == pytest.approx(1)


def test_a_machine_needed_in_fewer_hours_is_billed_no_longer() -> None:
    # One is needed in the hours 0, 1, 3 and 4 of a week, and with a minimum of 3 hours still on in
    # hour 2: 5 hours. The other is needed in 0 and 4: two starts of 3 hours, or on as the first is.
    loads = np.zeros(168)
    loads[[0, 1, 3, 4]] = 1.0, 0.5, 0.5, 1.0
    two = MachinesByHour(2, WeeklyLoad(loads[None, :], np.ones(1)), minimum_h=3)
    assert two.mean_billed() * 168 == pytest.approx(5 + 5)
    assert two.longer_than(5.5 / 168) == 0
    blend = best_blend(two, following_usd_per_year=168, reserved_usd_per_year=5.5)
    assert (blend.reserved, blend.usd_per_year) == (0, pytest.approx(10))


def test_a_season_has_its_own_hours_in_each_kind_of_week() -> None:
    loads = np.stack([np.full(168, 1.0), np.full(168, 0.5)])
    half_a_year = MachinesByHour(2, WeeklyLoad(loads, np.array([0.25, 0.75])))
    assert half_a_year.mean_billed() == pytest.approx(0.25 * 2 + 0.75 * 1)
    assert half_a_year.longer_than(0.3) == 1


def test_machines_are_reserved_up_to_the_critical_ratio() -> None:
    # Reserved at half the price: worth it for more than 12 hours a day, so for the first of four.
    blend = best_blend(MachinesByHour(4, DAY), 10_000, 5_000)
    assert (blend.reserved, blend.following) == (1, 3)
    assert blend.usd_per_year == pytest.approx(5_000 + 10 / 24 * 10_000)


def test_a_trillion_machines_are_counted_as_soon_as_four() -> None:
    assert MachinesByHour(4 * 10**12, DAY).mean_billed() * 24 == pytest.approx(28e12)


@settings(max_examples=15)
@given(
    loads=st.lists(st.sampled_from((0.0, 0.1, 0.4, 0.7, 1.0)), min_size=168, max_size=168),
    machines=st.integers(1, 12),
)
def test_one_more_machine_or_hour_is_never_cheaper_and_none_is_billed_more_than_always(
    loads: list[float], machines: int
) -> None:
    def billed(count: int, hours: list[float], minimum_h: float = 0.0) -> float:
        load = WeeklyLoad(np.array([1.0, *hours[1:]])[None, :], np.ones(1))
        return MachinesByHour(count, load, minimum_h=minimum_h).mean_billed()

    now = billed(machines, loads)
    assert now <= billed(machines + 1, loads) + 1e-9
    assert now <= billed(machines, [*loads[:80], 1.0, *loads[81:]]) + 1e-9
    assert now <= billed(machines, loads, minimum_h=3.5) <= machines + 1e-9


@settings(max_examples=25)
@given(
    loads=st.lists(st.sampled_from((0.0, 0.3, 0.6, 1.0)), min_size=24, max_size=24),
    quiet=st.floats(0.1, 1.0),
    machines=st.integers(1, 4),
    minimum_h=st.sampled_from((0.0, 1.5, 3.0, 8.0)),
    reserved=st.floats(0.02, 1.0),
)
def test_no_number_of_reserved_machines_is_cheaper_than_the_blend(
    loads: list[float], quiet: float, machines: int, minimum_h: float, reserved: float
) -> None:
    busy = np.array([1.0, *loads[1:], *[0.0] * 144])
    weeks = WeeklyLoad(np.stack([busy, quiet * busy[::-1]]), np.array([0.25, 0.75]))
    billed = MachinesByHour(machines, weeks, minimum_h=minimum_h)
    found = best_blend(billed, 1.0, reserved)
    for number in range(machines + 1):
        usd = number * reserved + billed.mean_billed(besides=number)
        assert found.usd_per_year <= usd + 1e-9
