"""The probability that a log-normal forecast reaches what is needed."""

from __future__ import annotations

import math
from statistics import NormalDist

_NORMAL = NormalDist()


def probability_at_least(value: float, log_sd: float, needed: float) -> float:
    """Probability that a quantity forecast as ``value`` reaches ``needed``.

    The forecast's logarithm is normal with standard deviation ``log_sd``.
    """
    if log_sd <= 0.0:
        return 1.0 if value >= needed else 0.0
    return _NORMAL.cdf(math.log(value / needed) / log_sd)


def needed_for_confidence(needed: float, log_sd: float, confidence: float) -> float:
    """The central forecast that reaches ``needed`` with the given probability."""
    return needed * math.exp(_NORMAL.inv_cdf(confidence) * log_sd)
