"""The measurements that would narrow a forecast most; ``benchmarks.design.worth`` finds them."""

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
    """Half the forecast's 90 % interval now, and after each measurement in turn."""

    interval: float
    steps: tuple[Step, ...]
