"""The article's six analyses as questions to measurements: what varies, and which rows count.

The names are those of the suite ``article`` of ``planner calibrate``, which measures them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from planner.learning.from_measurements import concurrency_of, is_open_loop
from planner.records.measurement import Measurement

Quantity = Literal["input_tokens", "output_tokens", "concurrency", "gpu"]

LARGEST_LENGTHS = (8192.0, 400.0)
"""Tokens in and out at most in the article's analysis 5, which states no mean lengths."""


@dataclass(frozen=True, slots=True)
class Analysis:
    """Throughput against ``varied``, over the measurements that ``counts`` is true of."""

    name: str
    label: str
    title: str
    varied: Quantity
    counts: Callable[[Measurement], bool]


def is_vllm(measurement: Measurement) -> bool:
    """True if vLLM was measured and no other engine."""
    return measurement.engine.strip().lower() == "vllm"


def _is_one_at_a_time(measurement: Measurement) -> bool:
    return not is_open_loop(measurement) and concurrency_of(measurement) == 1.0


def _is_closed(measurement: Measurement) -> bool:
    return is_vllm(measurement) and not is_open_loop(measurement)


def _is_batch(measurement: Measurement) -> bool:
    return is_vllm(measurement) and measurement.load == "static_batch"


def _is_parallel(measurement: Measurement) -> bool:
    return _is_closed(measurement) and measurement.mode != "offline"


ANALYSES: tuple[Analysis, ...] = (
    Analysis(
        "transformers",
        "vLLM or Hugging Face",
        "vLLM against Hugging Face transformers",
        "input_tokens",
        _is_one_at_a_time,
    ),
    Analysis(
        "input-length",
        "Input length",
        "Throughput against input length",
        "input_tokens",
        _is_closed,
    ),
    Analysis(
        "output-length",
        "Output length",
        "Throughput against output length",
        "output_tokens",
        _is_closed,
    ),
    Analysis("batch-size", "Batch size", "Throughput against batch size", "concurrency", _is_batch),
    Analysis(
        "gpus",
        "GPU",
        "Throughput of one request at a time, by GPU",
        "gpu",
        lambda measurement: is_vllm(measurement) and _is_one_at_a_time(measurement),
    ),
    Analysis(
        "parallel",
        "Parallel requests",
        "Throughput and memory against parallel requests",
        "concurrency",
        _is_parallel,
    ),
)
