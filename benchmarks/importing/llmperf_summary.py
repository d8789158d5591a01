"""A summary of LLMPerf (``*_summary.json``) as a measurement.

Fields: token_benchmark_ray.py of ray-project/llmperf 2.0. It keeps a number of requests under way
and counts tokens with the tokenizer of Llama. Its inter-token latency divides by all tokens and
holds the first one, so it is not a TPOT and is left out.
"""

from __future__ import annotations

from datetime import UTC, datetime

from benchmarks.importing.context import ImportContext, measurement
from benchmarks.importing.failed_requests import check_failed, failed_note
from benchmarks.importing.json_document import Document
from benchmarks.importing.load_point import load_of_concurrency
from benchmarks.importing.output_length import check_output_length
from planner.records.measurement import Measurement

RATE = "results_mean_output_throughput_token_per_s"
LATENCY_AGREES = 2.0
"""Throughput and latency of a closed loop agree roughly: the last requests leave it half empty."""


def is_llmperf_summary(document: Document) -> bool:
    """True for the summary of one run of LLMPerf."""
    return {"num_concurrent_requests", RATE} <= set(document.values)


def measurements_of_llmperf_summary(
    document: Document, context: ImportContext
) -> tuple[Measurement, ...]:
    """The measurement of a summary. Raises InputError if it is not one."""
    completed = document.count("results_num_completed_requests")
    failed = document.count("results_number_errors")
    if not completed:
        raise document.refusal("no request completed")
    check_failed(document, failed, completed + failed, context.allowed_failed)
    output_tokens = document.figure("results_number_output_tokens_mean")
    check_output_length(document, output_tokens, context.output_tokens)
    tokens_per_s = document.figure(RATE)
    concurrency = document.count("num_concurrent_requests")
    e2e_s = document.positive("results_end_to_end_latency_s_mean")
    most = None if e2e_s is None else LATENCY_AGREES * concurrency * output_tokens / e2e_s
    if not tokens_per_s or (most is not None and tokens_per_s > most):
        raise document.refusal(
            f"{RATE} {tokens_per_s:g} is not what {concurrency} requests of {output_tokens:g} "
            f"tokens in {e2e_s or 0:g} s give"
        )
    ttft_s = document.positive("results_ttft_s_mean")
    median_s = document.positive("results_ttft_s_quantiles_p50")
    per_minute = document.positive("results_num_completed_requests_per_min")
    requests = completed + failed
    notes = (f"LLMPerf, {completed} requests, tokens of Llama", *failed_note(failed, requests))
    return (
        measurement(
            context,
            document.name,
            document.text("model"),
            notes,
            **load_of_concurrency(concurrency, requests),
            input_tokens=document.figure("results_number_input_tokens_mean"),
            output_tokens=output_tokens,
            requests=float(completed),
            output_tokens_per_s=tokens_per_s,
            requests_per_s=None if per_minute is None else per_minute / 60,
            ttft_ms_mean=None if ttft_s is None else 1000 * ttft_s,
            ttft_ms_median=None if median_s is None else 1000 * median_s,
            e2e_s_mean=e2e_s,
            quality="B",
            date=_date(document),
        ),
    )


def _date(document: Document) -> str | None:
    start = document.positive("timestamp")
    try:
        return None if start is None else datetime.fromtimestamp(start, UTC).date().isoformat()
    except (ValueError, OverflowError):
        raise document.refusal(f"timestamp {start:g} s is not in any year") from None
