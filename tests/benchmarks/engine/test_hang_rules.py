"""When an engine counts as hung."""

from __future__ import annotations

import pytest

from benchmarks.design.points import Failure
from benchmarks.engine.hang_rules import point_timeout_s, stalled


@pytest.mark.parametrize(
    ("still_s", "has_begun", "is_hung"),
    [
        (None, True, False),
        (120.0, True, False),
        (121.0, True, True),
        (121.0, False, False),
        (240.0, False, False),
        (241.0, False, True),
    ],
)
def test_an_engine_hangs_after_two_minutes_without_a_token_and_four_before_the_first(
    still_s: float | None, has_begun: bool, is_hung: bool
) -> None:
    assert (stalled(still_s, has_begun) is not None) == is_hung


def test_a_stalled_engine_is_reported_with_the_seconds_without_a_token() -> None:
    assert stalled(130.0, True) == Failure("hung", "the engine computed no token for 130 s")


@pytest.mark.parametrize(("expected_s", "timeout_s"), [(20.0, 600.0), (300.0, 1500.0)])
def test_a_point_may_take_five_times_its_forecast_and_always_ten_minutes(
    expected_s: float, timeout_s: float
) -> None:
    assert point_timeout_s(expected_s) == timeout_s
