"""How much the throughput of one point scattered: over its halves or batches, and its repeats."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from statistics import mean


def throughput_sd(parts_per_s: Iterable[Sequence[float]], repeats_per_s: Sequence[float]) -> float:
    """Standard deviation of the log throughput, pooled over groups by degrees of freedom.

    Each attempt at the point is a group of the rates of its parts, and the rates of the
    attempts are one group. 0 if nothing was measured twice.

    >>> round(throughput_sd([(10.0, 8.0)], [9.0]), 3)
    0.158
    """
    groups = [rates for rates in (*parts_per_s, repeats_per_s) if len(rates) > 1]
    freedom = sum(len(rates) - 1 for rates in groups)
    return math.sqrt(sum(map(_squares, groups)) / freedom) if freedom else 0.0


def _squares(rates: Sequence[float]) -> float:
    logs = [math.log(rate) for rate in rates]
    centre = mean(logs)
    return sum((log - centre) ** 2 for log in logs)
