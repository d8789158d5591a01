"""The estimator on data whose truth is known, and as scikit-learn expects it."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from benchmarks.design.optimal_design import next_point
from planner.catalog.lookup import Catalog
from planner.learning.observation import Observation, points_of
from planner.learning.random_effects import labels_of
from planner.learning.throughput import ThroughputModel
from planner.physics.terms import PHYSICAL_LIMIT
from planner.physics.work import work_of
from planner.vllm.deployment import Deployment

TRUTH = PHYSICAL_LIMIT + np.array([0.5, 1.0, 0.3, 1.5, 0.8, 1.0, 4.0, 0.1, 6.0, 8.0, 0.01])


def sweep(catalog: Catalog, run: str = "truth") -> list[Observation]:
    model = catalog.model("mistralai/Mistral-7B-Instruct-v0.2")
    deployment = Deployment(catalog.gpu("A100 80GB"), 1, model, "none")
    labels, work = labels_of(deployment, source="test", run=run), work_of(deployment)
    return [
        Observation(labels, work, i, o, c)
        for i in (32.0, 1024.0, 4096.0)
        for o in (16.0, 128.0, 1024.0)
        for c in (1.0, 4.0, 16.0, 32.0)
    ]


def truth(points: list[Observation]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return points_of(points).x @ TRUTH


def test_a_clean_sweep_is_reproduced_and_extended_beyond_its_range(catalog: Catalog) -> None:
    points = sweep(catalog)
    model = ThroughputModel().fit(points, truth(points))
    assert model.predict(points) == pytest.approx(truth(points), rel=0.04)
    beyond = [Observation(points[0].labels, points[0].work, 8000.0, 150.0, 24.0)]
    assert model.predict(beyond) == pytest.approx(truth(beyond), rel=0.05)


def test_a_stray_point_does_not_bend_the_sweep(catalog: Catalog) -> None:
    points = sweep(catalog)
    seconds = truth(points)
    seconds[7] *= 5.0
    model = ThroughputModel().fit(points, seconds)
    others = [i for i in range(len(points)) if i != 7]
    predicted = model.predict(points)
    assert predicted[others] == pytest.approx(truth(points)[others], rel=0.08)


@pytest.mark.slow
def test_intervals_cover_what_noise_of_the_stated_size_does(catalog: Catalog) -> None:
    points = sweep(catalog)
    noisy = truth(points) * np.exp(np.random.default_rng(7).normal(0, 0.05, len(points)))
    _, low, high = ThroughputModel().fit(points, noisy).predict_interval(points)
    assert np.mean((low <= noisy) & (noisy <= high)) >= 0.85


@pytest.mark.slow
def test_it_is_a_scikit_learn_estimator(catalog: Catalog) -> None:
    from sklearn.base import clone  # takes a second to import
    from sklearn.model_selection import KFold, cross_val_score

    from planner.learning.sklearn_estimator import ThroughputRegressor

    model = ThroughputRegressor(noise_sd=0.1)
    assert model.get_params() == {"noise_sd": 0.1, "max_iterations": 15, "effects": None}
    assert clone(model).get_params() == model.get_params()
    points = sweep(catalog)
    assert model.fit(points, truth(points)).score(points, truth(points)) > 0.95
    folds = KFold(3, shuffle=True, random_state=0)
    assert cross_val_score(model, points, truth(points), cv=folds).min() > 0.95


@pytest.mark.slow
def test_a_forecast_does_not_wait_for_scikit_learn_or_pandas() -> None:
    code = (
        "import sys, planner.fleet.make_plan, planner.forecast.forecaster, db.storage\n"
        "print([m for m in ('sklearn', 'pandas', 'streamlit') if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_an_empty_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="no measurements to fit"):
        ThroughputModel().fit([], [])


def test_four_chosen_points_say_more_than_four_of_a_corner(catalog: Catalog) -> None:
    points = sweep(catalog)
    load, log_seconds = points_of(points), np.log(truth(points))
    prior = (
        ThroughputModel()
        .fit(points[:1], truth(points[:1]))
        .posterior(labels_of(Deployment(catalog.gpu("T4"), 1, points[0].work.model, "awq")))
    )
    chosen: list[int] = []
    for _ in range(4):
        known = prior.updated(load[chosen], log_seconds[chosen], 0.03)
        index = next_point(known, load, load, 0.03, taken=chosen)
        assert index is not None
        chosen.append(index)

    def error(rows: list[int]) -> float:
        posterior = prior.updated(load[rows], log_seconds[rows], 0.03)
        return float(np.abs(posterior.log_seconds(load) - log_seconds).mean())

    assert error(chosen) < 0.5 * error([0, 1, 2, 3])
    assert len(set(chosen)) == 4


def test_a_point_that_costs_more_must_say_more(catalog: Catalog) -> None:
    points = sweep(catalog)
    load = points_of(points)
    prior = ThroughputModel().fit(points[:1], truth(points[:1])).posterior(points[0].labels)
    free = next_point(prior, load, load, 0.03)
    assert free is not None
    cost = np.ones(len(load))
    cost[free] = 1e6
    assert next_point(prior, load, load, 0.03, cost_s=cost) != free
    assert next_point(prior, load, load, 0.03, taken=range(len(load))) is None


def test_what_the_others_say_is_what_a_fit_without_the_own_rows_says(catalog: Catalog) -> None:
    own, others = sweep(catalog, "own"), sweep(catalog, "others")
    slower = truth(others) * 1.05
    together = ThroughputModel().fit([*own, *others], [*truth(own), *slower])
    alone = ThroughputModel().fit(others, slower)
    taken_out = together.posterior_without(own[0].labels)
    without = alone.posterior(own[0].labels)
    load = points_of(own)
    assert taken_out.log_seconds(load) == pytest.approx(without.log_seconds(load), abs=0.005)
    assert taken_out.log_sd(load, 0.0) == pytest.approx(without.log_sd(load, 0.0), rel=0.01)
    known = together.posterior(own[0].labels).log_sd(load, 0.0)
    assert taken_out.log_sd(load, 0.0).mean() > 1.5 * known.mean()


def test_a_run_that_was_not_fitted_has_nothing_to_take_out(catalog: Catalog) -> None:
    others = sweep(catalog, "others")
    model = ThroughputModel().fit(others, truth(others))
    unseen = sweep(catalog, "unseen")[0].labels
    assert model.posterior_without(unseen) is model.posterior(unseen)
