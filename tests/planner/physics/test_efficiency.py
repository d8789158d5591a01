"""theta never falls below its limit, and far above it follows eta."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from planner.physics.efficiency import WORST, eta_of, seconds_and_gradient, theta_of
from planner.physics.terms import PHYSICAL_LIMIT, TERM_COUNT, Term

etas = arrays(float, TERM_COUNT, elements=st.floats(-3.0, 4.0))


@given(etas)
def test_theta_stays_above_its_limit_whatever_eta_is(eta: np.ndarray) -> None:
    assert np.all(theta_of(eta) >= PHYSICAL_LIMIT)
    assert np.all(theta_of(eta) > 0)


@given(etas)
def test_eta_of_undoes_theta_of(eta: np.ndarray) -> None:
    assert eta_of(theta_of(eta)) == pytest.approx(eta, abs=1e-6)


def test_far_from_the_limit_a_tenth_more_of_eta_is_a_tenth_more_seconds() -> None:
    # between the limits, at ln(12) / 2 = 1.2425, it is 0.1 tanh(1.2425 / 0.6) = 0.0969 of a log
    eta = np.full(TERM_COUNT, np.log(WORST) / 2)
    gained = np.log(theta_of(eta + 0.05) / theta_of(eta - 0.05))
    assert gained[: Term.STEP_OVERHEAD] == pytest.approx(0.0969, rel=0.001)
    assert gained[Term.STEP_OVERHEAD :] == pytest.approx(0.1)


@given(etas)
def test_no_bounded_term_is_more_than_twelve_times_its_limit(eta: np.ndarray) -> None:
    assert np.all(theta_of(10.0 * eta)[: Term.STEP_OVERHEAD] <= WORST * (1 + 1e-12))


def test_at_eta_zero_a_bounded_term_is_a_quarter_above_its_limit() -> None:
    # (1 + 1) ** 0.3 = 1.2311
    assert theta_of(np.zeros(TERM_COUNT))[0] == pytest.approx(1.2311, rel=1e-4)


@given(etas)
def test_the_gradient_is_that_of_the_log_of_the_seconds(eta: np.ndarray) -> None:
    x = np.arange(1.0, TERM_COUNT + 1.0)[None, :]
    _, gradient = seconds_and_gradient(x, eta)
    for k in range(TERM_COUNT):
        step = np.zeros(TERM_COUNT)
        step[k] = 1e-5
        up, down = (np.log(x @ theta_of(eta + sign * step)) for sign in (1.0, -1.0))
        assert gradient[0, k] == pytest.approx((up - down)[0] / 2e-5, abs=1e-5)
