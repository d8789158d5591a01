"""Runs with arrivals at a rate: limited by the rate, by the replica, and by their own length."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.checks.arrivals import log_seconds_per_request
from planner.catalog.lookup import Catalog
from planner.learning.observation import Observation, points_of
from planner.learning.posterior import Posterior
from planner.learning.random_effects import PRIOR_MEAN, labels_of
from planner.physics.terms import TERM_COUNT
from planner.physics.work import work_of
from planner.vllm.deployment import Deployment

KNOWN = Posterior(PRIOR_MEAN, np.eye(TERM_COUNT) * 0.01)


def load(catalog: Catalog, concurrency: float = 1.0) -> Observation:
    model = catalog.model("mistralai/Mistral-7B-Instruct-v0.2")
    deployment = Deployment(catalog.gpu("A100 80GB"), 1, model, "none")
    return Observation(labels_of(deployment), work_of(deployment), 200.0, 200.0, concurrency)


def seconds(catalog: Catalog, rate: float, requests: float | None) -> float:
    return float(np.exp(log_seconds_per_request(KNOWN, load(catalog), rate, requests, 0.06)[0]))


def test_far_below_capacity_the_rate_is_what_is_delivered(catalog: Catalog) -> None:
    assert seconds(catalog, 0.5, None) == pytest.approx(2.0)


def test_beyond_capacity_the_replica_delivers_what_it_can(catalog: Catalog) -> None:
    full = KNOWN.seconds(points_of([load(catalog, 1e6)])).sum()
    assert seconds(catalog, 1000.0, None) == pytest.approx(full)


def test_a_short_run_waits_for_its_last_answer(catalog: Catalog) -> None:
    alone = KNOWN.seconds(points_of([load(catalog)])).sum()
    # one arrival every 100 s is served alone: 10 of them need 10 x 100 s and one answer
    assert seconds(catalog, 0.01, 10) == pytest.approx(100.0 + alone / 10, rel=1e-3)


def test_what_the_rate_decides_is_surer_than_what_the_replica_decides(catalog: Catalog) -> None:
    slow, fast = (
        log_seconds_per_request(KNOWN, load(catalog), rate, None, 0.06)[1] for rate in (0.5, 1e3)
    )
    assert slow == pytest.approx(0.06)
    assert fast > slow
