"""The noise of the points of an own run, from their halves and repeats.

A run on a busy or throttled machine is noisier than a published sweep, and says so itself: the
halves of a point and its repeats disagree. Such a machine drifts, and a drift does not average
out: with flicker noise the deviation of two neighbouring averages is the same whatever their
length, and that of n averages in a row is larger by n ln n / (2 (n - 1) ln 2) in its variance
(D. W. Allan, "Statistics of Atomic Frequency Standards", Proc. IEEE 54, 1966, the bias function
of Barnes, NBS Technical Note 375, 1969). A run of n points has 2 n halves.

Two halves tell little, so the variances are pooled, as scaled inverse chi-squared
distributions are (Gelman et al., "Bayesian Data Analysis", 3rd ed., ch. 2.6).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import stdev

import numpy as np
from numpy.typing import NDArray

from planner.learning.from_measurements import Observed

Array = NDArray[np.float64]

USUAL_WEIGHT = 1.0
"""Points of a run that the usual noise weighs as much as: machines differ widely in it."""

RUN_WEIGHT = 4.0
"""Points that the noise of the run weighs as much as, in that of one of its points."""


SAME_POINT = 0.02
"""Lengths and concurrency within 2 % are one load point: bench tools drift by a few tokens."""


@dataclass(frozen=True, slots=True)
class PointNoise:
    """Relative error of each point, shape (n,), and of a further point of the same machine."""

    points_sd: Array
    sd: float


def point_noise(stated_sd: Sequence[float | None], usual_sd: float) -> PointNoise:
    """Noise of n points that state this relative sd, or None.

    It is never less than ``usual_sd``: halves share the state of their machine, and do not
    show what differs between points.

    >>> point_noise([None, None], 0.025).sd
    0.025
    """
    stated = np.array([np.nan if sd is None else sd for sd in stated_sd], dtype=float) ** 2
    known = ~np.isnan(stated)
    number = int(known.sum())
    stated *= _over_the_run(2 * number)
    pooled = (USUAL_WEIGHT * usual_sd**2 + stated[known].sum()) / (USUAL_WEIGHT + number)
    points = np.where(known, (RUN_WEIGHT * pooled + stated) / (RUN_WEIGHT + 1.0), pooled)
    least = usual_sd**2
    return PointNoise(
        np.asarray(np.sqrt(np.maximum(points, least))), float(np.sqrt(max(pooled, least)))
    )


def _over_the_run(windows: int) -> float:
    """Variance of flicker noise among this many windows in a row, over that of two."""
    if windows < 2:
        return 1.0
    return windows * math.log(windows) / (2.0 * (windows - 1) * math.log(2.0))


def spreads(rows: Sequence[Observed]) -> list[float | None]:
    """Relative sd that each row of a run states, or that of its repeats in the run, or None."""
    repeats: dict[tuple[object, ...], list[float]] = {}
    for row in rows:
        repeats.setdefault(_load_of(row), []).append(float(np.log(row.seconds_per_request)))
    found: list[float | None] = []
    for row in rows:
        together, stated = repeats[_load_of(row)], row.measurement.throughput_sd
        known = [*([stdev(together)] if len(together) > 1 else []), *([stated] if stated else [])]
        found.append(float(np.sqrt(np.mean(np.square(known)))) if known else None)
    return found


def _load_of(row: Observed) -> tuple[object, ...]:
    """What repeats of a point have in common: lengths and concurrency to 2 %, and all else."""
    at, stated = row.observation, row.measurement
    sizes = (at.input_tokens, at.output_tokens, at.concurrency)
    near = (round(float(np.log(size)) / SAME_POINT) for size in sizes)
    return (at.labels, row.deployment.engine, stated.load, stated.requests, *near)
