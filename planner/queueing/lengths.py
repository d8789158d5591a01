"""How much the lengths of requests differ, as lengths relative to their mean."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import expm1

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from planner.queueing.percentiles import ranges_of_probability

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Lengths:
    """Lengths divided by their mean: ``values`` (n,) with ``weights`` (n,) that sum to 1.

    ``cv2`` is the squared coefficient of variation, variance / mean^2. It may be above that
    of the values, which are means of ranges.
    """

    values: Array
    weights: Array
    cv2: float


EQUAL = Lengths(np.ones(1), np.ones(1), 0.0)
"""All requests have the mean length."""


_SMALLEST_LOG_SD = 1e-6


@lru_cache(maxsize=64)
def lognormal_lengths(log_sd: float, ranges: int = 32) -> Lengths:
    """Lognormal lengths, whose logs have standard deviation ``log_sd``: means of ranges.

    The mean below the quantile of p is Phi(z_p - log_sd) for a mean of 1. Lengths that differ by
    less than a millionth are equal: their differences would be lost in rounding.
    """
    if log_sd < _SMALLEST_LOG_SD:
        return EQUAL
    borders = ranges_of_probability(ranges)
    weights = np.diff(borders)
    with np.errstate(divide="ignore"):
        below = ndtr(ndtri(borders) - log_sd)
    return Lengths(np.diff(below) / weights, weights, expm1(log_sd**2))


@lru_cache(maxsize=4)
def exponential_lengths(ranges: int = 32) -> Lengths:
    """Exponential lengths, as in the M/M/c queue: means of ranges.

    The mean above the quantile of p is (1 - p) (1 - ln(1 - p)) for a mean of 1.
    """
    above = 1.0 - ranges_of_probability(ranges)
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = np.where(above > 0.0, above * (1.0 - np.log(above)), 0.0)
    weights = -np.diff(above)
    return Lengths(-np.diff(parts) / weights, weights, 1.0)
