"""Where a replica's time goes, and how many parallel requests are enough."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.forecast.bottleneck import main_cause
from planner.forecast.pace import ENOUGH_OF_THE_BEST, best_pace
from planner.physics.terms import Cause

Array = NDArray[np.float64]

NOTICEABLE = 1.0 / ENOUGH_OF_THE_BEST - 1.0
"""Gain of throughput, 5.3 %, that is left once 95 % of the best is reached."""


@dataclass(frozen=True, slots=True)
class BatchSize:
    """The fewest parallel requests with 95 % of the best throughput, beside half as many.

    ``e2e_s`` and ``e2e_s_at_half`` are mean seconds of a request with so many
    in flight, ``throughput_at_half`` is a share of the throughput at
    ``concurrency``. ``most`` is how many can run together. With ``concurrency``
    1 there is no half, and its figures are None.
    """

    concurrency: int
    most: int
    e2e_s: float
    half: int | None
    e2e_s_at_half: float | None
    throughput_at_half: float | None


@dataclass(frozen=True, slots=True)
class Advice:
    """Where a replica's time goes, and what more parallel requests would gain.

    ``share`` is that of ``main_cause`` in the seconds per request.
    ``gain_of_more`` is the relative gain of throughput with the best number of
    parallel requests; None if no more of them can run together than do.
    """

    main_cause: Cause
    share: float
    gain_of_more: float | None
    batch_size: BatchSize


def advise(
    seconds_by_cause: Mapping[str, float], seconds_by_concurrency: Array, running: float
) -> Advice:
    """Advice for ``running`` requests together, whose seconds per request are split by cause.

    ``seconds_by_concurrency[n - 1]`` are the replica's seconds per request with
    n running, up to the most that can run together.
    """
    total = sum(seconds_by_cause.values())
    cause = main_cause(seconds_by_cause)
    size = batch_size(seconds_by_concurrency)
    is_full = running > size.most - 1
    gain = None if is_full else total / float(seconds_by_concurrency.min()) - 1.0
    return Advice(cause, seconds_by_cause[cause] / total, gain, size)


def batch_size(seconds_by_concurrency: Array) -> BatchSize:
    """The parallel requests that are worth it, from seconds per request with 1, 2, ... running."""
    enough = best_pace(seconds_by_concurrency, np.zeros_like(seconds_by_concurrency)).concurrency
    most, half = len(seconds_by_concurrency), enough // 2
    there = float(seconds_by_concurrency[enough - 1])
    if half == 0:
        return BatchSize(enough, most, enough * there, None, None, None)
    before = float(seconds_by_concurrency[half - 1])
    return BatchSize(enough, most, enough * there, half, half * before, there / before)
