"""The last point at which a falling function is not yet negative."""

from __future__ import annotations

import math
from collections.abc import Callable

_KEEP = 0.5  # Illinois: halve the value at an end that stays, so that the other end moves too


def last_not_negative(
    margin: Callable[[float], float],
    good: float,
    bad: float,
    resolution: float,
    good_steps: int = 0,
) -> float:
    """The point nearest to ``bad`` with ``margin`` >= 0, in whole steps of ``resolution``.

    ``margin`` changes its sign once between ``good``, where it is not negative, and ``bad``,
    where it is negative; it may be -inf there. It is known not to be negative ``good_steps`` from
    ``good``. The points tried are whole steps from ``good``, so the answer is one at which
    ``margin`` was seen not to be negative.
    (False position in the Illinois form, Dowell and Jarratt, BIT 11, 1971.)
    """
    step = math.copysign(resolution, bad - good)
    low, high = good_steps, math.ceil(abs(bad - good) / resolution)
    at_low, at_high = _tamed(margin(good + step * low)), _tamed(margin(bad))
    last = 0
    while high - low > 1:
        middle = low + _share(at_low, at_high) * (high - low)
        tried = min(max(round(middle), low + 1), high - 1)
        value = _tamed(margin(good + step * tried))
        if value >= 0.0:
            low, at_low = tried, value
            at_high *= _KEEP if last > 0 else 1.0
            last = 1
        else:
            high, at_high = tried, value
            at_low *= _KEEP if last < 0 else 1.0
            last = -1
    return good + step * low


def _tamed(value: float) -> float:
    """The value, if it is positive the log of 1 more: a margin far from zero rises ever faster.

    The line through both ends then crosses zero nearer to where the margin does.
    """
    return math.log1p(value) if value > 0.0 else value


def _share(at_low: float, at_high: float) -> float:
    """Where the line between the ends crosses zero, as a share of the way; else the middle."""
    if not math.isfinite(at_high) or not math.isfinite(at_low) or at_low - at_high <= 0.0:
        return 0.5
    return at_low / (at_low - at_high)
