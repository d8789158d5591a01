"""Random numbers of which every part of the distribution gets its share."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

Array = NDArray[np.float64]

SAMPLES = 2_000
"""A probability is found to about a percentage point: one standard error is 0.9 at 0.8."""

SEED = 13
"""The same plan has the same risk each time."""


def normals(count: int, dimensions: int) -> Array:
    """Standard normal numbers (dimensions, count), one in each ``count``-th of probability.

    A Latin hypercube (McKay, Beckman and Conover, Technometrics 21, 1979): a probability that
    depends on one dimension is exact to 1 / count.
    """
    random = np.random.default_rng(SEED)
    strata = np.array([random.permutation(count) for _ in range(dimensions)])
    return np.asarray(ndtri((strata + 0.5) / count).reshape(dimensions, count))
