"""Forecast errors at a run's own points, before the run and after it (leave-one-out)."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

import numpy as np

from benchmarks.measuring.known_measurements import KnownMeasurements
from planner.learning.from_measurements import Observed, observe
from planner.records.measurement import Measurement

FOLDS = 10


def error_before(known: KnownMeasurements, own: Sequence[Measurement]) -> float | None:
    """Median |forecast / measured - 1| of output tokens/s, forecast without the run's data."""
    observed = _observed(known, own)
    errors = _errors(known, [], observed)
    return median(errors) if errors else None


def error_after(known: KnownMeasurements, own: Sequence[Measurement]) -> float | None:
    """Median error of each point, forecast from all other points of the run.

    With more than ten points, a tenth of them is left out at a time. None for fewer than two.
    """
    observed = _observed(known, own)
    if len(observed) < 2:
        return None
    folds = min(FOLDS, len(observed))
    errors: list[float] = []
    for fold in range(folds):
        left_out = observed[fold::folds]
        rest = [row.measurement for i, row in enumerate(observed) if i % folds != fold]
        errors += _errors(known, rest, left_out)
    return median(errors)


def _observed(known: KnownMeasurements, own: Sequence[Measurement]) -> list[Observed]:
    return observe(own, known.catalog)[0]


def _errors(
    known: KnownMeasurements, training: Sequence[Measurement], left_out: Sequence[Observed]
) -> list[float]:
    if not left_out:
        return []
    others = known.without([row.measurement for row in left_out])
    forecaster = others.forecaster(training)
    errors = []
    for row in left_out:
        at = row.observation
        curve = forecaster.curve(
            row.deployment, at.input_tokens, at.output_tokens, np.array([at.concurrency])
        )
        errors.append(abs(row.seconds_per_request / float(curve.seconds[0]) - 1.0))
    return errors
