"""The last point at which a falling function is not yet negative."""

from __future__ import annotations

import math
from collections.abc import Callable

_KEEP = 0.5  # Illinois: halve the value at an end that stays, so that the other end moves too


def last_not_negative(
    margin: Callable[[float], float], good: float, bad: float, resolution: float
) -> float:
    """The point nearest to ``bad`` with ``margin`` >= 0, in whole steps of ``resolution``.

    ``margin`` changes its sign once between ``good``, where it is not negative, and ``bad``,
    where it is negative; it may be -inf there. The points tried are ``good`` and whole steps
    from it, so the answer is one at which ``margin`` was seen not to be negative.
    (False position in the Illinois form, Dowell and Jarratt, BIT 11, 1971.)
    """
    step = math.copysign(resolution, bad - good)
    low, high = 0, math.ceil(abs(bad - good) / resolution)
    at_low, at_high = margin(good), margin(bad)
    last = 0
    while high - low > 1:
        middle = low + _share(at_low, at_high) * (high - low)
        tried = min(max(round(middle), low + 1), high - 1)
        value = margin(good + step * tried)
        if value >= 0.0:
            low, at_low = tried, value
            at_high *= _KEEP if last > 0 else 1.0
            last = 1
        else:
            high, at_high = tried, value
            at_low *= _KEEP if last < 0 else 1.0
            last = -1
    return good + step * low


def _share(at_low: float, at_high: float) -> float:
    """Where the line between the ends crosses zero, as a share of the way; else the middle."""
    if not math.isfinite(at_high) or not math.isfinite(at_low) or at_low - at_high <= 0.0:
        return 0.5
    return at_low / (at_low - at_high)
