"""A stage of inference-perf (``stage_N_lifecycle_metrics.json``) as a measurement.

Fields: kubernetes-sigs/inference-perf, inference_perf/reportgen/base.py of 0.4 to 0.6.1 and
the state of 2026-08-19; times are in seconds. Since 0.6 ``prompt_tokens`` stands beside or in
place of ``prompt_len``, and ``output_tokens``, which is the server's count, beside
``output_len``, which counts the text again. The file names no model. TPOT follows from latency,
time to the first token and length, because the tool divides by the pieces of a stream, of which
there may be two for a token.
"""

from __future__ import annotations

import math
from typing import Any

from benchmarks.importing.context import ImportContext, measurement
from benchmarks.importing.failed_requests import check_failed, failed_note
from benchmarks.importing.json_document import Document
from benchmarks.importing.load_point import load_of_concurrency
from benchmarks.importing.output_length import check_output_length
from planner.records.measurement import Measurement

SENT_AS_ASKED = 0.05
"""The share by which the rate that was sent may be below the one asked for, beside chance."""
RATE_TOLERANCE = 0.05
"""Throughputs agree with a mean length roughly."""
INPUTS = ("prompt_tokens", "prompt_len")
OUTPUTS = ("output_tokens", "output_len")
"""Places of the mean length in a stage; the first is the server's count if it states one."""


def is_inference_perf_stage(document: Document) -> bool:
    """True for the metrics of a stage that inference-perf measured itself."""
    successes = document.at("successes")
    return (
        "load_summary" in document.values and isinstance(successes, dict) and "latency" in successes
    )


def measurements_of_inference_perf_stage(
    document: Document, context: ImportContext
) -> tuple[Measurement, ...]:
    """The measurement of a stage. Raises InputError if it is not one."""
    completed, failed = document.count("successes.count"), document.count("failures.count")
    if not completed:
        raise document.refusal("no request completed")
    check_failed(document, failed, completed + failed, context.allowed_failed)
    for medium in ("images", "videos", "audios"):
        if document.positive(f"successes.throughput.{medium}_per_sec") is not None:
            raise document.refusal(
                f"its requests hold {medium}, which a measurement cannot state; measure with text"
            )
    output_tokens = _mean_tokens(document, OUTPUTS, completed)[0]
    check_output_length(document, output_tokens, context.output_tokens)
    e2e_s = document.positive("successes.latency.request_latency.mean")
    ttft_s = document.positive("successes.latency.time_to_first_token.mean")
    median_s = document.positive("successes.latency.time_to_first_token.median")
    tpot_ms = None
    if e2e_s is not None and ttft_s is not None and output_tokens > 1:
        tpot_ms = 1000 * (e2e_s - ttft_s) / (output_tokens - 1) or None
    requests = completed + failed
    notes = [f"inference-perf, {completed} requests", *failed_note(failed, requests)]
    load = _load(document, requests)
    if "request_rate_per_s" in load:
        notes.append("arrivals taken as constant, the tool's default")
    return (
        measurement(
            context,
            document.name,
            None,
            tuple(notes),
            **load,
            input_tokens=_mean_tokens(document, INPUTS, completed)[0],
            output_tokens=output_tokens,
            requests=float(completed),
            output_tokens_per_s=_output_tokens_per_s(document, completed),
            requests_per_s=document.positive("successes.throughput.requests_per_sec"),
            ttft_ms_mean=None if ttft_s is None else 1000 * ttft_s,
            ttft_ms_median=None if median_s is None else 1000 * median_s,
            tpot_ms_mean=tpot_ms,
            e2e_s_mean=e2e_s,
            quality="B",
        ),
    )


def _load(document: Document, requests: int) -> dict[str, Any]:
    concurrency = document.positive("load_summary.concurrency")
    if concurrency is not None:
        return load_of_concurrency(concurrency, requests)
    rate = document.positive("load_summary.requested_rate")
    if rate is None:
        raise document.refusal(
            "load_summary states no load: it sums several stages; give "
            "stage_N_lifecycle_metrics.json of each"
        )
    sent = _sent_per_s(document, requests)
    if sent < rate * (1 - SENT_AS_ASKED - 1 / math.sqrt(requests)):
        raise document.refusal(
            f"requested_rate is {rate:g}/s, but {sent:.3g}/s were sent: the load generator did "
            "not keep up"
        )
    return {"load": "constant_rate", "request_rate_per_s": rate}


def _sent_per_s(document: Document, requests: int) -> float:
    """The rate between the first request and the last; by chance, Poisson arrivals are off by
    1 / sqrt(requests).

    ``achieved_rate`` counts the requests, which is one more than the gaps between them.
    """
    duration_s = document.positive("load_summary.send_duration")
    if duration_s is None:
        return document.figure("load_summary.achieved_rate") * (requests - 1) / requests
    return (requests - 1) / duration_s


def _mean_tokens(document: Document, fields: tuple[str, ...], completed: int) -> list[float]:
    """The mean lengths that the fields state, in their order. Raises InputError if none does."""
    found = []
    for field in fields:
        mean = document.positive(f"successes.{field}.mean")
        total = document.positive(f"successes.{field}.total")
        if mean is None and total is not None:
            mean = total / completed
        if mean is not None:
            found.append(mean)
    if not found:
        raise document.refusal(f"successes states neither {' nor '.join(fields)}")
    return found


def _output_tokens_per_s(document: Document, completed: int) -> float:
    """The rate of the tokens that the server counted.

    The tool's own rate counts as one of the lengths does. Raises InputError if it agrees with none.
    """
    stated = document.figure("successes.throughput.output_tokens_per_sec")
    requests_per_s = document.positive("successes.throughput.requests_per_sec")
    if requests_per_s is None:
        return stated
    lengths = _mean_tokens(document, OUTPUTS, completed)
    expected = [requests_per_s * length for length in lengths]
    if not any(abs(stated / rate - 1) <= RATE_TOLERANCE for rate in expected):
        raise document.refusal(
            f"output_tokens_per_sec {stated:g}/s is not {requests_per_s:g} requests/s of "
            f"{lengths[0]:g} tokens"
        )
    return stated if len(lengths) == 1 else expected[0]
