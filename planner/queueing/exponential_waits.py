"""Percentiles of times that may begin with an exponential wait, without a grid of waits."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from functools import reduce
from itertools import accumulate
from math import exp, log

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from planner.queueing.percentiles import SHARES, Quantiles

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Kind:
    """Times of known quantiles, with the chances of waits before them.

    ``waits`` are pairs of a probability and the mean of an exponential wait; 0: no wait.
    """

    time: Quantiles
    waits: tuple[tuple[float, float], ...]


def percentiles(kinds: tuple[Kind, ...], shares: tuple[float, ...] = SHARES) -> tuple[float, ...]:
    """The percentiles of some shares of the requests of a time that is of one of these kinds.

    Each is the smallest time that no more than 1 - share exceed. That falls exactly between
    two knots of the quantiles, as the time after the wait has a constant density there.
    """
    knots = np.unique(np.concatenate([kind.time.values for kind in kinds]))
    curves = [curve for kind in kinds for curve in _curves(kind, knots)]
    above = np.minimum.accumulate(reduce(np.add, [curve.above for curve in curves]))
    ends, falling = knots.tolist(), (-above).tolist()
    return tuple(_crossing(1.0 - share, ends, falling, curves) for share in shares)


@dataclass(frozen=True, slots=True)
class _Curve:
    """The chance that a time is of a kind and above a knot, ``above`` (n,), and between knots:

    after d seconds it is ``above`` - ``density`` d - ``held`` (1 - exp(-d / ``wait_s``)).
    """

    wait_s: float
    above: Array
    density: Array
    held: Array


def _curves(kind: Kind, knots: Array) -> list[_Curve]:
    """The curves of a kind on knots (n,) that hold all of its own, one for each wait."""
    values, at = kind.time.values, kind.time.at
    up_to = np.interp(knots, values, at, left=0.0)  # takes the last of values that repeat
    below = 1.0 - np.interp(-knots, -values[::-1], 1.0 - at[::-1], left=0.0)
    up_to[knots >= values[-1]] = 1.0
    below[knots <= values[0]] = 0.0
    width = knots[1:] - knots[:-1]
    density = np.zeros(len(knots))
    density[:-1] = (below[1:] - up_to[:-1]) / width
    late, jumps = 1.0 - up_to, up_to - below
    return [
        _waited(chance, wait_s, late, density, jumps, width)
        if wait_s > 0.0
        else _Curve(0.0, chance * late, chance * density, late)
        for chance, wait_s in kind.waits
        if chance > 0.0
    ]


def _waited(
    chance: float, wait_s: float, late: Array, density: Array, jumps: Array, width: Array
) -> _Curve:
    kept = np.exp(-width / wait_s)
    # what comes evenly over z mean waits still waits at their end with (1 - exp(-z)) / z
    added = density[:-1] * wait_s * (1.0 - kept) + jumps[1:]
    steps = zip(kept.tolist(), added.tolist(), strict=True)
    held = accumulate(steps, lambda now, step: now * step[0] + step[1], initial=float(jumps[0]))
    waiting = np.array(list(held))
    return _Curve(
        wait_s,
        chance * (late + waiting),
        chance * density,
        chance * (waiting - density * wait_s),
    )


def _crossing(late: float, knots: list[float], falling: list[float], curves: list[_Curve]) -> float:
    after = bisect_left(falling, -late)
    if after == 0:
        return knots[0]
    start = after - 1
    excess = -falling[start] - late
    density = sum(float(curve.density[start]) for curve in curves)
    waiting = [(float(curve.held[start]), curve.wait_s) for curve in curves if curve.wait_s > 0.0]

    def left(seconds: float) -> float:
        gone = sum(held * (1.0 - exp(-seconds / wait_s)) for held, wait_s in waiting)
        return excess - density * seconds - gone

    if after < len(knots):
        width = knots[after] - knots[start]
    else:
        width = max(wait_s for _, wait_s in waiting) * log(-falling[-1] / late)
    if left(width) >= 0.0:  # what has no wait jumps at the next knot
        return knots[start] + width
    return knots[start] + float(brentq(left, 0.0, width, xtol=1e-12 * width, rtol=1e-12))
