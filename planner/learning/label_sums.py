"""Sums over the deployments that share a label: what a forecast needs of a large fit.

The covariance between a new deployment and the measured ones is a sum of one block per shared
label. So its product with the fit's precision (K G, K G) is a sum over pairs of labels of K x K
blocks, and each block is a sum over deployments that is made once, on demand.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from planner.learning.random_effects import LABEL_NAMES, Labels

Array = NDArray[np.float64]
Key = tuple[str, str]

EVERYTHING: Key = ("everything", "")


class LabelSums:
    """Sums of the weights (G, K) and of the precision (G, K, G, K) of a fit, by label."""

    def __init__(self, labels: Sequence[Labels], weights: Array, precision: Array) -> None:
        self._weights, self._precision = weights, precision
        members: dict[Key, list[int]] = {}
        for i, one in enumerate(labels):
            for key in keys_of(one):
                members.setdefault(key, []).append(i)
        self._members = {key: np.array(rows, dtype=np.intp) for key, rows in members.items()}
        self._rows: dict[Key, Array] = {}
        self._blocks: dict[tuple[Key, Key], Array] = {}

    def __contains__(self, key: Key) -> bool:
        return key in self._members

    def weights(self, key: Key) -> Array:
        """Sum of the weights of the deployments with this label, shape (K,)."""
        return np.asarray(self._weights[self._members[key]].sum(axis=0))

    def block(self, left: Key, right: Key) -> Array:
        """Sum of the precision between the deployments with two labels, shape (K, K)."""
        if (left, right) not in self._blocks:
            rows = self._rows_of(left)[:, self._members[right]]
            self._blocks[left, right] = rows.sum(axis=1)
        return self._blocks[left, right]

    def _rows_of(self, key: Key) -> Array:
        """Precision rows summed over the deployments with this label, shape (K, G, K)."""
        if key not in self._rows:
            self._rows[key] = self._precision[self._members[key]].sum(axis=0)
        return self._rows[key]


def keys_of(labels: Labels) -> list[Key]:
    """The labels that are shared with others, by name and value; empty ones are not."""
    named = ((name, str(getattr(labels, name))) for name in LABEL_NAMES)
    return [EVERYTHING, *((name, value) for name, value in named if value)]
