"""What each option costs in each sample, what was better in hindsight, and what knowing saves."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from planner.fleet.scenario_limits import ROUNDING_PROBABILITY

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]


def losses_usd(costs_usd: Array, short: Array, penalty_usd: float) -> Array:
    """The cost of each option and the penalty for what falls short, shape (options, samples).

    ``costs_usd`` is (options,), the documents that are ``short`` (options, samples).
    """
    return np.asarray(costs_usd[:, None] + penalty_usd * short)


def regrets_usd(losses: Array) -> Array:
    """Dollars beyond those of the best option of each sample, shape (options, samples)."""
    return np.asarray(losses - losses.min(axis=0))


def value_of_knowing_usd(losses: Array, known: int) -> float:
    """What it saves on average to know something before an option is chosen.

    ``losses`` are (options, known x others): the samples in ``known`` equal groups, in each of
    which what can be known is the same. The least expected loss, less the mean of the least
    expected losses of the groups (Raiffa and Schlaifer, "Applied Statistical Decision Theory",
    1961, chapter 4). Never negative.
    """
    of_groups = losses.reshape(len(losses), known, -1).mean(axis=2)
    return max(0.0, float(of_groups.mean(axis=1).min() - of_groups.min(axis=0).mean()))


def saving_of_knowing_usd(
    costs_usd: Array, does_the_work: Flags, known: int, confidence: float
) -> float:
    """The same if the cheapest option is chosen that does the work with ``confidence``.

    ``costs_usd`` is (options,), ``does_the_work`` (options, known x others). The dearest is
    chosen if none is sure enough. Negative if less is bought now than what is known then asks for.
    """
    of_groups = does_the_work.reshape(len(costs_usd), known, -1).mean(axis=2)

    def chosen_usd(probability: Array) -> Array:
        sure = probability >= confidence - ROUNDING_PROBABILITY
        return np.asarray(np.where(sure, costs_usd[:, None], costs_usd.max()).min(axis=0))

    now = chosen_usd(of_groups.mean(axis=1, keepdims=True))
    return float(now[0] - chosen_usd(of_groups).mean())
