"""A stage of inference-perf (``stage_N_lifecycle_metrics.json``) as a measurement.

Fields: kubernetes-sigs/inference-perf, inference_perf/reportgen/base.py; times are in seconds.
The file names no model. TPOT follows from latency, time to the first token and length, because
the tool divides by the pieces of a stream, of which there may be two for a token.
"""

from __future__ import annotations

from typing import Any

from benchmarks.importing.context import ImportContext, measurement
from benchmarks.importing.failed_requests import check_failed, failed_note
from benchmarks.importing.json_document import Document
from planner.records.measurement import Measurement

SENT_AS_ASKED = 0.05
"""Largest difference of the rate that was sent from the rate that was asked for."""


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
    output_tokens = document.figure("successes.output_len.mean")
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
            input_tokens=document.figure("successes.prompt_len.mean"),
            output_tokens=output_tokens,
            requests=float(completed),
            output_tokens_per_s=document.figure("successes.throughput.output_tokens_per_sec"),
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
        load = "burst" if concurrency >= requests else "closed_loop"
        return {"load": load, "concurrency": float(min(concurrency, requests))}
    rate = document.positive("load_summary.requested_rate")
    if rate is None:
        raise document.refusal(
            "load_summary states no load: it sums several stages; give "
            "stage_N_lifecycle_metrics.json of each"
        )
    sent = document.figure("load_summary.achieved_rate")
    if abs(sent / rate - 1) > SENT_AS_ASKED:
        raise document.refusal(
            f"requested_rate is {rate:g}/s, but achieved_rate is {sent:g}/s: the load generator "
            "did not keep up"
        )
    return {"load": "constant_rate", "request_rate_per_s": rate}
