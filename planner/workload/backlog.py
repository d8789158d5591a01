"""Documents that may wait: the pace that finishes them in time, and the backlog until then.

Hours are those of a week that repeats. Documents arrive at a rate and are processed at a
constant pace in the processing hours, first come first served.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.workload.weekly_hours import HOURS_PER_WEEK, Shift

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Flow:
    """A rate that is constant between the ``borders`` (n + 1,) of a week, ``rates`` (n,)."""

    borders: Array
    rates: Array

    @property
    def per_week(self) -> float:
        """Sum over a week."""
        return float(self.rates @ np.diff(self.borders))

    def until(self, hours: Array) -> Array:
        """Sum from the start of week 0 to these hours, which may be in later weeks."""
        weeks = np.floor(hours / HOURS_PER_WEEK)
        sums = np.concatenate([[0.0], np.cumsum(self.rates * np.diff(self.borders))])
        within = np.interp(hours - weeks * HOURS_PER_WEEK, self.borders, sums)
        return np.asarray(weeks * self.per_week + within)

    def when(self, sums: Array) -> Array:
        """The first hours at which ``until`` reaches these sums."""
        weeks = np.maximum(np.ceil(sums / self.per_week * (1.0 - 1e-12)) - 1.0, 0.0)
        left = sums - weeks * self.per_week
        reached = np.concatenate([[0.0], np.cumsum(self.rates * np.diff(self.borders))])
        at = np.clip(np.searchsorted(reached, left * (1.0 - 1e-12)), 1, len(self.rates))
        rates = np.where(self.rates[at - 1] > 0.0, self.rates[at - 1], 1.0)
        within = self.borders[at - 1] + np.maximum(left - reached[at - 1], 0.0) / rates
        return np.asarray(weeks * HOURS_PER_WEEK + within)


def flow(pieces: Iterable[tuple[float, float, float]]) -> Flow:
    """The flow of pieces (start, hours, rate), which may reach into the next week."""
    parts: list[tuple[float, float, float]] = []
    for start, hours, rate in pieces:
        for week in (0.0, HOURS_PER_WEEK):
            low, high = max(start - week, 0.0), min(start + hours - week, HOURS_PER_WEEK)
            if high > low:
                parts.append((low, high, rate))
    ends = {end for low, high, _ in parts for end in (low, high)}
    borders = np.array(sorted({0.0, HOURS_PER_WEEK} | ends))
    middles = (borders[1:] + borders[:-1]) / 2.0
    rates = np.array(
        [sum(rate for low, high, rate in parts if low < middle < high) for middle in middles]
    )
    return Flow(borders, rates)


def arrivals_in(shifts: Sequence[Shift], peak_factor: float) -> Flow:
    """Arrivals with a mean of 1 an hour over the shifts, and ``peak_factor`` in one hour of each.

    The busiest hour is in the middle of each shift. The other hours have the less.
    """
    pieces: list[tuple[float, float, float]] = []
    for shift in shifts:
        busy = min(1.0, shift.hours)
        rest = shift.hours - busy
        rate = max(0.0, (shift.hours - peak_factor * busy) / rest) if rest > 0.0 else peak_factor
        start = shift.start_h
        pieces.append((start, rest / 2.0, rate))
        pieces.append((start + rest / 2.0, busy, peak_factor))
        pieces.append((start + rest / 2.0 + busy, rest / 2.0, rate))
    return flow(pieces)


def open_in(shifts: Sequence[Shift]) -> Flow:
    """1 in the shifts, 0 outside."""
    return flow((shift.start_h, shift.hours, 1.0) for shift in shifts)


def pace_needed(arrivals: Flow, processing: Flow, done_within_h: float | None) -> float:
    """Documents an hour that the processing hours need to finish each document in time.

    What arrives from s to t must be done by t + D, so the pace is at least arrivals(s, t) /
    processing hours(s, t + D) for all s < t, and the largest of these is enough (Le Boudec and
    Thiran, "Network Calculus", 2001, section 1.4). It is at a border of the rates. Without a
    deadline (None) it is what a week brings over its processing hours. Infinite if documents
    arrive that no processing hour could finish in time.
    """
    weekly = arrivals.per_week / processing.per_week
    if done_within_h is None:
        return weekly
    borders = np.concatenate([arrivals.borders, processing.borders])
    starts = np.unique(borders)
    ends = np.unique(np.concatenate([borders, np.mod(borders - done_within_h, HOURS_PER_WEEK)]))
    ends = np.concatenate([ends, ends + HOURS_PER_WEEK])
    come = arrivals.until(ends)[None, :] - arrivals.until(starts)[:, None]
    hours = processing.until(ends + done_within_h)[None, :] - processing.until(starts)[:, None]
    arrive = (ends[None, :] > starts[:, None]) & (come > 1e-9)
    if bool((arrive & (hours <= 1e-9)).any()):
        return math.inf
    ratios = np.divide(come, hours, out=np.zeros_like(come), where=arrive & (hours > 1e-9))
    return max(weekly, float(ratios.max()))


@dataclass(frozen=True, slots=True)
class Backlog:
    """The most documents that wait at once, and the longest time until a document is done."""

    documents: float
    longest_h: float

    @property
    def makes_wait(self) -> bool:
        """True if a document waits for longer than the hour in which it arrives."""
        return self.documents >= 1.0


def backlog(arrivals: Flow, processing: Flow, pace_per_h: float) -> Backlog | None:
    """The backlog at a pace; None if it grows from week to week."""
    if arrivals.per_week > pace_per_h * processing.per_week * (1.0 + 1e-9):
        return None
    week = np.unique(np.concatenate([arrivals.borders, processing.borders]))
    hours = np.unique(np.concatenate([week, week + HOURS_PER_WEEK]))
    net = arrivals.until(hours) - pace_per_h * processing.until(hours)
    waiting = net - np.minimum.accumulate(net)
    behind = (waiting > 1e-9) & (hours >= HOURS_PER_WEEK)
    done = processing.when(processing.until(hours) + waiting / pace_per_h)
    longest = float((done - hours)[behind].max(initial=0.0))
    return Backlog(float(waiting[hours >= HOURS_PER_WEEK].max()), longest)
