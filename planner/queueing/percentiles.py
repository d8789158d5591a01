"""Mean and percentiles of a figure that takes some values with some probability."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

SHARES: Final = (0.5, 0.95, 0.99)
"""What share of the requests is at or below the percentiles of a ``Distribution``."""


@dataclass(frozen=True, slots=True)
class Distribution:
    """Mean and percentiles over requests, all in the unit of the field that holds it."""

    mean: float
    p50: float
    p95: float
    p99: float


@dataclass(frozen=True, slots=True)
class Quantiles:
    """A quantile function: ``values`` (n,) at the probabilities ``at`` (n,), linear in between."""

    values: Array
    at: Array


def quantiles_of(values: Array, weights: Array) -> Quantiles:
    """Quantiles of ``values`` (n,) that occur with probability ``weights`` (n,).

    Between two values the quantile rises linearly, from the end of the lower one's range of
    probability to the start of the upper one's. So that fine grids are smooth, it does so from
    the middle of narrow ranges, and up to ``_SMOOTH`` inside of wide ones.
    """
    order = values.argsort()
    chances = weights[order]
    above = chances.cumsum()
    inside = np.minimum(chances / 2.0, _SMOOTH)
    at = np.empty(2 * len(values))
    at[::2], at[1::2] = above - chances + inside, above - inside
    return Quantiles(values[order].repeat(2), at)


_SMOOTH = 0.01


def distribution_of(values: Array, weights: Array) -> Distribution:
    """Distribution of ``values`` (n,) that occur with probability ``weights`` (n,)."""
    found = quantiles_of(values, weights)
    p50, p95, p99 = (float(np.interp(q, found.at, found.values)) for q in SHARES)
    return Distribution(float(values @ weights), p50, p95, p99)


def ranges_of_probability(ranges: int) -> Array:
    """Borders (ranges + 1,) from 0 to 1: even up to 0.7, then narrower towards 1.

    The last one holds 2 / ranges^2: 0.2 % of 32 ranges.
    """
    even = np.linspace(0.0, 0.7, ranges // 2, endpoint=False)
    upper = 1.0 - np.geomspace(0.3, 2.0 / ranges**2, ranges - ranges // 2)
    return np.concatenate([even, upper, [1.0]])


def at_least(figure: Distribution, part: Distribution) -> Distribution:
    """``figure``, but never below that of a part of it: they are approximated separately."""
    return Distribution(
        max(figure.mean, part.mean),
        max(figure.p50, part.p50),
        max(figure.p95, part.p95),
        max(figure.p99, part.p99),
    )


def condensed(values: Array, weights: Array, borders: Array) -> tuple[Array, Array]:
    """Values with the same mean: means of the ranges of probability between ``borders``.

    They depend on the borders alone in number and weight, and none falls if some values rise.
    """
    order = values.argsort()
    chances = weights[order]
    below, sums = sums_from_0(chances), sums_from_0(chances * values[order])
    widths = borders[1:] - borders[:-1]
    found = np.interp(borders * below[-1], below, sums)
    return (found[1:] - found[:-1]) / widths, widths


def sums_from_0(parts: Array) -> Array:
    """Sums (n + 1,) of the first 0 to n of ``parts`` (n,)."""
    sums = np.empty(len(parts) + 1)
    sums[0] = 0.0
    parts.cumsum(out=sums[1:])
    return sums
