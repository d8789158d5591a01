"""The stored start of the fit: it saves time, and says nothing by itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from planner.forecast.forecaster import Forecaster
from planner.learning.fit_start import FIT_START_CSV, start_for, write_start
from planner.learning.observation import points_of
from planner.learning.random_effects import Effects, read_effect_sd
from planner.learning.throughput import ThroughputModel
from planner.physics.terms import TERM_COUNT

AGAIN = "run `python -m benchmarks.checks.estimate_effects`"


@pytest.mark.slow
def test_the_fit_ends_where_one_from_nothing_ends(forecaster: Forecaster) -> None:
    rows = forecaster.observed
    from_nothing = ThroughputModel(max_iterations=40, effects=Effects(read_effect_sd()))
    observations = [row.observation for row in rows]
    from_nothing.fit(observations, [row.seconds_per_request for row in rows])
    for labels in forecaster.model.labels_[::7]:
        load = points_of([o for o in observations if o.labels == labels])
        near, far = (
            m.posterior(labels).log_seconds(load) for m in (forecaster.model, from_nothing)
        )
        assert near == pytest.approx(far, abs=0.01), AGAIN


def test_every_packaged_deployment_has_a_start(forecaster: Forecaster) -> None:
    starts = start_for(forecaster.model.labels_)
    assert np.abs(starts).sum(axis=1).min() > 0, AGAIN


def test_the_others_keep_their_start_if_a_packaged_deployment_is_left_out(
    forecaster: Forecaster,
) -> None:
    labels = forecaster.model.labels_
    assert np.array_equal(start_for(labels[1:]), start_for(labels)[1:])


def test_deployments_of_the_users_own_start_from_nothing_beside_the_others(
    forecaster: Forecaster,
) -> None:
    own = replace(forecaster.model.labels_[0], source="mine", run="mine")
    starts = start_for([own, *forecaster.model.labels_])
    assert not starts[0].any()
    assert starts[1].any()


def test_what_is_written_is_read_back(forecaster: Forecaster, tmp_path: Path) -> None:
    labels = forecaster.model.labels_[:3]
    pull = np.arange(3.0 * TERM_COUNT).reshape(3, TERM_COUNT) / 7.0
    write_start(labels, pull, tmp_path / "start.csv")
    assert start_for(labels, tmp_path / "start.csv") == pytest.approx(pull, rel=1e-5)
    assert not start_for(labels, tmp_path / "none.csv").any()
    assert FIT_START_CSV.is_file()
