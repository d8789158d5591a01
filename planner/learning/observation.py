"""A measured load point of a labelled deployment, in the form that the model learns from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.learning.random_effects import Labels
from planner.physics.load_points import WITHOUT_END, LoadPoints, load_points
from planner.physics.terms import TERM_COUNT
from planner.physics.work import Work

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Observation:
    """A load point on a labelled deployment; ``concurrency`` as requested, not cut by limits.

    ``requests`` is how many the run consisted of. ``scatter_sd`` is its relative
    error beyond that of a point under steady load.
    """

    labels: Labels
    work: Work
    input_tokens: float
    output_tokens: float
    concurrency: float
    requests: float = WITHOUT_END
    scatter_sd: float = 0.0


def points_of(observations: Sequence[Observation]) -> LoadPoints:
    """Every observation as a load point, of one deployment or of many."""
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
