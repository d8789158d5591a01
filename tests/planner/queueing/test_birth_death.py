"""Queueing against closed formulas (Kleinrock, "Queueing Systems" vol. 1)."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.queueing.birth_death import sojourn


def test_one_at_a_time_the_mean_is_that_of_the_m_m_1_queue() -> None:
    # service 1 s, 0.5 arrivals/s: mean time in system 1 / (1 - 0.5) = 2 s
    result = sojourn(0.5, np.array([1.0]))
    assert result.mean_s == pytest.approx(2.0, rel=1e-6)
    assert result.mean_running == pytest.approx(0.5, rel=1e-6)


@pytest.mark.parametrize(("load", "mean_s"), [(0.1, 10 / 9), (0.8, 5.0), (0.9, 10.0)])
def test_the_m_m_1_queue_has_its_mean_at_every_load(load: float, mean_s: float) -> None:
    # service 1 s: mean time in system 1 / (1 - load)
    assert sojourn(load, np.array([1.0])).mean_s == pytest.approx(mean_s, rel=1e-6)


def test_percentiles_of_the_m_m_1_queue() -> None:
    # Half of all arrivals find nobody, a quarter find one other, an eighth two, and so on: who
    # finds n others stays n + 1 s. Within 4 s are 1 - 0.5^4 = 93.75 %, within 5 s 96.875 %;
    # in between the percentiles are interpolated: 4 + (0.95 - 0.9375) / 0.03125 = 4.4.
    # Likewise within 6 s 98.4375 %, within 7 s 99.21875 %: 6 + (0.99 - 0.984375) / 0.0078125.
    result = sojourn(0.5, np.array([1.0]))
    assert result.p50_s == pytest.approx(1.0, rel=1e-6)
    assert result.p95_s == pytest.approx(4.4, rel=1e-6)
    assert result.p99_s == pytest.approx(6.72, rel=1e-6)


@pytest.mark.parametrize(
    ("servers", "arrivals_per_s", "mean_s"),
    [
        # Service 1 s. Erlang C: a document waits with probability C for C / (c - a) s on average,
        # with a = arrivals x 1 s.
        # c = 2, a = 1: p0 = 1 / (1 + 1 + 1/2 x 2) = 1/3, C = 1/2 x 2 x 1/3 = 1/3; 1 + 1/3
        (2, 1.0, 4 / 3),
        # c = 3, a = 2: p0 = 1 / (1 + 2 + 2 + 8/6 x 3) = 1/9, C = 8/6 x 3 x 1/9 = 4/9; 1 + 4/9
        (3, 2.0, 13 / 9),
        # c = 4, a = 2: p0 = 1 / (1 + 2 + 2 + 8/6 + 16/24 x 2) = 3/23,
        # C = 16/24 x 2 x 3/23 = 4/23; 1 + 4/23 / 2
        (4, 2.0, 25 / 23),
    ],
)
def test_several_at_full_pace_are_the_m_m_c_queue(
    servers: int, arrivals_per_s: float, mean_s: float
) -> None:
    pace = 1.0 / np.arange(1.0, servers + 1.0)  # n together finish n a second
    result = sojourn(arrivals_per_s, pace)
    assert result.mean_s == pytest.approx(mean_s, rel=1e-6)
    assert result.mean_running == pytest.approx(arrivals_per_s, rel=1e-6)  # Little: a x 1 s


def test_with_room_for_all_nobody_waits() -> None:
    # ten in parallel at no loss of pace (a delay of 2 s each): the mean stays 2 s
    pace = 2.0 / np.arange(1.0, 101.0)
    result = sojourn(3.0, pace)
    assert result.mean_s == pytest.approx(2.0, rel=1e-6)
    assert result.p99_s == pytest.approx(2.0, rel=1e-6)
    assert result.mean_running == pytest.approx(6.0, rel=1e-6)  # Little: 3 x 2


def test_a_load_that_cannot_be_carried_has_no_answer_time() -> None:
    result = sojourn(1.0, np.array([1.0]))
    assert (result.mean_s, result.p50_s, result.p95_s, result.p99_s) == (None,) * 4


@given(
    st.floats(0.01, 0.9),
    st.lists(st.floats(0.1, 1.0), min_size=1, max_size=30),
)
def test_percentiles_are_in_order_and_rise_with_the_load(load: float, shrink: list[float]) -> None:
    # n s(n) must not fall with n: more together never makes each of them faster
    work = np.cumsum(np.concatenate([[1.0], shrink]))
    pace = work / np.arange(1.0, len(work) + 1.0)
    slowest = float(pace[-1])
    light, heavy = sojourn(0.5 * load / slowest, pace), sojourn(load / slowest, pace)
    assert light.p50_s is not None
    assert light.p95_s is not None
    assert light.p99_s is not None
    assert light.p50_s <= light.p95_s <= light.p99_s
    assert heavy.p95_s is not None
    assert heavy.p95_s >= light.p95_s - 1e-9
