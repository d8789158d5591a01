"""A measured load point with its source."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Literal, get_args

Load = Literal[
    "closed_loop",
    "static_batch",
    "burst",
    "poisson_rate",
    "constant_rate",
    "single_stream",
    "steady_state_batch",
]
LOADS: tuple[Load, ...] = get_args(Load)
Mode = Literal["offline", "online"]
MODES: tuple[Mode, ...] = get_args(Mode)


@dataclass(frozen=True, slots=True)
class Measurement:
    """One load point on one deployment; the fields are the columns of the CSV.

    None means "not stated". ``gpu_count`` is the tensor-parallel size, lengths
    are mean tokens per request, ``concurrency`` is the number of requests kept
    in flight (closed loop) or the batch size (static batch).
    ``output_tokens_per_s`` and ``requests_per_s`` are totals over all requests,
    ``e2e_s_mean`` is seconds from sending a request to its last token.
    ``requests`` is fractional if a source states a mean over repetitions.
    ``base_model`` is the catalogue model whose architecture a fine-tune has.
    ``engine_settings`` are those in force, as ``settings_text.py`` writes them;
    None means vLLM's defaults. ``throughput_sd`` is the standard deviation of the throughput
    over halves and repeats of this point, divided by the throughput. The last two are the
    peaks of a processor as they were measured on its machine, which no datasheet states.
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
    engine_settings: str | None = None
    throughput_sd: float | None = None
    peak_bandwidth_gb_per_s: float | None = None
    peak_fp16_tflops: float | None = None


COLUMNS: tuple[str, ...] = tuple(f.name for f in fields(Measurement))
LATER_COLUMNS: tuple[str, ...] = (
    "engine_settings",
    "throughput_sd",
    "peak_bandwidth_gb_per_s",
    "peak_fp16_tflops",
)
"""The last of ``COLUMNS``: older files and stores do not have them."""

FIRST_COLUMNS: tuple[str, ...] = COLUMNS[: -len(LATER_COLUMNS)]


def stated_columns(measurements: Iterable[Measurement]) -> tuple[str, ...]:
    """``FIRST_COLUMNS`` and those of ``LATER_COLUMNS`` that any measurement states.

    Measurements that state no later column keep the file and the hash that they
    had before the column existed.
    """
    rows = tuple(measurements)
    later = (c for c in LATER_COLUMNS if any(getattr(row, c) is not None for row in rows))
    return (*FIRST_COLUMNS, *later)
