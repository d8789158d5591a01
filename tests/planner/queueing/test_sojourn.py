"""Queueing against closed formulas (Kleinrock, "Queueing Systems" vol. 1)."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from planner.queueing.lengths import EQUAL, Lengths, exponential_lengths, lognormal_lengths
from planner.queueing.percentiles import Distribution
from planner.queueing.routing import Routing
from planner.queueing.sojourn import (
    Replica,
    Traffic,
    answer_percentiles_s,
    in_system,
    whole_answer,
)

ONE_AT_A_TIME = Replica(np.array([1.0]))
RANDOM = exponential_lengths()
FINE = exponential_lengths(20_000)  # so many ranges that percentiles are exact to 1e-6


def answers(traffic: Traffic, replica: Replica) -> Distribution:
    return whole_answer(traffic, replica, in_system(traffic, replica))


def alone(load: float, replica: Replica, outputs: Lengths = RANDOM) -> Distribution:
    return answers(Traffic(load, outputs=outputs), replica)


def running(load: float, replica: Replica, outputs: Lengths = RANDOM) -> float:
    return in_system(Traffic(load, outputs=outputs), replica).running


@pytest.mark.parametrize(("load", "mean_s"), [(0.1, 10 / 9), (0.5, 2.0), (0.8, 5.0), (0.9, 10.0)])
def test_one_at_a_time_the_mean_is_that_of_the_m_m_1_queue(load: float, mean_s: float) -> None:
    # service 1 s: mean time in system 1 / (1 - load)
    result = alone(load, ONE_AT_A_TIME)
    assert result.mean == pytest.approx(mean_s, rel=1e-6)
    assert running(load, ONE_AT_A_TIME) == pytest.approx(load, rel=1e-6)


def test_percentiles_of_the_m_m_1_queue() -> None:
    # The time is exponential with rate 1 - 0.5: 2 ln 2, 2 ln 20 and 2 ln 100 s. (Stays of whole
    # services, n + 1 s for who finds n others, had 1.0, 4.4 and 6.72 s: service is random too.)
    result = alone(0.5, ONE_AT_A_TIME, FINE)
    assert result.p50 == pytest.approx(1.3862943611, rel=1e-6)
    assert result.p95 == pytest.approx(5.9914645471, rel=1e-6)
    assert result.p99 == pytest.approx(9.2103403720, rel=1e-6)


def test_one_percentile_alone_is_that_of_all() -> None:
    # 2 ln 20 s, as above
    found = answer_percentiles_s(Traffic(0.5, outputs=FINE), ONE_AT_A_TIME, (0.95,))
    assert found == (alone(0.5, ONE_AT_A_TIME, FINE).p95,)
    assert found == pytest.approx((5.9914645471,), rel=1e-6)


@pytest.mark.parametrize(("load", "mean_s"), [(0.2, 1.125), (0.5, 1.5), (0.8, 3.0), (0.9, 5.5)])
def test_with_equal_lengths_the_mean_is_that_of_the_m_d_1_queue(load: float, mean_s: float) -> None:
    # service 1 s: 1 + load / (2 (1 - load))
    assert alone(load, ONE_AT_A_TIME, EQUAL).mean == pytest.approx(mean_s, rel=1e-6)


def test_with_lognormal_lengths_the_mean_is_that_of_the_m_g_1_queue() -> None:
    # Variance of the length exp(0.64) - 1 = 0.896481, so E[S^2] = 1.896481; at 0.5 a second
    # 1 + 0.5 x 1.896481 / (2 x 0.5) = 1.9482405 s
    result = alone(0.5, ONE_AT_A_TIME, lognormal_lengths(0.8))
    assert result.mean == pytest.approx(1.9482405, rel=1e-6)


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
    assert alone(arrivals_per_s, Replica(pace)).mean == pytest.approx(mean_s, rel=1e-6)
    # Little: a x 1 s
    assert running(arrivals_per_s, Replica(pace)) == pytest.approx(arrivals_per_s, rel=1e-6)


@pytest.mark.parametrize(("replicas", "mean_s"), [(2, 4 / 3), (3, 13 / 9), (4, 25 / 23)])
def test_replicas_behind_a_balancer_are_the_servers_of_the_m_m_c_queue(
    replicas: int, mean_s: float
) -> None:
    # the same queues as above, with the places in replicas of one each
    each = {2: 1.0, 3: 2.0, 4: 2.0}[replicas] / replicas
    result = answers(Traffic(each, replicas, outputs=RANDOM), ONE_AT_A_TIME)
    assert result.mean == pytest.approx(mean_s, rel=1e-6)


@pytest.mark.parametrize(
    ("replicas", "p50_s", "p95_s", "p99_s"),
    [
        # The same queues: a wait of rate c - a with probability C, then a service of rate 1.
        # P(T > t) is exp(-t) (1 + C t) if c - a = 1, so exp(-t) (1 + t / 3) for c = 2 and
        # exp(-t) (1 + 4 t / 9) for c = 3; it is exp(-t) (1 + C (1 - exp(-t))) if c - a = 2, so
        # exp(-t) (1 + 4/23 (1 - exp(-t))) for c = 4.
        (2, 0.9744116052, 3.8164603052, 5.6659606838),
        (3, 1.0874128862, 4.0206881604, 5.8911744166),
        (4, 0.7834097624, 3.1497043339, 4.7642484376),
    ],
)
def test_percentiles_of_the_m_m_c_queue(
    replicas: int, p50_s: float, p95_s: float, p99_s: float
) -> None:
    each = {2: 1.0, 3: 2.0, 4: 2.0}[replicas] / replicas
    result = answers(Traffic(each, replicas, outputs=FINE), ONE_AT_A_TIME)
    assert result.p50 == pytest.approx(p50_s, rel=1e-6)
    assert result.p95 == pytest.approx(p95_s, rel=1e-6)
    assert result.p99 == pytest.approx(p99_s, rel=1e-6)


def test_a_random_split_is_as_many_single_replicas() -> None:
    pace = Replica(0.5 + 1.0 / np.arange(1.0, 9.0), 0.3)
    split = answers(Traffic(1.2, 7, "random"), pace)
    assert split == answers(Traffic(1.2), pace)


def test_in_turn_lies_between_a_random_split_and_the_least_loaded() -> None:
    pace = Replica(0.5 + 1.0 / np.arange(1.0, 9.0), 0.3)
    routings: tuple[Routing, ...] = ("least_loaded", "round_robin", "random")
    p95 = [answers(Traffic(1.3, 6, routing, RANDOM, RANDOM), pace).p95 for routing in routings]
    assert p95[0] < p95[1] < p95[2]


def test_with_room_for_all_nobody_waits() -> None:
    # ten in parallel at no loss of pace (a delay of 2 s each): the mean stays 2 s
    pace = Replica(2.0 / np.arange(1.0, 101.0))
    result = alone(3.0, pace, EQUAL)
    assert result.mean == pytest.approx(2.0, rel=1e-6)
    assert result.p99 == pytest.approx(2.0, rel=1e-6)
    assert running(3.0, pace, EQUAL) == pytest.approx(6.0, rel=1e-6)  # Little: 3 x 2


def test_prompts_that_block_the_others_lengthen_the_mean_as_in_a_queue_with_priority() -> None:
    # With room for all, and decoding that costs nothing but 1 s of time: 0.2 s of prompt at 2
    # a second, rho = 0.4. A prompt waits 0.4 x 0.2 / (2 x 0.6) = 1/15 s, and all that passes until
    # the last token is stretched by 1 / 0.6: (1/15 + 0.2 + 1) / 0.6 = 19/9 s.
    together = np.arange(1.0, 200.0)
    result = alone(2.0, Replica(0.2 + 1.0 / together, 0.2), EQUAL)
    assert result.mean == pytest.approx(19 / 9, rel=0.005)


def test_a_load_that_cannot_be_carried_has_no_answer_time() -> None:
    assert answer_percentiles_s(Traffic(1.0), ONE_AT_A_TIME, (0.5, 0.95, 0.99)) is None


def test_a_fleet_of_a_million_replicas_is_answered_like_one_that_nobody_else_uses() -> None:
    pace = Replica(0.2 + 1.0 / np.arange(1.0, 65.0), 0.1)
    seconds = answers(Traffic(2.0, 1_000_000), pace).p95
    # s(n) = 0.5 for 2 a second each, so n = 1 / 0.3 and n s(n) = 1.667 s
    assert seconds == pytest.approx(5 / 3, rel=0.02)


@given(
    st.floats(0.01, 0.9),
    st.lists(st.floats(0.1, 1.0), min_size=1, max_size=30),
    st.floats(0.0, 0.9),
    st.floats(0.0, 1.0),
    st.integers(1, 40),
)
@example(load=0.0625, shrink=[0.125], prompt=0.5, log_sd=0.0, replicas=1)
def test_percentiles_are_in_order_and_rise_with_the_load(
    load: float, shrink: list[float], prompt: float, log_sd: float, replicas: int
) -> None:
    # n s(n) must not fall with n: more together never makes each of them faster
    work = np.cumsum(np.concatenate([[1.0], shrink]))
    seconds = work / np.arange(1.0, len(work) + 1.0)
    pace, lengths = Replica(seconds, prompt * float(seconds.min())), lognormal_lengths(log_sd)
    light, heavy = (
        answers(Traffic(share / seconds[-1], replicas, "least_loaded", lengths, lengths), pace)
        for share in (0.5 * load, load)
    )
    assert light.p50 <= light.p95 <= light.p99
    assert heavy.p95 >= light.p95 - 1e-9


@given(
    st.floats(0.3, 0.95),
    st.integers(1, 64),
    st.floats(0.0, 0.95),
    st.floats(0.0, 1.0),
    st.integers(1, 60),
)
@example(load=0.3, places=51, prompt=0.3, log_sd=1e-12, replicas=51)
def test_one_replica_more_never_makes_answers_slower(
    load: float, places: int, prompt: float, log_sd: float, replicas: int
) -> None:
    seconds = prompt + (1.0 - prompt) / np.arange(1.0, places + 1.0)
    pace, lengths = Replica(seconds, prompt), lognormal_lengths(log_sd)
    total = load * replicas / float(seconds[-1])
    few, more = (
        answers(Traffic(total / n, n, "least_loaded", lengths, lengths), pace).p95
        for n in (replicas, replicas + 1)
    )
    assert more <= few * (1.0 + 1e-9)
