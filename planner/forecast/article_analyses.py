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
    """Throughput against ``varied``, over the measurements that ``counts`` is true of.

    ``axis`` is what varies in words.
    """

    name: str
    label: str
    title: str
    varied: Quantity
    axis: str
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
        name="transformers",
        label="vLLM or Hugging Face",
        title="vLLM against Hugging Face transformers",
        varied="input_tokens",
        axis="tokens in",
        counts=_is_one_at_a_time,
    ),
    Analysis(
        name="input-length",
        label="Input length",
        title="Throughput against input length",
        varied="input_tokens",
        axis="tokens in",
        counts=_is_closed,
    ),
    Analysis(
        name="output-length",
        label="Output length",
        title="Throughput against output length",
        varied="output_tokens",
        axis="tokens out",
        counts=_is_closed,
    ),
    Analysis(
        name="batch-size",
        label="Batch size",
        title="Throughput against batch size",
        varied="concurrency",
        axis="batch size",
        counts=_is_batch,
    ),
    Analysis(
        name="gpus",
        label="GPU",
        title="Throughput of one request at a time, by GPU",
        varied="gpu",
        axis="GPU",
        counts=lambda row: is_vllm(row) and _is_one_at_a_time(row),
    ),
    Analysis(
        name="parallel",
        label="Parallel requests",
        title="Throughput and memory against parallel requests",
        varied="concurrency",
        axis="parallel requests",
        counts=_is_parallel,
    ),
)
