"""Sums over the deployments that share a label: what a forecast needs of a large fit.

The covariance between a new deployment and the measured ones is a sum of one block per shared
label. So its product with the fit's precision R' M R is a sum over pairs of labels of K x K
blocks, and each block is a sum over the rows of R that is made once, on demand.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from planner.learning.posterior_mode import Precision
from planner.learning.random_effects import LABEL_NAMES, Labels

Array = NDArray[np.float64]
Key = tuple[str, str]

EVERYTHING: Key = ("everything", "")


class LabelSums:
    """Sums of the weights (G, K) and of the precision of a fit, by label."""

    def __init__(self, labels: Sequence[Labels], weights: Array, precision: Precision) -> None:
        self._weights, self._precision = weights, precision
        members: dict[Key, list[int]] = {}
        for i, one in enumerate(labels):
            for key in keys_of(one):
                members.setdefault(key, []).append(i)
        self._members = members
        self._rows_of_each = _rows_of_each(precision.root.owner, len(labels))
        self._rows = {key: self._rows_of(some) for key, some in members.items()}
        self._sums: dict[Key, Array] = {}
        self._halves: dict[Key, Array] = {}
        self._blocks: dict[tuple[Key, Key], Array] = {}

    def __contains__(self, key: Key) -> bool:
        return key in self._members

    def weights(self, key: Key) -> Array:
        """Sum of the weights of the deployments with this label, shape (K,)."""
        if key not in self._sums:
            self._sums[key] = self._weights[self._members[key]].sum(axis=0)
        return self._sums[key]

    def block(self, left: Key, right: Key) -> Array:
        """Sum of the precision between the deployments with two labels, shape (K, K)."""
        if (left, right) not in self._blocks:
            rows = self._rows[right]
            block = self._half(left)[:, rows] @ self._precision.root.rows[rows]
            self._blocks[left, right], self._blocks[right, left] = block, block.T
        return self._blocks[left, right]

    def within(self, members: Sequence[int]) -> Array:
        """Sum of the precision between these deployments, by position, shape (K, K)."""
        rows = self._rows_of(members)
        return np.asarray(self._times_inner(rows)[:, rows] @ self._precision.root.rows[rows])

    def _half(self, key: Key) -> Array:
        """R' M, summed over the deployments with this label, shape (K, m)."""
        if key not in self._halves:
            self._halves[key] = self._times_inner(self._rows[key])
        return self._halves[key]

    def _times_inner(self, rows: NDArray[np.intp]) -> Array:
        return self._precision.root.rows[rows].T @ self._precision.inner[rows]

    def _rows_of(self, members: Sequence[int]) -> NDArray[np.intp]:
        """Rows of the root that belong to these deployments, by position."""
        return np.sort(np.concatenate([self._rows_of_each[member] for member in members]))


def _rows_of_each(owner: NDArray[np.intp], deployments: int) -> list[NDArray[np.intp]]:
    order = np.argsort(owner, kind="stable")
    borders = np.searchsorted(owner[order], np.arange(1, deployments))
    return np.split(order, borders)


def keys_of(labels: Labels) -> list[Key]:
    """The labels that are shared with others, by name and value; empty ones are not."""
    named = ((name, str(getattr(labels, name))) for name in LABEL_NAMES)
    return [EVERYTHING, *((name, value) for name, value in named if value)]
