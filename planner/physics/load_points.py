"""Load points of one deployment: the physics of each, and where it lies in the space of loads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from planner.physics.concurrency import effective_concurrency
from planner.physics.request_terms import request_terms
from planner.physics.work import Work

Array = NDArray[np.float64]

WITHOUT_END = float("inf")
"""Requests of a load that goes on and on, which is what forecasts are about."""


@dataclass(frozen=True, slots=True)
class LoadPoints:
    """n load points: the basis ``x`` (n, 10) in seconds per request, and ``where`` (n, 3) they lie.

    ``where`` holds the logs of input tokens, output tokens and requests that run together.
    """

    x: Array
    where: Array

    def __len__(self) -> int:
        return len(self.x)

    def __getitem__(self, rows: Sequence[int] | NDArray[np.intp]) -> LoadPoints:
        index = np.asarray(rows, dtype=np.intp)
        return LoadPoints(self.x[index], self.where[index])

    def and_also(self, others: LoadPoints) -> Self:
        """These points, then the others."""
        return type(self)(np.vstack([self.x, others.x]), np.vstack([self.where, others.where]))


def load_points(
    work: Work, inputs: Array, outputs: Array, concurrency: Array, requests: Array | None = None
) -> LoadPoints:
    """n points of one deployment, each array (n,); without ``requests`` they go on without end."""
    running = effective_concurrency(work, inputs, outputs, concurrency)
    if requests is None:
        x = request_terms(work, inputs, outputs, running)
    else:
        running = np.minimum(running, np.maximum(requests, 1.0))
        x = _basis_of_a_run(work, inputs, outputs, running, requests)
    return LoadPoints(x, np.log(np.stack([inputs, outputs, running], axis=-1)))


def every_concurrency(
    work: Work, input_tokens: float, output_tokens: float, most: float = WITHOUT_END
) -> LoadPoints:
    """The load points with 1, 2, ... requests, up to as many as run together, and ``most``."""
    one = np.ones(1)
    limit = effective_concurrency(work, input_tokens * one, output_tokens * one, MOST_RUNNING * one)
    running = np.arange(1.0, max(1.0, min(float(limit[0]), most)) + 1e-9)
    one = np.ones_like(running)
    return load_points(work, input_tokens * one, output_tokens * one, running)


MOST_RUNNING = 2048
"""More than any server here runs together, where neither memory nor settings say less."""


def _basis_of_a_run(
    work: Work, inputs: Array, outputs: Array, running: Array, requests: Array
) -> Array:
    """Mean x_k over a run of N requests of like length, C' of which run together.

    They go in rounds: floor(N / C') full ones, and a last one in which the N - C'
    floor(N / C') that are left have the replica to themselves. Fifty requests with
    twenty in flight take three rounds, not two and a half. The prompts of the first
    round come together, and so do those that are left for the last.
    """
    ends = np.isfinite(requests)
    x = request_terms(work, inputs, outputs, running)
    total = np.where(ends, requests, 1.0)
    rounds = np.where(ends, np.floor(total / running + 1e-9), 0.0)
    first = np.divide(1.0, rounds, out=np.zeros_like(rounds), where=rounds > 0)[:, None]
    if work.prompts_apart:
        at_once = request_terms(work, inputs, outputs, running, together=True)
        x = first * at_once + (1.0 - first) * x
    left = np.where(ends, total - rounds * running, 0.0)
    left = np.where(left < _HALF_A_REQUEST, 0.0, np.maximum(left, 1.0))
    if not left.any():
        return x
    alone = request_terms(work, inputs, outputs, np.maximum(left, 1.0), together=True)
    in_rounds = rounds * running
    share = np.divide(left, in_rounds + left, out=np.zeros_like(left), where=left > 0)[:, None]
    return np.asarray((1.0 - share) * x + share * alone)


_HALF_A_REQUEST = 0.5  # sources state means over repetitions: less is no request of its own
