"""A load point, and the result of measuring it: figures, or a failure in the server's words."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

FailureKind = Literal[
    "refused_to_start",
    "out_of_memory",
    "crashed",
    "hung",
    "port_in_use",
    "unreachable",
    "requests_failed",
    "timeout",
    "load_generator",
    "not_what_it_claims",
]


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an engine or a point failed; ``words`` come from the engine or the load generator.

    ``hung``: no progress. ``timeout``: some progress, but too little in the time given.
    ``unreachable``: a server that the agent did not start does not answer.
    ``load_generator``: the load generator ended with an error. ``not_what_it_claims``: a
    result that was reported as a success is not one.
    """

    kind: FailureKind
    words: str


@dataclass(frozen=True, slots=True)
class LoadPoint:
    """``concurrency`` requests of these lengths at a time: a closed loop, or a static batch."""

    input_tokens: int
    output_tokens: int
    concurrency: int

    @property
    def tokens(self) -> int:
        """Tokens of one request, prompt and answer together."""
        return self.input_tokens + self.output_tokens

    @property
    def label(self) -> str:
        """For keys and file names: ``8000x150x32``."""
        return f"{self.input_tokens}x{self.output_tokens}x{self.concurrency}"


@dataclass(frozen=True, slots=True)
class LargestLoad:
    """The most that several points ask of one engine: ``tokens`` of a request, and concurrency."""

    tokens: int
    concurrency: int


def largest_load(points: Collection[LoadPoint]) -> LargestLoad:
    """The longest request and the largest concurrency of at least one point."""
    return LargestLoad(
        max(point.tokens for point in points), max(point.concurrency for point in points)
    )


@dataclass(frozen=True, slots=True)
class Spread:
    """Mean and percentiles over the requests (over the gaps, for ITL)."""

    mean: float
    p50: float
    p95: float
    p99: float


@dataclass(frozen=True, slots=True)
class Window:
    """The measured part of a point, warm-up excluded: ``time.perf_counter()`` of this machine."""

    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Figures:
    """Throughput and times of the requests of one point.

    ``tpot_ms`` and ``itl_ms`` are None if a request has one output token.
    ``mean_in_flight`` is the sum of the requests' durations over the point's duration.
    ``halves_requests_per_s`` is the rate of the first and of the second half of the
    requests, None if there were fewer than two rounds.
    """

    duration_s: float
    output_tokens_per_s: float
    requests_per_s: float
    input_tokens_mean: float
    mean_in_flight: float
    ttft_ms: Spread
    tpot_ms: Spread | None
    itl_ms: Spread | None
    e2e_s: Spread
    halves_requests_per_s: tuple[float, float] | None
    window: Window | None

    def halves_disagree(self, tolerance: float = 0.1) -> bool:
        """True if the point was not steady and should be repeated.

        A tenth is several times the spread between repeats of a steady point. A start-up
        effect that lasts through a quarter of the requests exceeds it.
        """
        if self.halves_requests_per_s is None:
            return False
        first, second = self.halves_requests_per_s
        return abs(second / first - 1) > tolerance


@dataclass(frozen=True, slots=True)
class EngineUse:
    """The engine's own counters over a point; None if the engine does not publish them.

    Counters are differences over the point, warm-up included; peaks were sampled.
    ``kv_cache_usage_peak`` is a fraction of the KV cache. The shares leave out the warm-up,
    which repeats one prompt: ``prefix_hit_share`` is the share of prompt tokens found in the
    prefix cache, ``speculated_share`` the share of generated tokens that speculative decoding
    proposed.
    """

    preemptions: int | None
    generated_tokens: int | None
    prefix_cache_hit_tokens: int | None
    prefix_cache_query_tokens: int | None
    prefix_caching: bool | None
    kv_cache_usage_peak: float | None
    running_peak: int | None
    waiting_peak: int | None
    prefix_hit_share: float | None = None
    speculated_share: float | None = None


@dataclass(frozen=True, slots=True)
class PointResult:
    """One attempt at a point: exactly one of ``figures`` and ``failure`` is set.

    ``wall_s`` is the time of the whole attempt, start of the load generator and warm-up included.
    """

    point: LoadPoint
    requests: int
    seed: int
    started_at: datetime
    wall_s: float
    figures: Figures | None
    failure: Failure | None
    engine_use: EngineUse | None
