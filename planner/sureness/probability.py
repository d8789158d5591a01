"""How sure a fleet is to keep the limits, from one error of the forecast.

The forecast of seconds per request is log-normal: they are exp(error x log_sd) times the central
value, with a standard normal error. A larger error lowers the capacity and lengthens the answers
of the same fleet, so the limits do not fail independently of each other: each holds up to some
error, and all of them hold up to the smallest of these.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Probability:
    """Probability that each limit holds; None if the scenario sets no such limit.

    The cost is known, so that of the budget is 0 or 1.
    """

    volume: float
    latency: float | None
    budget: float | None

    @property
    def work(self) -> float:
        """Probability that the fleet keeps up and answers in time, whatever it costs."""
        return self.volume if self.latency is None else min(self.volume, self.latency)

    @property
    def all(self) -> float:
        """Probability that all limits hold together."""
        return self.work if self.budget is None else min(self.work, self.budget)


def probability_up_to(error: float) -> float:
    """Probability that the forecast's error is at most ``error`` standard deviations."""
    return _NORMAL.cdf(error)


LARGEST_ERROR: Final = 4.0
"""Standard deviations. Larger errors, of a probability of 0.003 %, are not told apart: a fleet that
bears this one counts as sure, and no more than this is said of it."""


def error_at(probability: float) -> float:
    """The error, in standard deviations, that is not exceeded with this probability.

    That of 0 and 1 is infinite.
    """
    if not 0.0 < probability < 1.0:
        return math.copysign(math.inf, probability - 0.5)
    return _NORMAL.inv_cdf(probability)
