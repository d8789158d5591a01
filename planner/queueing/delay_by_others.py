"""How much the others that a replica serves delay a request, and how that varies."""

from __future__ import annotations

from math import exp

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv

Array = NDArray[np.float64]

_EVEN = (np.arange(16) + 0.5) / 16  # probabilities in the middle of equal ranges


def delay_variance(
    arrivals: float, blocking: float, sharing: float, residual: float, pooled: float
) -> float:
    """Variance of the delay in service, in the unit of ``blocking`` squared.

    In the time that a request counts in its own tokens, the arrivals are a shot noise that excites
    itself: each delays the others, and in that delay further ones arrive (Hawkes, "Spectra of some
    self-exciting and mutually exciting point processes", Biometrika 58, 1971). An arrival adds
    its prompt at once (P seconds), and then shares the pace until its last token
    (sigma seconds in all). In the long run it delays by sigma / (1 - lambda sigma), at once
    by P / (1 - lambda P). With exponential memory, the spectrum of the delay is
    that of white noise and of an Ornstein-Uhlenbeck process with relaxation time t,
    and over one answer, t' = t / answer,

        variance = arrivals x (short^2 + (long^2 - short^2) (1 - t' (1 - exp(-1 / t'))))

    ``arrivals`` are those during the request, ``blocking`` is lambda P and ``sharing`` lambda
    sigma, so that the result is in units of 1 / lambda^2; ``residual`` is the mean
    residual length of an answer divided by its mean, (1 + cv^2) / 2. Of ``pooled`` replicas,
    each gets the mean fluctuation.
    """
    short, long = blocking / (1.0 - blocking), sharing / (1.0 - sharing)
    relaxation = residual * (1.0 - blocking) / (1.0 - sharing)
    slow = 1.0 - relaxation * (1.0 - exp(-1.0 / relaxation))
    return arrivals * (short**2 * (1.0 - slow) + long**2 * slow) / pooled


def delay_quantiles(mean_s: float, most_s: float, variance_s2: float) -> Array:
    """Sixteen equally likely delays with this mean, between 0 and ``most_s``: a beta distribution.

    If the bound is far away, that is a gamma distribution. No delay varies more than between
    none and the most, so the variance is below mean (most - mean): the two are
    added as resistances in parallel, by their squares.
    """
    widest = mean_s * (most_s - mean_s)
    if widest <= _NOTHING * most_s**2 or variance_s2 <= _NOTHING * widest:
        return np.full(len(_EVEN), mean_s)
    variance = (variance_s2**-2.0 + widest**-2.0) ** -0.5
    share, certain = mean_s / most_s, widest / variance - 1.0
    quantiles = betaincinv(share * certain, (1.0 - share) * certain, _EVEN)
    return most_s * _with_mean(quantiles, share)


def _with_mean(shares: Array, mean: float) -> Array:
    """Rising shares, moved to have this mean: those of 0 and 1 stay what they are.

    Else a delay near the most would fall while the load, and all delays with it, rise. If that
    does not move them enough, all are near 0 or 1: then the smallest are lowered first, or the
    largest raised first.
    """
    room = shares * (1.0 - shares)
    excess, most = shares.mean() - mean, room.mean()
    if abs(excess) <= most:
        return np.asarray(shares - room * (excess / most))
    falling = shares[::-1]
    move = falling if excess > 0.0 else 1.0 - falling
    total = len(shares) * (mean if excess > 0.0 else -excess)
    moved = np.clip(total - np.cumsum(move) + move, 0.0, move)
    return np.asarray((moved if excess > 0.0 else falling + moved)[::-1])


_NOTHING = 1e-9
