"""How wrong forecasts of a run's points are, before the run and after it."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

import numpy as np

from benchmarks.measuring.known_measurements import Knowledge, without
from planner.learning.observations import Observed, observe
from planner.records.measurement import Measurement

FOLDS = 10


def error_before(knowledge: Knowledge, own: Sequence[Measurement]) -> float | None:
    """Median |forecast / measured - 1| of output tokens/s where nothing of the run is known."""
    observed = _observed(knowledge, own)
    errors = _errors(knowledge, [], observed)
    return median(errors) if errors else None


def error_after(knowledge: Knowledge, own: Sequence[Measurement]) -> float | None:
    """The same where the rest of the run is known: each point is left out in turn.

    With more than ten points, a tenth of them at a time. None with fewer than two.
    """
    observed = _observed(knowledge, own)
    if len(observed) < 2:
        return None
    folds = min(FOLDS, len(observed))
    errors: list[float] = []
    for fold in range(folds):
        left_out = observed[fold::folds]
        rest = [row.measurement for i, row in enumerate(observed) if i % folds != fold]
        errors += _errors(knowledge, rest, left_out)
    return median(errors)


def _observed(knowledge: Knowledge, own: Sequence[Measurement]) -> list[Observed]:
    return observe(own, knowledge.catalog)[0]


def _errors(
    knowledge: Knowledge, known: Sequence[Measurement], wanted: Sequence[Observed]
) -> list[float]:
    if not wanted:
        return []
    others = without(knowledge, [row.measurement for row in wanted])
    forecaster = others.forecaster(known)
    errors = []
    for row in wanted:
        at = row.observation
        curve = forecaster.curve(
            row.deployment, at.input_tokens, at.output_tokens, np.array([at.concurrency])
        )
        errors.append(abs(row.seconds_per_request / float(curve.seconds[0]) - 1.0))
    return errors
