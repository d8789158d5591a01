"""Results of ``vllm bench latency`` and ``vllm bench throughput`` as measurements.

They state times and little else: the lengths and the batch size come from the user. Fields:
vllm/benchmarks/latency.py and vllm/benchmarks/throughput.py of vLLM 0.32.
"""

from __future__ import annotations

from statistics import fmean
from typing import Any

from benchmarks.importing.context import ImportContext, measurement
from benchmarks.importing.json_document import Document
from benchmarks.importing.stated_engine import with_stated_engine
from planner.errors import InputError
from planner.records.measurement import Measurement

TOLERANCE = 0.01
"""Stated figures differ from those that follow from the others only by rounding."""

LENGTH_TOLERANCE = 0.02
"""Tokenizers do not give random prompts their exact length."""


def is_latency_result(document: Document) -> bool:
    """True for the ``--output-json`` of ``vllm bench latency``."""
    return {"avg_latency", "latencies", "percentiles"} <= set(document.values)


def is_throughput_result(document: Document) -> bool:
    """True for the ``--output-json`` of ``vllm bench throughput``."""
    return {"elapsed_time", "num_requests", "total_num_tokens"} <= set(document.values)


def measurements_of_latency_result(
    document: Document, context: ImportContext
) -> tuple[Measurement, ...]:
    """The measurement of a latency result: one batch after another."""
    inputs = _stated(document, "input_tokens", context.input_tokens)
    outputs = _stated(document, "output_tokens", context.output_tokens)
    batch = _stated(document, "batch_size", context.batch_size)
    latencies = document.at("latencies")
    if not isinstance(latencies, list) or not latencies:
        raise document.refusal("latencies is not a list of seconds, one for each batch")
    times = Document(dict(enumerate_as_text(latencies)), f"{document.name}, latencies")
    seconds = [times.figure(key) for key in times.values]
    average_s = document.figure("avg_latency")
    if not average_s or abs(fmean(seconds) / average_s - 1) > TOLERANCE:
        raise document.refusal(
            f"avg_latency {average_s:g} s is not the mean of latencies, {fmean(seconds):g} s"
        )
    note = f"vllm bench latency, {len(seconds)} batches of {batch}"
    return (
        _offline(
            document,
            context,
            note,
            load="static_batch",
            concurrency=float(batch),
            input_tokens=float(inputs),
            output_tokens=float(outputs),
            requests=float(batch * len(seconds)),
            requests_per_s=batch / average_s,
            output_tokens_per_s=batch * outputs / average_s,
            e2e_s_mean=average_s,
        ),
    )


def measurements_of_throughput_result(
    document: Document, context: ImportContext
) -> tuple[Measurement, ...]:
    """The measurement of a throughput result: all requests at once."""
    outputs = _stated(document, "output_tokens", context.output_tokens)
    requests, seconds = document.count("num_requests"), document.figure("elapsed_time")
    if not requests or not seconds:
        raise document.refusal(f"{requests} requests in {seconds:g} s are no measurement")
    inputs = document.count("total_num_tokens") / requests - outputs
    if inputs <= 0:
        raise document.refusal(
            f"{document.count('total_num_tokens')} tokens are fewer than {requests} answers of "
            f"{outputs}; correct --output-tokens"
        )
    wanted = context.input_tokens
    if wanted is not None and abs(inputs / wanted - 1) > LENGTH_TOLERANCE:
        raise document.refusal(
            f"prompts have {inputs:g} tokens on average, but --input-tokens says {wanted}; correct "
            "one of the lengths"
        )
    stated = document.positive("requests_per_second")
    if stated is not None and abs(stated * seconds / requests - 1) > TOLERANCE:
        raise document.refusal(
            f"requests_per_second {stated:g} is not {requests} requests in {seconds:g} s"
        )
    return (
        _offline(
            document,
            context,
            f"vllm bench throughput, {requests} requests in {seconds:.1f} s",
            load="burst",
            concurrency=float(requests),
            input_tokens=inputs,
            output_tokens=float(outputs),
            requests=float(requests),
            requests_per_s=requests / seconds,
            output_tokens_per_s=requests * outputs / seconds,
        ),
    )


def enumerate_as_text(values: list[Any]) -> list[tuple[str, Any]]:
    """The values under their numbers, from 1, for messages that name one of them."""
    return [(str(number), value) for number, value in enumerate(values, start=1)]


def _offline(document: Document, context: ImportContext, note: str, **figures: Any) -> Measurement:
    known = with_stated_engine(document, context)
    notes = (note, "lengths as stated with the import")
    return measurement(known, document.name, None, notes, **figures, mode="offline", quality="B")


def _stated(document: Document, name: str, value: int | None) -> int:
    if value is None:
        raise InputError(
            f"{document.name} does not state {name}; give it with the import (for example "
            f"--{name.replace('_', '-')} ...).",
            field=name,
        )
    return value
