"""The forecast of one replica as a function of concurrency."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Curve:
    """Seconds per request at n concurrencies: value (n,), log sd (n,), terms (n, K), C' (n,)."""

    concurrency: Array
    running: Array
    terms_s: Array
    log_sd: Array

    @property
    def seconds(self) -> Array:
        return np.asarray(self.terms_s.sum(axis=1))
