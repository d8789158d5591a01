"""The time to the first token of a deployment, corrected by its owner's measurements.

How long a prompt waits for others depends on how requests arrive: all at once, one after
the other, through which client. The median error of the formula
(``physics.first_token_time``) is about one half; a few measured times tell its error on
this server.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from planner.learning.from_measurements import Observed
from planner.learning.observation import points_of
from planner.learning.posterior import Posterior
from planner.learning.residual import Residual, Stray, residual_of
from planner.physics.first_token_time import closed_loop_ttft_s

Array = NDArray[np.float64]

STRAY_TTFT = Stray(level_sd=0.5, sd=0.7, lengths=(3.0, 3.0, 2.0))
"""Deviation of the log time to the first token from its formula. The lengths were chosen on
replayed calibrations, the size is the formula's error on other authors' sweeps."""

TTFT_NOISE_SD = 0.15
"""Relative error of a single measured time: some sources state the mean, others the median."""


def ttft_of_rows(posterior: Posterior, rows: Sequence[Observed]) -> Array:
    """The formula's seconds at n measured load points in a closed loop, shape (n,)."""
    observations = [row.observation for row in rows]
    points = points_of(observations)
    loads = zip(posterior.seconds(points), observations, np.exp(points.where[:, 2]), strict=True)
    return np.array(
        [
            closed_loop_ttft_s(
                terms, at.concurrency, float(running), at.output_tokens, at.work.prompts_apart
            )
            for terms, at, running in loads
        ]
    )


def measured_ttft(posterior: Posterior, rows: Sequence[Observed]) -> Residual | None:
    """Error of the formula at the rows that state a time to the first token; None if none does."""
    stated = [row for row in rows if stated_ttft_s(row) is not None]
    if not stated:
        return None
    measured = np.array([stated_ttft_s(row) for row in stated], dtype=float)
    misfit = np.log(measured) - np.log(ttft_of_rows(posterior, stated))
    where = points_of([row.observation for row in stated]).where
    return residual_of(STRAY_TTFT, where, misfit, np.full(len(where), TTFT_NOISE_SD**2))


def stated_ttft_s(row: Observed) -> float | None:
    """Seconds to the first token in a closed loop: mean, else median, None if not stated."""
    m = row.measurement
    if m.load not in ("closed_loop", "single_stream"):
        return None
    milliseconds = m.ttft_ms_mean or m.ttft_ms_median
    return milliseconds / 1e3 if milliseconds else None
