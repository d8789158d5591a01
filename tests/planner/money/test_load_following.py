"""How long machines run that follow the load, and which of them to reserve, by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.money.load_following import best_blend, shares_of_hours_needed


@pytest.mark.parametrize(
    ("machines", "peak_factor", "shares"),
    [
        (3, 1.0, (1, 1, 1)),
        # the load falls from 2 to 0: a second of two machines is needed above 1, half the time
        (2, 2.0, (1, 0.5)),
        (4, 2.0, (1, 0.75, 0.5, 0.25)),
        # from 1.5 to 0.5: above 0.75 for 3 / 4 of the hours
        (2, 1.5, (1, 0.75)),
        # from 4 to 0 within half of the hours: above 2 for a quarter
        (2, 4.0, (1, 0.25)),
        (0, 2.0, ()),
    ],
)
def test_each_machine_is_needed_while_the_load_is_above_those_before_it(
    machines: int, peak_factor: float, shares: tuple[float, ...]
) -> None:
    assert shares_of_hours_needed(machines, peak_factor) == pytest.approx(shares)


@pytest.mark.parametrize(("peak_factor", "share"), [(2.0, 0.5), (3.0, 1 / 3)])
def test_many_machines_cost_the_mean_load_over_the_peak(peak_factor: float, share: float) -> None:
    shares = shares_of_hours_needed(1000, peak_factor)
    assert sum(shares) / 1000 == pytest.approx(share, abs=0.002)


def test_the_blend_is_the_critical_ratio() -> None:
    # 10,000 USD on demand, 6,300 reserved: reserve what is needed over 63 % of the year.
    blend = best_blend((1, 0.75, 0.5, 0.25), 10_000, 6_300)
    assert (blend.reserved, blend.following, blend.critical_ratio) == (2, 2, 0.63)
    assert blend.usd_per_year == pytest.approx(20_100)  # 2 x 6,300 + 0.75 x 10,000


@given(
    shares=st.lists(st.floats(0, 1), min_size=1, max_size=8),
    ratio=st.floats(0.05, 1.5),
)
def test_no_other_number_of_reserved_machines_is_cheaper(shares: list[float], ratio: float) -> None:
    shares.sort(reverse=True)
    blend = best_blend(shares, 1000, 1000 * ratio)
    costs = [n * 1000 * ratio + 1000 * sum(shares[n:]) for n in range(len(shares) + 1)]
    assert blend.usd_per_year == pytest.approx(min(costs))
    assert blend.reserved + blend.following == len(shares)
