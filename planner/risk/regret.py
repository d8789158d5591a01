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
    """The mean saving of knowing something before an option is chosen.

    ``losses`` are (options, known x others): the samples in ``known`` equal groups, in each of
    which what can be known is the same. The least expected loss, less the mean of the least
    expected losses of the groups (Raiffa and Schlaifer, "Applied Statistical Decision Theory",
    1961, chapter 4). Never negative.
    """
    of_groups = losses.reshape(len(losses), known, -1).mean(axis=2)
    return max(0.0, float(of_groups.mean(axis=1).min() - of_groups.min(axis=0).mean()))


def losses_by_confidence_usd(costs_usd: Array, does_the_work: Flags, confidence: float) -> Array:
    """The losses if no penalty is stated: the confidence says what it costs to miss a limit.

    Who takes the cheapest option that does the work with ``confidence`` would rather pay what it
    costs more than each cheaper one than be that much less sure. The least penalty for a missed
    limit that explains this is taken; 0 if nothing is cheaper. The surest is taken if none is sure
    enough. ``costs_usd`` is (options,), ``does_the_work`` and the result (options, samples).
    """
    sureness = does_the_work.mean(axis=1)
    sure = sureness >= min(confidence - ROUNDING_PROBABILITY, sureness.max())
    chosen = int(np.where(sure, costs_usd, np.inf).argmin())
    dearer, surer = costs_usd[chosen] - costs_usd, sureness[chosen] - sureness
    worth = (dearer > 0.0) & (surer > 0.0)
    penalty = float((dearer[worth] / surer[worth]).max(initial=0.0))
    return np.asarray(costs_usd[:, None] + penalty * ~does_the_work)
