"""A measured load point, where it comes from, and how well it is known."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal

Load = Literal[
    "closed_loop",
    "static_batch",
    "burst",
    "poisson_rate",
    "constant_rate",
    "single_stream",
    "steady_state_batch",
]
LOADS: tuple[Load, ...] = (
    "closed_loop",
    "static_batch",
    "burst",
    "poisson_rate",
    "constant_rate",
    "single_stream",
    "steady_state_batch",
)
MODES: tuple[str, ...] = ("offline", "online")


@dataclass(frozen=True, slots=True)
class Measurement:
    """One load point on one deployment; the fields are the columns of the CSV.

    None is "not stated". ``gpu_count`` is the tensor-parallel size, lengths
    are mean tokens per request, ``concurrency`` is the number of requests kept
    in flight (closed loop) or the batch size (static batch).
    ``output_tokens_per_s`` and ``requests_per_s`` are totals over all requests,
    ``e2e_s_mean`` is seconds from sending a request to its last token.
    ``requests`` is fractional where a source states a mean over repetitions.
    ``base_model`` is the catalogue model whose architecture a fine-tune has.
    """

    source_id: str
    gpu: str
    gpu_memory_gb: float | None
    gpu_count: int
    model: str
    base_model: str | None
    params_b: float | None
    quantization: str | None
    engine: str
    engine_version: str | None
    mode: str | None
    load: str
    input_tokens: float | None
    output_tokens: float | None
    concurrency: float | None
    request_rate_per_s: float | None
    requests: float | None
    output_tokens_per_s: float | None
    requests_per_s: float | None
    ttft_ms_mean: float | None
    ttft_ms_median: float | None
    tpot_ms_mean: float | None
    e2e_s_mean: float | None
    peak_memory_gb: float | None
    power_w: float | None
    quality: str | None
    date: str | None
    source: str
    notes: str | None


COLUMNS: tuple[str, ...] = tuple(f.name for f in fields(Measurement))
