"""A result of ``vllm bench serve --save-result`` as a measurement.

The load generator reports success whatever happens: it writes a result even if requests
failed, streams were cut off or answers were clamped. Here a result counts only if its own
figures confirm it.
Fields: vllm/benchmarks/serve.py of vLLM 0.32 and its predecessor
benchmarks/benchmark_serving.py of vLLM 0.4.
"""

from __future__ import annotations

from datetime import datetime
from statistics import fmean, median
from typing import Any

from benchmarks.importing.context import ImportContext, measurement
from benchmarks.importing.failed_requests import check_failed, failed_note
from benchmarks.importing.json_document import MAX_FIGURE, Document
from benchmarks.importing.load_point import checked_rate, load_of
from benchmarks.importing.shared_prefix import check_prefix_is_stated
from benchmarks.importing.speculation import drafts_tokens
from benchmarks.importing.stated_engine import with_stated_engine
from planner.catalog.names import quoted
from planner.records.dates import ALLOWED, is_date
from planner.records.measurement import Measurement

# Short streams that all end this close to the end of the run were cut off with the server.
CUT_OFF_WINDOW_S = 0.25


def is_result(document: Document) -> bool:
    """True for any result of ``vllm bench serve``."""
    return {"num_prompts", "completed"} <= set(document.values)


def measurements_of_result(document: Document, context: ImportContext) -> tuple[Measurement, ...]:
    """The measurement of a result. Raises InputError if it is not one."""
    return (_measurement(document, context),)


def _measurement(document: Document, context: ImportContext) -> Measurement:
    if document.at("total_output_tokens") is None:
        raise document.refusal("it has no total_output_tokens: not a text generation benchmark")
    context = with_stated_engine(document, context)
    requests, failed = _checked_requests(document, context.allowed_failed)
    _check_one_answer(document)
    check_prefix_is_stated(document, context, document.values, requests + failed)
    output_tokens = _checked_output_tokens(document, requests, context.output_tokens)
    duration_s = document.figure("duration")
    sure = context.output_tokens is not None and not failed
    notes = [f"vllm bench serve, {requests} requests in {duration_s:.1f} s"]
    notes.extend(failed_note(failed, requests + failed))
    if context.output_tokens is None:
        notes.append("the length asked for is not stated: clamped answers would not show")
    if drafts_tokens(document):
        notes.append("with speculative decoding")
    notes.extend(document.notes)
    return measurement(
        context,
        document.name,
        document.text("model_id"),
        tuple(notes),
        **load_of(document, requests + failed),
        input_tokens=document.count("total_input_tokens") / requests,
        output_tokens=output_tokens,
        requests=float(requests),
        output_tokens_per_s=checked_rate(document, "output_throughput", "total_output_tokens"),
        requests_per_s=checked_rate(document, "request_throughput", "completed"),
        ttft_ms_mean=_milliseconds(document, "mean_ttft"),
        ttft_ms_median=_milliseconds(document, "median_ttft"),
        tpot_ms_mean=_milliseconds(document, "mean_tpot"),
        e2e_s_mean=_e2e_s_mean(document),
        quality="A" if sure else "B",
        date=_date(document),
    )


def _checked_requests(document: Document, allowed_failed: float) -> tuple[int, int]:
    """Numbers of requests that completed and that failed."""
    asked, completed = document.count("num_prompts"), document.count("completed")
    failed = document.count("failed") if document.at("failed") is not None else asked - completed
    if not asked:
        raise document.refusal("it holds no request")
    errors = document.at("errors")
    reported = errors if isinstance(errors, list) else []
    first = next((str(error) for error in reported if error), None)
    said = f" ({' '.join(first.split())[-120:]})" if first else ""
    if completed + failed != asked or not completed:
        raise document.refusal(
            f"only {completed} of {asked} requests completed, {failed} failed{said}"
        )
    check_failed(document, failed, asked, allowed_failed, said)
    return completed, failed


def _check_one_answer(document: Document) -> None:
    """Refuse prompts that each got several answers, of which only one is counted."""
    if document.at("use_beam_search") or (document.positive("best_of") or 1.0) > 1.0:
        raise document.refusal(
            "best_of or beam search generates several answers a prompt and counts one; measure "
            "without it"
        )


