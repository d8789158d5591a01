"""The formulas against an event simulation of continuous batching that shares no code with them."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from batching_simulation import Engine, Observed, simulate

from planner.queueing.lengths import lognormal_lengths
from planner.queueing.percentiles import Distribution
from planner.queueing.routing import Routing
from planner.queueing.sojourn import Replica, Traffic, first_token, in_system, whole_answer

ENGINES = {
    # 1,000 tokens in, 200 out: half of the time is for prompts
    "mixed": Engine(0.010, 0.0001, 0.00008, 1000, 200, 64),
    # 200 in, 500 out: one tenth is for prompts
    "decoding": Engine(0.010, 0.00005, 0.00002, 200, 500, 128),
    # 2,000 in, 300 out, with room for 12 only
    "little memory": Engine(0.020, 0.0001, 0.0001, 2000, 300, 12),
    # 4,000 in, 200 out: three quarters are for prompts
    "long prompts": Engine(0.010, 0.00015, 0.00005, 4000, 200, 48, 8192),
}
# 8,000 in, 100 out: nine tenths are for prompts
ALMOST_ALL_PROMPTS = Engine(0.010, 0.0001, 0.00008, 8000, 100, 16)
LOADS, REPLICAS = (0.5, 0.7, 0.9), (1, 4, 32)


def formulas(
    engine: Engine, load: float, replicas: int, routing: Routing, log_sd: float
) -> tuple[Distribution, Distribution]:
    """Seconds to the last token, and to the first."""
    running = np.arange(1.0, engine.slots + 1.0)
    seconds, lengths = engine.seconds(running), lognormal_lengths(log_sd)
    traffic = Traffic(load / seconds[-1], replicas, routing, lengths, lengths)
    replica = Replica(seconds, engine.prompt_s)
    parts = in_system(traffic, replica)
    step_s = engine.step_s + engine.sequence_s * parts.running
    return whole_answer(traffic, replica, parts), first_token(traffic, replica, parts, step_s)


def agrees(p95_s: float, observed_s: Observed, error: float) -> bool:
    return bool(abs(p95_s / np.percentile(observed_s.whole_s, 95) - 1.0) <= error)


def first_agrees(p95_s: float, observed: Observed) -> bool:
    """Within 10 % of a time that 94 to 96 % of the simulated first tokens take.

    Where one request in twenty waits for a place, the 95th percentile is a step: it is
    one prompt's time on one side, and several times that on the other.
    """
    low, high = np.percentile(observed.first_s, [94, 96])
    return bool(0.9 * low <= p95_s <= 1.1 * high)


@pytest.mark.slow
def test_the_simulation_of_one_place_and_one_token_is_the_m_d_1_queue() -> None:
    # 1 s of service at 0.5 a second: 1 + 0.5 / (2 x 0.5) = 1.5 s
    one = Engine(0.5, 0.0, 0.005, 100, 1, 1)
    assert simulate(one, 0.5, 1, requests=60_000).whole_s.mean() == pytest.approx(1.5, rel=0.02)


def test_the_simulation_counts_a_lone_request_by_hand() -> None:
    # 3,000 tokens take steps of 2,048 and 952: 2 x 0.01 + 3,000 x 0.0001 = 0.32 s to the first
    # token, then nine of 0.01 + 0.001 s
    lone = Engine(0.01, 0.001, 0.0001, 3000, 10, 4)
    observed = simulate(lone, 1e-4, 1, requests=200)
    assert observed.first_s == pytest.approx(0.32, rel=1e-6)
    assert observed.whole_s == pytest.approx(0.32 + 9 * 0.011, rel=1e-6)


@pytest.mark.slow
def test_a_fleet_with_lengths_that_vary() -> None:
    whole, first = formulas(ENGINES["mixed"], 0.7, 4, "least_loaded", 0.8)
    observed = simulate(ENGINES["mixed"], 0.7, 4, log_sd=0.8, requests=30_000)
    assert agrees(whole.p95, observed, 0.1)
    assert first.p95 == pytest.approx(np.percentile(observed.first_s, 95), rel=0.1)


def cases(log_sds: tuple[float, ...]) -> list[tuple[str, float, int, float]]:
    return list(itertools.product(ENGINES, LOADS, REPLICAS, log_sds))


@pytest.mark.slow
@pytest.mark.parametrize(("name", "load", "replicas", "log_sd"), cases((0.0, 0.8)))
def test_answer_times_of_equal_and_of_lognormal_lengths(
    name: str, load: float, replicas: int, log_sd: float
) -> None:
    whole, first = formulas(ENGINES[name], load, replicas, "least_loaded", log_sd)
    observed = simulate(ENGINES[name], load, replicas, log_sd=log_sd, requests=100_000)
    assert agrees(whole.p95, observed, 0.1)
    if log_sd > 0.0 or replicas == 1:
        assert first_agrees(first.p95, observed)


@pytest.mark.slow
@pytest.mark.parametrize(("load", "replicas"), list(itertools.product(LOADS, REPLICAS)))
def test_where_nine_tenths_of_the_work_are_for_prompts_the_error_is_a_fifth(
    load: float, replicas: int
) -> None:
    for log_sd in (0.0, 0.8):
        whole, _ = formulas(ALMOST_ALL_PROMPTS, load, replicas, "least_loaded", log_sd)
        observed = simulate(ALMOST_ALL_PROMPTS, load, replicas, log_sd=log_sd, requests=80_000)
        assert agrees(whole.p95, observed, 0.2)


@pytest.mark.slow
@pytest.mark.parametrize("load", LOADS)
@pytest.mark.parametrize("routing", ["random", "round_robin"])
def test_other_ways_to_route(routing: Routing, load: float) -> None:
    for log_sd in (0.0, 0.8):
        whole, _ = formulas(ENGINES["mixed"], load, 4, routing, log_sd)
        observed = simulate(ENGINES["mixed"], load, 4, routing, log_sd, requests=100_000)
        assert agrees(whole.p95, observed, 0.1)


@pytest.mark.slow
def test_exactly_equal_answers_keep_step_and_ten_percent_of_spread_end_that() -> None:
    """Requests that ended together are replaced, read and answered together, again and again.

    The formulas leave that out: no lengths are that equal.
    """
    engine = ENGINES["mixed"]
    equal, nearly = (
        float(np.percentile(simulate(engine, 0.8, 32, log_sd=sd, requests=60_000).first_s, 95))
        for sd in (0.0, 0.1)
    )
    assert equal > 1.7 * nearly
    assert formulas(engine, 0.8, 32, "least_loaded", 0.1)[1].p95 == pytest.approx(nearly, rel=0.15)
