"""A measured load point of a labelled deployment, in the form that the model learns from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.learning.random_effects import Labels
from planner.physics.load_points import ENDLESS, LoadPoints, MeanLoad, load_points
from planner.physics.terms import TERM_COUNT
from planner.physics.work import Work

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Observation:
    """A load point on a labelled deployment; ``concurrency`` as requested, not cut by limits.

    ``requests`` is the number of requests in the run, infinity if not stated. ``scatter_sd``
    is the relative error in addition to that of a point under steady load, and of one sign within
    a sweep; ``unsteady_sd`` is that of this point alone.
    """

    labels: Labels
    work: Work
    input_tokens: float
    output_tokens: float
    concurrency: float
    requests: float = ENDLESS
    scatter_sd: float = 0.0
    unsteady_sd: float = 0.0

    @property
    def load(self) -> MeanLoad:
        """Lengths and requested concurrency."""
        return MeanLoad(self.input_tokens, self.output_tokens, self.concurrency)


def points_of(observations: Sequence[Observation]) -> LoadPoints:
    """Load points of the observations, in their order."""
    x = np.empty((len(observations), TERM_COUNT))
    where = np.empty((len(observations), 3))
    rows_of: dict[int, list[int]] = {}
    for i, observation in enumerate(observations):
        rows_of.setdefault(id(observation.work), []).append(i)
    for rows in rows_of.values():
        some = [observations[i] for i in rows]
        inputs, outputs, concurrency, requests = np.array(
            [(o.input_tokens, o.output_tokens, o.concurrency, o.requests) for o in some]
        ).T
        points = load_points(some[0].work, inputs, outputs, concurrency, requests)
        x[rows], where[rows] = points.x, points.where
    return LoadPoints(x, where)
