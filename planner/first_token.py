"""The time to the first token of a deployment, as a formula and as its owner measured it.

How long a prompt waits for others depends on how requests come together: all at once,
one after the other, through which client. The formula of ``latency.py`` is off by a
half in the middle; a few measured times say what it is off by on this server.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from planner.latency import closed_loop_ttft_s
from planner.load_points import LoadPoints, points_of
from planner.observations import Observed
from planner.posterior import Posterior
from planner.residual import Residual, Stray, residual_of

Array = NDArray[np.float64]

STRAY_TTFT = Stray(level_sd=0.4, sd=0.5, lengths=(3.0, 3.0, 2.0))
"""How the time to the first token strays from its formula, in its logarithm. The lengths are
chosen on replayed calibrations, the size is the formula's own error over other authors' sweeps."""

TTFT_NOISE_SD = 0.1
"""Relative error of a single measured time: sources state now the mean, now the median."""


def ttft_s(posterior: Posterior, points: LoadPoints, outputs: Array, concurrency: Array) -> Array:
    """The formula at n load points under a closed loop, in seconds, shape (n,)."""
    terms, running = posterior.seconds(points), np.exp(points.where[:, 2])
    return np.array(
        [
            closed_loop_ttft_s(
                terms[i], float(concurrency[i]), float(running[i]), float(outputs[i])
            )
            for i in range(len(points))
        ]
    )


def measured_ttft(posterior: Posterior, rows: Sequence[Observed]) -> Residual | None:
    """What the formula misses by at the rows that state a time to the first token; None if none."""
    stated = [(row, ttft) for row in rows if (ttft := stated_ttft_s(row)) is not None]
    if not stated:
        return None
    observations = [row.observation for row, _ in stated]
    points = points_of(observations)
    outputs, concurrency = np.array([(o.output_tokens, o.concurrency) for o in observations]).T
    formula = ttft_s(posterior, points, outputs, concurrency)
    misfit = np.log([ttft for _, ttft in stated]) - np.log(formula)
    noise = np.full(len(points), TTFT_NOISE_SD**2)
    return residual_of(STRAY_TTFT, points.where, misfit, noise)


def stated_ttft_s(row: Observed) -> float | None:
    """Mean seconds to the first token under a closed loop; the median where only that is stated."""
    m = row.measurement
    if m.load not in ("closed_loop", "single_stream"):
        return None
    milliseconds = m.ttft_ms_mean or m.ttft_ms_median
    return milliseconds / 1e3 if milliseconds else None
