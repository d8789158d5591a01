"""The mode with thin roots against the same formulas with whole matrices."""

from __future__ import annotations

import numpy as np
import pytest

from planner.learning.posterior_mode import Points, Prior, find_mode, student_weight
from planner.physics.terms import TERM_COUNT

GROUPS, ROWS = 4, (1, 3, 20, 11)


@pytest.fixture
def problem() -> tuple[Points, Prior]:
    """Four deployments of 1 to 20 points, more and fewer than there are terms."""
    rng = np.random.default_rng(3)
    group = np.repeat(np.arange(GROUPS), ROWS)
    points = Points(
        x=rng.uniform(0.1, 2.0, (len(group), TERM_COUNT)),
        log_seconds=np.log(rng.uniform(20.0, 30.0, len(group))),
        group=group,
        noise=rng.uniform(0.003, 0.01, len(group)),
        worst=np.full(len(group), 12.0),
    )
    shared = np.full((GROUPS, GROUPS, TERM_COUNT + 1), 0.04)
    shared[np.arange(GROUPS), np.arange(GROUPS)] = 0.3
    return points, Prior(np.full((GROUPS, TERM_COUNT), 0.5), shared)


def whole_covariance(prior: Prior) -> np.ndarray:
    """Prior covariance of all eta, shape (G K, G K)."""
    blocks = prior.shared[:, :, None, None, -1] + np.zeros((1, 1, TERM_COUNT, TERM_COUNT))
    for term in range(TERM_COUNT):
        blocks[:, :, term, term] += prior.shared[:, :, term]
    return np.moveaxis(blocks, 2, 1).reshape(GROUPS * TERM_COUNT, GROUPS * TERM_COUNT)


def test_the_pull_and_the_precision_are_those_of_whole_matrices(
    problem: tuple[Points, Prior],
) -> None:
    points, prior = problem
    eta, pull, precision = find_mode(points, prior, max_iterations=60)
    covariance = whole_covariance(prior)
    assert covariance @ pull.ravel() == pytest.approx((eta - prior.mean).ravel(), abs=1e-9)

    residual, gradient = points.at(eta)
    design = np.zeros((len(points.x), GROUPS, TERM_COUNT))
    design[np.arange(len(points.x)), points.group] = gradient
    design = design.reshape(len(points.x), -1)
    weight = student_weight(residual, points.noise)
    variance = design @ covariance @ design.T + np.diag(1.0 / weight)
    whole = design.T @ np.linalg.solve(variance, design)
    root = np.zeros((len(precision.root.owner), GROUPS, TERM_COUNT))
    root[np.arange(len(root)), precision.root.owner] = precision.root.rows
    root = root.reshape(len(root), -1)
    assert root.T @ precision.inner @ root == pytest.approx(whole, rel=1e-6, abs=1e-6)


def test_the_root_has_no_more_rows_than_points_or_terms(problem: tuple[Points, Prior]) -> None:
    _, _, precision = find_mode(*problem, max_iterations=5)
    assert np.bincount(precision.root.owner).tolist() == [1, 3, 11, 11]
