"""From eta, which may be any number, to theta, which is never below the hardware's limit.

If a term has a physical limit, ``theta = (1 + exp(eta / KNEE)) ** KNEE``, which is always
above 1. Well above the limit that is ``exp(eta)``: a deployment that is a tenth slower has
an eta higher by 0.1. Overheads have no limit: theta = exp(eta).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from planner.physics.terms import PHYSICAL_LIMIT

Array = NDArray[np.float64]

KNEE = 0.3
"""Width of the bend: at eta = 0 theta is 23 % above the limit. With a sharper bend, terms that
start near the limit stay there; with a wider one, an outlier near the limit moves eta far."""

_BOUNDED = PHYSICAL_LIMIT > 0.0


def theta_of(eta: Array) -> Array:
    """theta of eta, shape (..., 10)."""
    return np.asarray(np.exp(np.where(_BOUNDED, KNEE * np.logaddexp(0.0, eta / KNEE), eta)))


def eta_of(theta: Array) -> Array:
    """The inverse of ``theta_of``, for theta above the limit."""
    above = np.expm1(np.where(_BOUNDED, np.log(theta) / KNEE, 1.0))
    return np.asarray(np.where(_BOUNDED, KNEE * np.log(above), np.log(theta)))


def seconds_and_gradient(x: Array, eta: Array) -> tuple[Array, Array]:
    """Seconds per request (n,) and the derivative of their log with respect to eta (n, 10).

    ``x`` is (n, 10); ``eta`` (10,) for one deployment, (n, 10) for one a row.
    """
    parts = x * theta_of(eta)
    seconds = parts.sum(axis=1)
    return seconds, np.asarray(parts * _slope(eta) / seconds[:, None])


def _slope(eta: Array) -> Array:
    """Derivative of log theta with respect to eta."""
    return np.asarray(np.where(_BOUNDED, 0.5 * (1.0 + np.tanh(0.5 * eta / KNEE)), 1.0))
