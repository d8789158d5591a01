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
    """Distribution of ``values`` (n,) that occur with probability ``weights`` (n,)."""
    order = np.argsort(values)
    cumulative = np.cumsum(weights[order])
    p50, p95, p99 = (float(np.interp(q, cumulative, values[order])) for q in (0.5, 0.95, 0.99))
    return Distribution(float(values @ weights), p50, p95, p99)
