"""The scatter of one point, worked out by hand."""

from __future__ import annotations

from math import log, sqrt

import pytest

from benchmarks.measuring.point_spread import throughput_sd


def test_one_attempt_without_parts_says_nothing() -> None:
    assert throughput_sd([()], [9.0]) == 0.0


def test_two_halves() -> None:
    """Two values a and b have the sample variance (a - b)^2 / 2."""
    assert throughput_sd([(10.0, 8.0)], [9.0]) == pytest.approx(log(10 / 8) / sqrt(2))


def test_halves_and_repeats_are_pooled_by_their_degrees_of_freedom() -> None:
    """Squares ln(10/8)^2/2 = 0.024896, 0, and of the repeats ln(9.9/9)^2/2 = 0.004542, over 3."""
    sd = throughput_sd([(10.0, 8.0), (9.9, 9.9)], [9.0, 9.9])
    assert sd == pytest.approx(sqrt((0.0248965 + 0.0045421) / 3), rel=1e-4)
