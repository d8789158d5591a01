"""How many requests a point needs for a steady load, and when it has to be repeated."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

from benchmarks.design.points import Figures

EXPECTED_GENERATOR_START_S = 8.0
"""Seconds that ``vllm bench serve`` takes to import, as measured on a processor."""

TOO_SHORT = 0.5
MOST_REQUESTS = 4096


@dataclass(frozen=True, slots=True)
class SteadyLoad:
    """At least ``rounds`` rounds of ``concurrency`` requests, and at least ``seconds`` seconds.

    If that takes longer than ``longest_s``, there are fewer rounds, but at least
    ``fewest_rounds``: one round has no second half to compare.
    """

    seconds: float = 20.0
    rounds: int = 4
    fewest_rounds: int = 2
    longest_s: float = 300.0

    def requests(self, concurrency: int, seconds_per_request: float) -> int:
        """Number of requests to send, a multiple of the concurrency.

        ``seconds_per_request`` is 1 / throughput of the replica.
        """
        round_s = concurrency * seconds_per_request
        rounds = max(self.rounds, math.ceil(self.seconds / round_s))
        affordable = max(self.fewest_rounds, int(self.longest_s / round_s))
        possible = max(self.fewest_rounds, MOST_REQUESTS // concurrency)
        return concurrency * min(rounds, affordable, possible)

    def expected_s(self, concurrency: int, seconds_per_request: float) -> float:
        """Seconds of measuring: the requests, a round of warm-up, and the generator's start."""
        requests = self.requests(concurrency, seconds_per_request) + concurrency
        return EXPECTED_GENERATOR_START_S + requests * seconds_per_request

    def complaint(self, figures: Figures) -> str | None:
        """Why a point has to be repeated; None if it was steady and long enough."""
        if figures.halves_disagree() and figures.halves_requests_per_s is not None:
            first, second = figures.halves_requests_per_s
            return f"not steady: {first:.3g} requests/s in its first half, {second:.3g} after"
        return self.too_short(figures.duration_s)

    def too_short(self, duration_s: float) -> str | None:
        """The complaint about a point that was much shorter than intended; None if it was not."""
        if duration_s < TOO_SHORT * self.seconds:
            return f"too short: {duration_s:.1f} s instead of {self.seconds:g} s"
        return None

    def as_json(self) -> dict[str, float]:
        """For the record of a run."""
        return asdict(self)
