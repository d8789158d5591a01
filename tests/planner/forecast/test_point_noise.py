"""The noise of own points, worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from planner.forecast.point_noise import point_noise


def test_without_halves_every_point_has_the_usual_noise() -> None:
    noise = point_noise([None, None, None], 0.025)
    assert noise.points_sd.tolist() == [0.025, 0.025, 0.025]
    assert noise.sd == 0.025


def test_halves_that_agree_do_not_make_a_point_better_than_usual() -> None:
    noise = point_noise([0.001, 0.002], 0.025)
    assert noise.points_sd.tolist() == [0.025, 0.025]
    assert noise.sd == 0.025


def test_the_noise_of_a_run_and_of_its_points_by_hand() -> None:
    """Usual 2 %, halves 10 % and 4 % apart in sd, one point without halves.

    Four windows of flicker noise: 4 ln 4 / (2 x 3 ln 2) = 4/3 of the variance of two.
    Run: (0.0004 + 4/3 x 0.0100 + 4/3 x 0.0016) / (1 + 2) = 0.0158667 / 3 = 0.0052889.
    Points: (4 x 0.0052889 + 0.0133333) / 5, (4 x 0.0052889 + 0.0021333) / 5, and as the run.
    """
    noise = point_noise([0.10, 0.04, None], 0.02)
    assert noise.sd == pytest.approx(0.0052889**0.5, rel=1e-4)
    expected = np.sqrt([0.0068978, 0.0046578, 0.0052889])
    assert noise.points_sd == pytest.approx(expected, rel=1e-4)


def test_a_single_point_has_two_windows_and_no_longer_drift() -> None:
    """Run: (0.0004 + 0.0100) / 2 = 0.0052. Point: (4 x 0.0052 + 0.0100) / 5 = 0.00616."""
    noise = point_noise([0.10], 0.02)
    assert (noise.sd**2, noise.points_sd[0] ** 2) == pytest.approx((0.0052, 0.00616))
