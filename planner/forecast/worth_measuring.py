"""Which measurements would narrow a forecast most: the answer, for the page and for the report.

``benchmarks/worth.py`` finds it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """A load point, and half the 90 % interval once it is measured too: 0.15 is plus 15 %."""

    input_tokens: int
    output_tokens: int
    concurrency: int
    interval: float


@dataclass(frozen=True, slots=True)
class Worth:
    """The forecast's interval as it is, and what measurements would make of it, in order."""

    interval: float
    steps: tuple[Step, ...]
