"""Load points of one deployment: the physical terms of each, and its position among loads."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from planner.physics.concurrency import effective_concurrency
from planner.physics.request_terms import request_terms
from planner.physics.work import Work
from planner.workload.request_mix import RequestMix

Array = NDArray[np.float64]

ENDLESS = math.inf
"""Number of requests of a steady load, which is what forecasts are about."""


@dataclass(frozen=True, slots=True)
class MeanLoad:
    """Mean lengths in tokens, and mean requests in flight, as measured or asked for."""

    input_tokens: float
    output_tokens: float
    concurrency: float

    def is_near(self, other: MeanLoad, tolerance: float) -> bool:
        """True if all three differ by at most this share of the other's."""
        pairs = (
            (self.input_tokens, other.input_tokens),
            (self.output_tokens, other.output_tokens),
            (self.concurrency, other.concurrency),
        )
        return all(abs(mine / its - 1.0) <= tolerance for mine, its in pairs)


@dataclass(frozen=True, slots=True)
class LoadPoints:
    """n load points: terms ``x`` (n, K) in seconds per request, and positions ``where`` (n, 3).

    A position is the logs of input tokens, output tokens and requests that run together.
    """

    x: Array
    where: Array

    def __len__(self) -> int:
        return len(self.x)

    def __getitem__(self, rows: Sequence[int] | NDArray[np.intp]) -> LoadPoints:
        index = np.asarray(rows, dtype=np.intp)
        return LoadPoints(self.x[index], self.where[index])

    def joined(self, others: LoadPoints) -> Self:
        """These points followed by the others."""
        return type(self)(np.vstack([self.x, others.x]), np.vstack([self.where, others.where]))


def load_points(
    work: Work, inputs: Array, outputs: Array, concurrency: Array, requests: Array | None = None
) -> LoadPoints:
    """n points of one deployment, each array (n,); without ``requests`` the load is steady."""
    running = effective_concurrency(work, inputs, outputs, concurrency)
    if requests is None:
        x = request_terms(work, inputs, outputs, running)
    else:
        running = np.minimum(running, np.maximum(requests, 1.0))
        x = _basis_of_a_run(work, inputs, outputs, running, requests)
    return LoadPoints(x, np.log(np.stack([inputs, outputs, running], axis=-1)))


def mixed_load_points(work: Work, mix: RequestMix, concurrency: Array) -> LoadPoints:
    """n points at which ``concurrency`` requests of a mix run, which all fit together.

    A point's terms are the mean over the mix: attention in a prompt grows with the square of
    its length, so it is more than that of the mean length. Its position is that of the means.
    """
    inputs, outputs, shares = mix.arrays
    kinds, n = len(shares), len(concurrency)
    x = request_terms(
        work, np.repeat(inputs, n), np.repeat(outputs, n), np.tile(concurrency, kinds)
    )
    means = mix.input_tokens, mix.output_tokens
    where = np.log(np.stack([means[0] + 0 * concurrency, means[1] + 0 * concurrency, concurrency]))
    return LoadPoints(np.einsum("k,knt->nt", shares, x.reshape(kinds, n, -1)), where.T)


def every_concurrency(
    work: Work, input_tokens: float, output_tokens: float, most: float = ENDLESS
) -> LoadPoints:
    """Load points with 1, 2, ... requests, as many as can run together and at most ``most``."""
    one = np.ones(1)
    limit = effective_concurrency(work, input_tokens * one, output_tokens * one, MOST_RUNNING * one)
    running = np.arange(1.0, max(1.0, min(float(limit[0]), most)) + 1e-9)
    one = np.ones_like(running)
    return load_points(work, input_tokens * one, output_tokens * one, running)


MOST_RUNNING = 2048
"""Upper bound of the requests that run together, if neither memory nor settings limit them."""


def _basis_of_a_run(
    work: Work, inputs: Array, outputs: Array, running: Array, requests: Array
) -> Array:
    """Mean x_k over a run of N equal requests, C' of which run together.

    The run has floor(N / C') full rounds and a last one for the remaining requests, which
    have the replica to themselves: fifty requests with twenty in flight take three rounds,
    not two and a half. The prompts of the first and of the last round arrive together.
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


_HALF_A_REQUEST = 0.5  # sources state means over repetitions, so a smaller remainder is no request