def _checked_output_tokens(document: Document, requests: int, asked: int | None) -> float:
    total = document.count("total_output_tokens")
    lengths = _numbers(document, "output_lens", requests)
    if asked is not None and total != requests * asked:
        raise document.refusal(
            f"{total} output tokens are not {requests} requests x {asked} tokens: "
            "answers were clamped or cut off"
        )
    if lengths is not None:
        _check_lengths(document, lengths, total, asked)
    if not total:
        raise document.refusal("no request got a token")
    return total / requests


def _check_lengths(document: Document, lengths: list[float], total: int, asked: int | None) -> None:
    if sum(lengths) != total:
        raise document.refusal(f"output_lens add up to {sum(lengths)}, not to the total of {total}")
    if asked is not None and set(lengths) != {asked}:
        raise document.refusal(
            f"{sum(length != asked for length in lengths)} answers do not have {asked} tokens"
        )
    if not all(lengths):
        raise document.refusal(f"{lengths.count(0)} of {len(lengths)} answers are empty")
    cut = _cut_off(document, lengths)
    if cut:
        raise document.refusal(
            f"{cut} answers are shorter than the others and end together with the run: "
            "the server stopped and the streams were cut off"
        )


def _cut_off(document: Document, lengths: list[float]) -> int:
    """Number of answers cut short by the end of the server, in a run of mostly equal lengths."""
    ends = _ends_s(document, len(lengths))
    longest = max(lengths)
    short = [i for i, length in enumerate(lengths) if length < longest]
    if ends is None or not len(short) >= 2 or median(lengths) != longest:
        return 0
    last_s = max(ends)
    return len(short) if all(last_s - ends[i] < CUT_OFF_WINDOW_S for i in short) else 0


def _milliseconds(document: Document, name: str) -> float | None:
    """A time that vLLM states in ms, and InferenceX's copy of its load generator in seconds."""
    seconds = document.positive(name)
    return document.positive(f"{name}_ms") or (None if seconds is None else 1000 * seconds)


def _e2e_s_mean(document: Document) -> float | None:
    mean_ms = _milliseconds(document, "mean_e2el")
    if mean_ms is not None:
        return mean_ms / 1000
    latencies = _latencies_s(document)
    return fmean(latencies) if latencies else None


def _latencies_s(document: Document) -> list[float] | None:
    requests = document.count("completed")
    ttfts, streams = _numbers(document, "ttfts", requests), document.at("itls")
    if ttfts is None or not all(ttfts) or streams is None:
        return None
    streams = _of_completed(document, streams)
    if not isinstance(streams, list) or not all(isinstance(gaps, list) for gaps in streams):
        raise document.refusal("itls is not a list of seconds for each request")
    if len(streams) != requests or not all(_is_number(gap) for gaps in streams for gap in gaps):
        raise document.refusal(f"itls is not a list of seconds for each of {requests} requests")
    return [ttft + sum(gaps) for ttft, gaps in zip(ttfts, streams, strict=True)]


def _ends_s(document: Document, requests: int) -> list[float] | None:
    starts, latencies = _numbers(document, "start_times", requests), _latencies_s(document)
    if starts is None or latencies is None:
        return None
    return [start + latency for start, latency in zip(starts, latencies, strict=True)]


def _numbers(document: Document, name: str, length: int) -> list[float] | None:
    """One number for each request; None if the result has no details."""
    values = _of_completed(document, document.at(name))
    if values is None:
        return None
    if not isinstance(values, list) or len(values) != length:
        raise document.refusal(f"{name} is not a list of {length} entries, one for each request")
    if not all(_is_number(value) for value in values):
        raise document.refusal(f"{name} holds an entry that is not a number of at least 0")
    return values


def _of_completed(document: Document, values: Any) -> Any:
    """The entries of a detailed result's list that belong to requests that completed."""
    asked = document.count("num_prompts")
    if not isinstance(values, list) or len(values) != asked or asked == document.count("completed"):
        return values
    errors, lengths = document.at("errors"), document.at("output_lens")
    if isinstance(errors, list) and len(errors) == asked:
        return [value for value, error in zip(values, errors, strict=True) if not error]
    if isinstance(lengths, list) and len(lengths) == asked:
        return [value for value, length in zip(values, lengths, strict=True) if length]
    return values


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and 0 <= value <= MAX_FIGURE


def _date(document: Document) -> str | None:
    """The ISO date of ``20260807-190053``; None if no date is stated."""
    stated = document.text("date")
    if stated is None or is_date(stated):
        return stated
    try:
        return datetime.strptime(stated, "%Y%m%d-%H%M%S").date().isoformat()
    except ValueError:
        raise document.refusal(f"date is {quoted(stated)}, not {ALLOWED}") from None
