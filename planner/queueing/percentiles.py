"""Mean and percentiles of a figure that takes some values with some probability."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Distribution:
    """Mean and percentiles over requests, all in the unit of the field that holds it."""

    mean: float
    p50: float
    p95: float
    p99: float


def distribution_of(values: Array, weights: Array) -> Distribution:
    """Distribution of ``values`` (n,) that occur with probability ``weights`` (n,).

    Between two values the quantile rises linearly, from the end of the lower one's range of
    probability to the start of the upper one's. So that fine grids are smooth, it does so from
    the middle of narrow ranges, and up to ``_SMOOTH`` inside of wide ones.
    """
    order = np.argsort(values)
    ordered, chances = values[order], weights[order]
    above = np.cumsum(chances)
    inside = np.minimum(chances / 2.0, _SMOOTH)
    at = np.stack([above - chances + inside, above - inside], axis=-1).ravel()
    twice = np.repeat(ordered, 2)
    p50, p95, p99 = (float(np.interp(q, at, twice)) for q in (0.5, 0.95, 0.99))
    return Distribution(float(values @ weights), p50, p95, p99)


_SMOOTH = 0.01


def ranges_of_probability(ranges: int) -> Array:
    """Borders (ranges + 1,) from 0 to 1: even up to 0.7, then narrower towards 0.998, then 1."""
    even = np.linspace(0.0, 0.7, ranges // 2, endpoint=False)
    upper = 1.0 - np.geomspace(0.3, 0.002, ranges - ranges // 2)
    return np.concatenate([even, upper, [1.0]])


def at_least(figure: Distribution, part: Distribution) -> Distribution:
    """``figure``, but never below that of a part of it: they are approximated separately."""
    return Distribution(
        max(figure.mean, part.mean),
        max(figure.p50, part.p50),
        max(figure.p95, part.p95),
        max(figure.p99, part.p99),
    )


_RANGES = ranges_of_probability(48)


def condensed(values: Array, weights: Array) -> tuple[Array, Array]:
    """At most 48 values and weights with the same mean: means of ranges of probability."""
    if len(values) < len(_RANGES):
        return values, weights
    order = np.argsort(values)
    chances = weights[order]
    below = np.concatenate([[0.0], np.cumsum(chances)])
    sums = np.concatenate([[0.0], np.cumsum(chances * values[order])])
    widths = np.diff(_RANGES)
    return np.diff(np.interp(_RANGES * below[-1], below, sums)) / widths, widths
