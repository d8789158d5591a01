"""A few kinds of requests that together cause the same work as all documents."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Self

import numpy as np
from numpy.typing import NDArray

from planner.workload.length_distribution import LengthDistribution

Array = NDArray[np.float64]

INPUT_NODES = 3
OUTPUT_NODES = 2
"""Lengths that stand for a distribution: n of them have its first 2 n - 1 moments. Attention
needs two of the prompt's; the third prompt is for what is not a power, as sliding windows."""


@dataclass(frozen=True, slots=True)
class RequestMix:
    """Kinds of requests: tokens in, tokens out, and the share of each; the shares sum to 1."""

    kinds: tuple[tuple[float, float, float], ...]

    @classmethod
    def of_equal(cls, input_tokens: float, output_tokens: float) -> Self:
        """All requests have these lengths."""
        return cls(((float(input_tokens), float(output_tokens), 1.0),))

    @property
    def arrays(self) -> tuple[Array, Array, Array]:
        """Tokens in, tokens out and shares, each (m,)."""
        inputs, outputs, shares = np.array(self.kinds).T
        return inputs, outputs, shares

    @property
    def input_tokens(self) -> float:
        """Mean tokens in."""
        return sum(share * inputs for inputs, _, share in self.kinds)

    @property
    def output_tokens(self) -> float:
        """Mean tokens out."""
        return sum(share * outputs for _, outputs, share in self.kinds)


@lru_cache(maxsize=256)
def mix_of(inputs: LengthDistribution, outputs: LengthDistribution, longest: float) -> RequestMix:
    """Prompts and answers with these lengths, independent of each other.

    Prompts that are too long for ``longest`` tokens with their answer are counted as cut to it.
    """
    prompts, parts = inputs.values()
    kinds = [
        (into, out, share * part)
        for out, part in gauss_nodes(*outputs.values(), OUTPUT_NODES)
        for into, share in gauss_nodes(_cut(prompts, longest - out), parts, INPUT_NODES)
    ]
    return RequestMix(tuple(kinds))


def _cut(prompts: Array, longest: float) -> Array:
    return np.minimum(prompts, max(1.0, longest))


def blend(parts: Iterable[tuple[float, RequestMix]]) -> RequestMix:
    """One mix of several, each with its number of documents."""
    listed = list(parts)
    total = sum(documents for documents, _ in listed)
    return RequestMix(
        tuple(
            (inputs, outputs, share * (documents / total))
            for documents, mix in listed
            for inputs, outputs, share in mix.kinds
        )
    )


def gauss_nodes(values: Array, weights: Array, nodes: int) -> list[tuple[float, float]]:
    """The ``nodes`` values and weights with the same first 2 x nodes - 1 moments.

    Gauss quadrature of a discrete measure: the eigenvalues of the matrix of its recurrence,
    which the Lanczos process finds (Golub and Welsch, "Calculation of Gauss quadrature rules",
    Mathematics of Computation 23, 1969).
    """
    scale = float(values @ weights)
    x, root = values / scale, np.sqrt(weights)
    basis = [root / np.linalg.norm(root)]
    diagonal: list[float] = []
    beside: list[float] = []
    while True:
        step = x * basis[-1]
        diagonal.append(float(basis[-1] @ step))
        for earlier in (*basis, *basis):  # twice, against rounding
            step = step - (earlier @ step) * earlier
        length = float(np.linalg.norm(step))
        if len(diagonal) == nodes or length < _NOTHING_LEFT:
            break
        beside.append(length)
        basis.append(step / length)
    matrix = np.diag(diagonal) + np.diag(beside, 1) + np.diag(beside, -1)
    found, vectors = np.linalg.eigh(matrix)
    shares = vectors[0] ** 2
    return list(zip((found * scale).tolist(), shares.tolist(), strict=True))


_NOTHING_LEFT = 1e-9  # relative to the mean: the values are as few as the nodes
