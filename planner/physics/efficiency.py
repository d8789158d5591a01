"""From eta, which may be any number, to theta, which is never below the hardware's limit.

If a term has a physical limit, ``theta = ((1 + exp(eta / KNEE)) / (1 + exp(eta / KNEE) / c))
** KNEE`` with c = WORST ** (1 / KNEE), which is always between 1 and WORST. Well between them
that is ``exp(eta)``: a deployment that is a tenth slower has an eta higher by 0.1. Overheads
have no limits: theta = exp(eta).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from planner.physics.terms import PHYSICAL_LIMIT

Array = NDArray[np.float64]

KNEE = 0.3
"""Width of the bend: at eta = 0 theta is 23 % above the limit. With a sharper bend, terms that
start near the limit stay there; with a wider one, an outlier near the limit moves eta far."""

WORST = 12.0
"""Upper bound of theta for terms with a physical limit. The largest in audited reference runs is
8, the traffic between GPUs without peer-to-peer transfers; larger ones come from rows that
measure something else, such as an emulated FP8 KV cache filed as a 16-bit one (33)."""

WORST_OF_A_PROCESSOR = 1e6
"""The same for a processor, whose kernels may reach any part of what its cores can do."""

_BOUNDED = PHYSICAL_LIMIT > 0.0


def theta_of(eta: Array, worst: float | Array = WORST) -> Array:
    """theta of eta, shape (..., K); ``worst`` is its upper bound, one for all or (..., 1)."""
    u, most = eta / KNEE, np.log(worst) / KNEE
    bent = KNEE * (np.logaddexp(0.0, u) - np.logaddexp(0.0, u - most))
    return np.asarray(np.exp(np.where(_BOUNDED, bent, eta)))


def eta_of(theta: Array) -> Array:
    """The inverse of ``theta_of``, for theta above the limit."""
    power = np.where(_BOUNDED, np.log(theta) / KNEE, 1.0)
    below = -np.expm1(power - np.log(WORST) / KNEE)
    return np.asarray(
        np.where(_BOUNDED, KNEE * (np.log(np.expm1(power)) - np.log(below)), np.log(theta))
    )


def seconds_and_gradient(x: Array, eta: Array, worst: float | Array = WORST) -> tuple[Array, Array]:
    """Seconds per request (n,) and the derivative of their log with respect to eta (n, K).

    ``x`` is (n, K); ``eta`` (K,) for one deployment, (n, K) for one a row.
    """
    parts = x * theta_of(eta, worst)
    seconds = parts.sum(axis=1)
    return seconds, np.asarray(parts * _slope(eta, worst) / seconds[:, None])


def _slope(eta: Array, worst: float | Array) -> Array:
    """Derivative of log theta with respect to eta."""
    u, most = eta / KNEE, np.log(worst) / KNEE
    slope = 0.5 * (np.tanh(0.5 * u) - np.tanh(0.5 * (u - most)))
    return np.asarray(np.where(_BOUNDED, slope, 1.0))
