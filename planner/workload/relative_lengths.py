"""How much the lengths of documents differ, as the queueing formulas take it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import numpy as np

from planner.queueing.lengths import EQUAL, Lengths
from planner.queueing.percentiles import ranges_of_probability
from planner.workload.length_distribution import LengthDistribution

RANGES = 32


def relative_lengths(parts: Iterable[tuple[float, LengthDistribution]], longest: float) -> Lengths:
    """Lengths of several kinds of documents, each with its number, relative to their mean.

    Lengths above ``longest`` are counted as ``longest``.
    """
    listed = list(parts)
    total = sum(documents for documents, _ in listed)
    return _relative(tuple((documents / total, lengths) for documents, lengths in listed), longest)


@lru_cache(maxsize=256)
def _relative(parts: tuple[tuple[float, LengthDistribution], ...], longest: float) -> Lengths:
    grids = [(share, *lengths.values()) for share, lengths in parts]
    values = np.minimum(np.concatenate([tokens for _, tokens, _ in grids]), longest)
    weights = np.concatenate([share * shares for share, _, shares in grids])
    mean = float(values @ weights)
    cv2 = float((values / mean - 1.0) ** 2 @ weights)
    if cv2 < _EQUAL:
        return EQUAL
    order = np.argsort(values, kind="stable")
    values, weights = values[order] / mean, weights[order]
    if len(values) <= RANGES:
        return Lengths(values, weights, cv2)
    borders = ranges_of_probability(RANGES)
    group = np.searchsorted(borders, np.cumsum(weights) - weights / 2.0, side="right")
    shares = np.bincount(group, weights).astype(float)
    sums = np.bincount(group, weights * values)
    there = shares > 0.0
    return Lengths(sums[there] / shares[there], shares[there], cv2)


_EQUAL = 1e-12
