"""What measured points do to a forecast: near them, far from them, and when they disagree."""

from __future__ import annotations

import numpy as np
import pytest

from planner.catalog.lookup import load_catalog
from planner.learning.posterior import Posterior
from planner.learning.random_effects import PRIOR_MEAN
from planner.physics.load_points import LoadPoints, load_points
from planner.physics.terms import PHYSICAL_LIMIT, TERM_COUNT
from planner.physics.work import work_of
from planner.vllm.deployment import Deployment

CATALOG = load_catalog()
WORK = work_of(
    Deployment(
        CATALOG.gpu("A100 80GB"), 1, CATALOG.model("mistralai/Mistral-7B-Instruct-v0.2"), "none"
    )
)
SURE = Posterior(PRIOR_MEAN, 1e-6 * np.eye(TERM_COUNT))
OPEN = Posterior(PRIOR_MEAN, 0.25 * np.eye(TERM_COUNT))


def at(*loads: tuple[float, float, float]) -> LoadPoints:
    inputs, outputs, concurrency = np.array(loads, dtype=float).T
    return load_points(WORK, inputs, outputs, concurrency)


def test_a_bump_beside_the_physics_is_followed_where_it_was_measured_and_little_far_away() -> None:
    there, far = at((1000, 100, 8)), at((100_000, 2, 1))
    bumped = SURE.updated(there, SURE.log_seconds(there) + 0.1, 0.025)
    # 0.004225 / (0.004225 + 0.000706) of the bump is believed: variances 0.065^2 and 0.025^2, the
    # latter times 1 + 0.1^2 / (4^2 x 0.00485) = 1.129, as Student errors have it
    assert bumped.log_seconds(there) - SURE.log_seconds(there) == pytest.approx(0.0857, rel=0.01)
    # of that exp(-d), d^2 = (ln 100 / 2.6)^2 + (ln 50 / 2.6)^2 + (ln 8 / 1.75)^2 = 6.81
    assert bumped.log_seconds(far) - SURE.log_seconds(far) == pytest.approx(0.0064, rel=0.03)


def test_a_measured_point_is_surer_than_its_surroundings_and_those_than_what_is_far() -> None:
    there, near, far = at((1000, 100, 8)), at((2000, 100, 8)), at((100_000, 2, 1))
    known = OPEN.updated(there, OPEN.log_seconds(there), 0.025)
    spreads = [float(known.log_sd(points, 0.025)[0]) for points in (there, near, far)]
    assert spreads == sorted(spreads)
    # the point's own noise and that of another measurement, sqrt(2) x 0.025 = 0.0354, times 1.168
    # for the doubt of one point that fits (see below): 0.0413; what was known before takes little
    assert spreads[0] == pytest.approx(0.0413, rel=0.01)
    assert spreads[0] / known.doubt == pytest.approx(0.035, abs=0.003)


def test_no_correction_beats_the_hardware() -> None:
    there = at((1000, 100, 8))
    limit = (there.x @ PHYSICAL_LIMIT)[0]
    impossible = np.log([limit * 0.5])
    known = OPEN.updated(there, impossible, 0.025)
    assert known.seconds(there).sum() >= limit * (1 - 1e-12)


def test_points_one_after_the_other_say_what_they_say_together() -> None:
    first, second = at((1000, 100, 8)), at((4000, 16, 1))
    log_seconds = [OPEN.log_seconds(points) + 0.2 for points in (first, second)]
    by_turns = OPEN.updated(first, log_seconds[0], 0.025).updated(second, log_seconds[1], 0.025)
    at_once = OPEN.updated(first.joined(second), np.concatenate(log_seconds), 0.025)
    everywhere = at((8000, 150, 32), (32, 16, 1))
    assert by_turns.log_seconds(everywhere) == pytest.approx(at_once.log_seconds(everywhere))
    assert by_turns.log_sd(everywhere, 0.0) == pytest.approx(at_once.log_sd(everywhere, 0.0))


def test_points_that_contradict_each_other_make_the_forecast_less_sure() -> None:
    same = at((1000, 100, 8), (1000, 100, 8), (1000, 100, 8), (1000, 100, 8))
    exact = OPEN.log_seconds(same)
    agreeing = OPEN.updated(same, exact, 0.025)
    apart = OPEN.updated(same, exact + np.array([0.3, -0.3, 0.3, -0.3]), 0.025)
    # Student's with 2 + 4 degrees of freedom: sqrt(2 / 6), and 1.9432 / 1.6449 for the upper ends
    assert agreeing.doubt == pytest.approx(0.6821, abs=0.0001)
    assert apart.doubt > 1.5
    assert (apart.log_sd(same, 0.025) > agreeing.log_sd(same, 0.025)).all()


def test_a_point_that_fits_says_little_and_eight_that_fit_halve_the_interval() -> None:
    def doubt_after(n: int) -> float:
        loads = at(*[(1000, 100, 2.0**k) for k in range(n)])
        return OPEN.updated(loads, OPEN.log_seconds(loads), 0.025).doubt

    # sqrt(2 / 3) x 2.3534 / 1.6449 and sqrt(2 / 10) x 1.8125 / 1.6449, Student's t at 0.95
    assert doubt_after(1) == pytest.approx(1.168, abs=0.001)
    assert doubt_after(8) == pytest.approx(0.493, abs=0.001)


def test_a_stray_point_among_many_does_not_move_the_others() -> None:
    loads = at(*[(1000, 100, c) for c in (1, 2, 4, 8, 16, 32)] * 2)
    exact = OPEN.log_seconds(loads)
    stray = exact.copy()
    stray[3] += 2.0
    known = OPEN.updated(loads, stray, 0.025)
    others = loads[[0, 1, 4, 5]]
    assert known.log_seconds(others) == pytest.approx(OPEN.log_seconds(others), abs=0.06)


def test_no_points_change_nothing_and_covariance_and_sd_agree() -> None:
    load = at((1000, 100, 8), (4000, 16, 1))
    assert OPEN.updated(load[[]], np.array([]), 0.025) is OPEN
    known = OPEN.updated(load[[0]], OPEN.log_seconds(load[[0]]), 0.025)
    for posterior in (OPEN, known):
        by_covariance = np.sqrt(np.diag(posterior.log_covariance(load)))
        assert posterior.log_sd(load, 0.0) == pytest.approx(by_covariance)
