"""How many documents arrive at which rate, and how many of them exceed a capacity."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class ArrivalRates:
    """A share of the documents ``shares`` (n,) arrives at each of ``rates`` (n,), which rise.

    Shares add up to 1. Rates are relative to those of the busiest hour.
    """

    rates: Array
    shares: Array

    def share_beyond(self, capacity: Array) -> Array:
        """Share of the documents that come faster than each ``capacity`` (m,), shape (m,).

        Of those that arrive at a rate r above a capacity c it is 1 - c / r.
        """
        first = np.searchsorted(self.rates, capacity, side="right")
        come = _sums_from(self.shares)[first]
        hours = _sums_from(self.shares / self.rates)[first]
        return np.asarray(np.maximum(come - capacity * hours, 0.0))


AT_ONE_RATE = ArrivalRates(np.array([1.0]), np.array([1.0]))


def _sums_from(values: Array) -> Array:
    """The sum of the values from each index on, and 0 at the end, shape (n + 1,)."""
    return np.concatenate([np.cumsum(values[::-1])[::-1], [0.0]])
