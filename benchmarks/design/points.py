"""A load point, and what measuring it gave: figures, or a failure in the server's own words."""

from __future__ import annotations

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
    """Why an engine or a point failed. ``words`` are the engine's or load generator's own.

    ``hung`` makes no progress, ``timeout`` makes some, but too little in the time given.
    ``unreachable`` is a server that the agent did not start and cannot reach,
    ``load_generator`` a generator that ended with an error, ``not_what_it_claims`` a
    result that was reported as a success and is none.
    """

    kind: FailureKind
    words: str


@dataclass(frozen=True, slots=True)
class LoadPoint:
    """Closed loop: ``concurrency`` requests always in flight, each of these lengths in tokens."""

    input_tokens: int
    output_tokens: int
    concurrency: int


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
    """What the requests of one point took.

    ``tpot_ms`` and ``itl_ms`` are None where a request has one output token.
    ``mean_in_flight`` is the sum of the requests' durations over the point's.
    ``halves_requests_per_s`` is the rate of the first and of the second half of the
    requests, None where there were fewer than two rounds of them.
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
        """Whether the point was not steady and wants a repeat.

        A tenth is several times the spread between repeats of a steady point, and
        a start-up effect that lasts through a quarter of the requests exceeds it.
        """
        if self.halves_requests_per_s is None:
            return False
        first, second = self.halves_requests_per_s
        return abs(second / first - 1) > tolerance


@dataclass(frozen=True, slots=True)
class EngineUse:
    """What the engine's own counters say about a point; None where it does not publish them.

    Counters are differences over the point, warm-up included; peaks were sampled.
    ``kv_cache_usage_peak`` is a fraction of the KV cache. The shares are of what came after
    the warm-up, which repeats one prompt: of prompt tokens, those found in the prefix cache,
    and of generated tokens, those that speculative decoding proposed.
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

    ``wall_s`` is what the attempt cost, start of the load generator and warm-up included.
    """

    point: LoadPoint
    requests: int
    seed: int
    started_at: datetime
    wall_s: float
    figures: Figures | None
    failure: Failure | None
    engine: EngineUse | None
