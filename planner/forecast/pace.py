"""The pace of one replica at its best concurrency."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.queueing.lengths import EQUAL, Lengths

Array = NDArray[np.float64]

ENOUGH_OF_THE_BEST = 0.95
"""Requests beyond those that reach 95 % of the best throughput only lengthen the answers."""


@dataclass(frozen=True, slots=True, eq=False)
class Pace:
    """A replica at its best concurrency: requests per second and the log sd of that forecast.

    ``prompt_s`` of a request's seconds are for its prompt, while no other request gets on;
    ``pass_s`` is what the first token takes beside it; ``output_tokens`` are an answer's mean;
    ``inputs`` and ``outputs`` are how much the lengths of requests differ. Two paces are the
    same if they are one object, so that answer times can be cached by it.
    """

    concurrency: int
    requests_per_s: float
    log_sd: float
    seconds_by_concurrency: Array
    prompt_s: float = 0.0
    pass_s: float = 0.0
    output_tokens: float = 1.0
    inputs: Lengths = EQUAL
    outputs: Lengths = EQUAL

    @property
    def unloaded_s(self) -> float:
        """Seconds of a request that is alone on the replica."""
        return float(self.seconds_by_concurrency[0])

    def slowdown(self, error: float) -> float:
        """How many times as long a request takes if the forecast is wrong by ``error`` sd."""
        return math.exp(error * self.log_sd)


def best_pace(seconds_by_concurrency: Array, log_sd: Array) -> Pace:
    """The smallest concurrency with 95 % of the best throughput over n = 1..N."""
    throughput = 1.0 / seconds_by_concurrency
    enough = int(np.argmax(throughput >= ENOUGH_OF_THE_BEST * throughput.max()))
    return Pace(
        enough + 1,
        float(throughput[enough]),
        float(log_sd[enough]),
        seconds_by_concurrency[: enough + 1],
    )
