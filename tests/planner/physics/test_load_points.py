"""Runs of so many requests take whole rounds; loads without end do not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.catalog.lookup import Catalog, load_catalog
from planner.learning.observation import Observation, points_of
from planner.learning.random_effects import labels_of
from planner.physics.load_points import ENDLESS, LoadPoints
from planner.physics.work import work_of
from planner.vllm.deployment import Deployment
from planner.vllm.engine_settings import EngineConfig

CATALOG = load_catalog()
WEIGHTS_READ = 2
PREFILL = 0


def point(
    requests: float,
    concurrency: float = 20.0,
    catalog: Catalog = CATALOG,
    version: str | None = None,
) -> LoadPoints:
    model = catalog.model("mistralai/Mistral-7B-Instruct-v0.2")
    engine = EngineConfig(version=version)
    deployment = Deployment(catalog.gpu("A100 80GB"), 1, model, "none", engine)
    labels, work = labels_of(deployment), work_of(deployment)
    return points_of([Observation(labels, work, 200.0, 100.0, concurrency, requests)])


def test_fifty_requests_with_twenty_in_flight_take_three_rounds() -> None:
    # each of three rounds reads the weights 100 times: 3 / 50 of a round's reads a request,
    # where a load without end has 1 / 20
    finite, endless = point(50.0).x[0], point(ENDLESS).x[0]
    assert finite[WEIGHTS_READ] / endless[WEIGHTS_READ] == pytest.approx(20 * 3 / 50)
    assert finite[PREFILL] == pytest.approx(endless[PREFILL])


def test_whole_rounds_cost_what_a_load_without_end_costs() -> None:
    assert point(60.0).x == pytest.approx(point(ENDLESS).x)


def test_ten_requests_with_sixteen_in_flight_are_ten_together() -> None:
    assert point(10.0, 16.0).x == pytest.approx(point(ENDLESS, 10.0).x)
    assert np.exp(point(10.0, 16.0).where[0]) == pytest.approx([200.0, 100.0, 10.0])


def test_prompts_of_an_only_round_share_one_pass_and_those_of_many_rounds_do_not_in_v0() -> None:
    # 20 together: 100 passes over the weights for 20 requests, the first for the prompts. One
    # after the other: 99 / 20 to decode, and 1 / 20 + 0.4 x 19 / 20 = 0.43 for its prompt.
    only, many = (point(n, version="0.6.3").x[0][WEIGHTS_READ] for n in (20.0, ENDLESS))
    assert many / only == pytest.approx((99 / 20 + 0.43) / (100 / 20))
    assert point(20.0, version="0.10.0").x == pytest.approx(point(ENDLESS, version="0.10.0").x)


def test_one_request_more_than_a_round_adds_what_it_takes_alone_in_v0() -> None:
    # the first 20 come together, and the one that is left is alone
    twenty, one, all_of_them = (point(n, version="0.6.3").x[0] for n in (20.0, 1.0, 21.0))
    assert 21 * all_of_them == pytest.approx(20 * twenty + one)


def test_a_mean_over_repetitions_has_no_rest_that_is_under_half_a_request() -> None:
    assert point(40.4).x == pytest.approx(point(40.0).x)


@given(st.integers(1, 5000), st.integers(1, 300))
def test_a_run_that_ends_is_never_cheaper_a_request_and_never_dearer_than_alone(
    requests: int, concurrency: int
) -> None:
    finite = point(float(requests), float(concurrency)).x
    assert (finite >= point(ENDLESS, float(concurrency)).x * (1 - 1e-9)).all()
    assert (finite <= point(ENDLESS, 1.0).x * (1 + 1e-9)).all()


def test_rows_are_taken_and_joined_in_order() -> None:
    both = point(50.0).joined(point(60.0))
    assert len(both) == 2
    assert both[[1]].x == pytest.approx(point(60.0).x)
