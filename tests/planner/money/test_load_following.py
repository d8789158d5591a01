"""How long machines run that follow the load, and which of them to reserve, by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.money.load_following import MachinesBilled, MachinesNeeded, best_blend


@pytest.mark.parametrize(
    ("machines", "peak_factor", "shares"),
    [
        (3, 1.0, (1, 1, 1)),
        # the load falls from 2 to 0: a second of two machines is needed above 1, half the time
        (2, 2.0, (1, 0.5)),
        (4, 2.0, (1, 0.75, 0.5, 0.25)),
        # from 1.5 to 0.5: above 0.75 for 3 / 4 of the hours
        (2, 1.5, (1, 0.75)),
        # above 0.5, which is always, and above 1 for half of the hours
        (3, 1.5, (1, 1, 0.5)),
        # from 4 to 0 within half of the hours: above 2 for a quarter
        (2, 4.0, (1, 0.25)),
        (0, 2.0, ()),
    ],
)
def test_each_machine_is_needed_while_the_load_is_above_those_before_it(
    machines: int, peak_factor: float, shares: tuple[float, ...]
) -> None:
    needed = MachinesNeeded(machines, peak_factor)
    for besides in range(machines + 1):
        assert needed.mean_running(besides) == pytest.approx(sum(shares[besides:]))
    for share in (0.1, 0.3, 0.6, 0.9):
        assert needed.longer_than(share) == sum(one > share for one in shares)


def test_those_that_always_run_and_spare_ones_run_in_all_working_hours() -> None:
    # of four at a factor of 2 three always run, and the last for a quarter; two more are spare
    needed = MachinesNeeded(4, 2.0, always=3, spares=2)
    assert needed.mean_running() == pytest.approx(2 + 3 + 0.25)
    assert needed.mean_running(besides=4) == pytest.approx(1 + 0.25)
    assert (needed.longer_than(0.2), needed.longer_than(0.3)) == (6, 5)


@pytest.mark.parametrize(("peak_factor", "share"), [(2.0, 0.5), (3.0, 1 / 3)])
def test_many_machines_cost_the_mean_load_over_the_peak(peak_factor: float, share: float) -> None:
    assert MachinesNeeded(1000, peak_factor).mean_running() / 1000 == pytest.approx(
        share, abs=0.002
    )


def test_the_blend_is_the_critical_ratio() -> None:
    # 10,000 USD on demand, 6,300 reserved: reserve what is needed over 63 % of the year, of four
    # machines that are needed for 1, 0.75, 0.5 and 0.25 of it.
    blend = best_blend(MachinesBilled(MachinesNeeded(4, 2.0), (168.0,)), 10_000, 6_300)
    assert (blend.reserved, blend.following, blend.critical_ratio) == (2, 2, 0.63)
    assert blend.usd_per_year == pytest.approx(20_100)  # 2 x 6,300 + 0.75 x 10,000
    # If machines work for 0.8 of the year, the second is needed for 0.6 of it.
    part_time = best_blend(MachinesBilled(MachinesNeeded(4, 2.0), (134.4,)), 10_000, 6_300)
    assert part_time.reserved == 1
    assert part_time.usd_per_year == pytest.approx(6_300 + 0.8 * 1.5 * 10_000)


NEEDED = st.builds(
    MachinesNeeded,
    machines=st.integers(1, 30),
    peak_factor=st.floats(1, 12),
    always=st.integers(1, 4),
    spares=st.integers(0, 2),
)


@given(needed=NEEDED, working=st.floats(0.1, 1), ratio=st.floats(0.05, 1.5))
def test_no_other_number_of_reserved_machines_is_cheaper(
    needed: MachinesNeeded, working: float, ratio: float
) -> None:
    billed = MachinesBilled(needed, (working * 168.0,))
    blend = best_blend(billed, 1000, 1000 * ratio)
    machines = needed.machines + needed.spares
    costs = [
        n * 1000 * ratio + 1000 * working * needed.mean_running(n) for n in range(machines + 1)
    ]
    assert blend.usd_per_year == pytest.approx(min(costs))
    assert blend.reserved + blend.following == machines


@given(needed=NEEDED)
def test_one_more_machine_is_never_cheaper_and_runs_no_longer_than_all_hours(
    needed: MachinesNeeded,
) -> None:
    more = MachinesNeeded(
        needed.machines + 1, needed.peak_factor, needed.always, needed.spares
    ).mean_running()
    assert needed.mean_running() <= more <= needed.mean_running() + 1 + 1e-9
    twice = MachinesNeeded(
        2 * needed.machines, needed.peak_factor, 2 * needed.always, 2 * needed.spares
    )
    assert twice.mean_running() <= 2 * needed.mean_running() + 1e-9


@given(
    needed=NEEDED,
    shifts=st.lists(st.floats(1, 24), min_size=1, max_size=7),
    minimum_h=st.floats(0.5, 30),
    besides=st.integers(0, 8),
    share=st.floats(0, 1),
)
def test_each_machine_is_billed_for_the_minimum_at_each_start(
    needed: MachinesNeeded, shifts: list[float], minimum_h: float, besides: int, share: float
) -> None:
    machines = needed.machines + needed.spares
    hours = [
        min(168.0, sum(max(needed.share(n) * shift, minimum_h) for shift in shifts))
        for n in range(machines)
    ]
    billed = MachinesBilled(needed, tuple(shifts), minimum_h)
    assert billed.mean_billed(besides) == pytest.approx(sum(hours[besides:]) / 168.0)
    assert billed.longer_than(share) == sum(one / 168.0 > share + 1e-9 for one in hours)


def test_a_trillion_machines_are_billed_as_soon_as_one() -> None:
    # At a factor of 2 the shares fall evenly from 1 to 0: of a shift of 8 hours with a minimum of
    # 4, half of the machines take 8 x share, 6 in the mean, and the others 4.
    billed = MachinesBilled(MachinesNeeded(10**12, 2.0), (8.0,) * 5, 4.0)
    assert billed.mean_billed() == pytest.approx(10**12 * 5 * (6 + 4) / 2 / 168)
