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

    Run: (4 x 0.0004 + 0.01 + 0.0016) / (4 + 2) = 0.0132 / 6 = 0.0022.
    Points: (4 x 0.0022 + 0.01) / 5 = 0.00376; (0.0088 + 0.0016) / 5 = 0.00208; 0.0022.
    """
    noise = point_noise([0.10, 0.04, None], 0.02)
    assert noise.sd == pytest.approx(0.0022**0.5)
    assert noise.points_sd == pytest.approx(np.sqrt([0.00376, 0.00208, 0.0022]))
