"""The benchmarks of a GuideLLM report as measurements.

Fields: guidellm 0.8 (benchmark/schemas) and, if they differ, guidellm 0.3
(benchmark/benchmark.py). GuideLLM reports a latency that it could not measure as 0; here it is
None. Its ``time_per_output_token_ms`` includes the first token, so TPOT is taken from
``inter_token_latency_ms``, which does not.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from benchmarks.importing.context import ImportContext, measurement
from benchmarks.importing.failed_requests import check_failed, failed_note
from benchmarks.importing.json_document import Document
from benchmarks.importing.load_point import load_of_concurrency
from benchmarks.importing.shared_prefix import check_prefix_is_stated
from planner.records.measurement import Measurement

# If a mean is this far below the length asked for, answers ended early: it is not rounding.
LENGTH_TOLERANCE = 0.01
# A Poisson count exceeds its mean by 4 standard deviations once in 30,000 runs.
ARRIVAL_SIGMAS = 4.0
RATES_AGREE = 1.5


def is_report(document: Document) -> bool:
    """True for a report of any version of GuideLLM."""
    benchmarks = document.at("benchmarks")
    return isinstance(benchmarks, list) and all(
        isinstance(benchmark, dict) and "metrics" in benchmark for benchmark in benchmarks
    )


def measurements_of_report(document: Document, context: ImportContext) -> tuple[Measurement, ...]:
    """One measurement per benchmark. Raises InputError if one of them is not a measurement."""
    benchmarks = document.values["benchmarks"]
    if not benchmarks:
        raise document.refusal("it holds no benchmark")
    data = _data(document)
    return tuple(
        _measurement(Document(benchmark, f"{document.name}, benchmark {number}"), context, data)
        for number, benchmark in enumerate(benchmarks, start=1)
    )


def _measurement(
    document: Document, context: ImportContext, data: list[dict[str, Any]]
) -> Measurement:
    completed, cut, failed = _checked_requests(document, context.allowed_failed)
    its_data = _data(document)
    asked = context.output_tokens or _output_tokens(data) or _output_tokens(its_data)
    check_prefix_is_stated(document, context, data + its_data, completed + cut + failed)
    load = _load(document, completed + cut + failed)
    _check_arrivals(document, load.get("request_rate_per_s"), completed)
    output_tokens = _mean(document, "output_token_count")
    if output_tokens is None:
        raise document.refusal("no request got a token")
    tokens_per_s = _mean(document, "output_tokens_per_second", cut_too=bool(cut))
    if tokens_per_s is None:
        raise document.refusal("metrics.output_tokens_per_second is absent or 0")
    if asked is not None and output_tokens < asked * (1 - LENGTH_TOLERANCE):
        raise document.refusal(
            f"answers have {output_tokens:g} tokens on average, but {asked} were asked for: "
            "they were clamped or cut off"
        )
    requests_per_s = None if cut else _mean(document, "requests_per_second")
    _check_rates(document, tokens_per_s, requests_per_s, output_tokens)
    notes = [f"GuideLLM, {completed} requests", *failed_note(failed, completed + cut + failed)]
    if cut:
        notes.append(f"{cut} more were cut off by the end of the run and count only for tokens/s")
    return measurement(
        context,
        document.name,
        _model(document),
        tuple(notes),
        **load,
        input_tokens=_mean(document, "prompt_token_count"),
        output_tokens=output_tokens,
        requests=float(completed),
        output_tokens_per_s=tokens_per_s,
        requests_per_s=requests_per_s,
        ttft_ms_mean=_mean(document, "time_to_first_token_ms"),
        ttft_ms_median=document.positive("metrics.time_to_first_token_ms.successful.median"),
        tpot_ms_mean=_mean(document, "inter_token_latency_ms"),
        e2e_s_mean=_mean(document, "request_latency"),
        quality="B" if cut or failed or asked is None else "A",
        date=_date(document),
    )


def _checked_requests(document: Document, allowed_failed: float) -> tuple[int, int, int]:
    """Numbers of requests that completed, that the end of the run cut off, and that failed."""
    totals = next(
        (
            path
            for path in (
                "metrics.request_totals",
                "request_totals",
                "scheduler_metrics.requests_made",
                "run_stats.requests_made",
            )
            if document.at(path) is not None
        ),
        "metrics.request_totals",
    )
    completed = document.count(f"{totals}.successful")
    cut = document.count(f"{totals}.incomplete")
    failed = document.count(f"{totals}.errored")
    if not completed:
        raise document.refusal("no request completed")
    check_failed(document, failed, completed + cut + failed, allowed_failed)
    if cut > completed:
        raise document.refusal(
            f"{cut} requests were cut off and only {completed} completed: let it run longer"
        )
    return completed, cut, failed


def _load(document: Document, requests: int) -> dict[str, Any]:
    strategy = "config.strategy" if document.at("config.strategy") else "args.strategy"
    kind = document.text(f"{strategy}.type_")
    cap = document.positive(f"{strategy}.max_concurrency")
    if kind == "synchronous":
        return {"load": "single_stream", "concurrency": 1.0}
    if kind == "concurrent":
        return {"load": "closed_loop", "concurrency": document.figure(f"{strategy}.streams")}
    if kind == "throughput":
        return load_of_concurrency(math.inf if cap is None else cap, requests)
    if kind in ("constant", "poisson"):
        rate = document.figure(f"{strategy}.rate")
        return {"load": f"{kind}_rate", "request_rate_per_s": rate}
    raise document.refusal(
        f"strategy {kind!r} is none of synchronous, concurrent, throughput, constant, poisson"
    )


def _check_arrivals(document: Document, rate_per_s: float | None, completed: int) -> None:
    """Refuse a run in which more requests completed than can have arrived at its rate."""
    start_s, end_s = document.positive("start_time"), document.positive("end_time")
    if rate_per_s is None or start_s is None or end_s is None or end_s <= start_s:
        return
    expected = rate_per_s * (end_s - start_s)
    if completed > expected + ARRIVAL_SIGMAS * math.sqrt(expected) + 1:
        raise document.refusal(
            f"{completed} requests completed in {end_s - start_s:.1f} s, which is not "
            f"{rate_per_s:g} arrivals/s"
        )


def _check_rates(
    document: Document, tokens_per_s: float, requests_per_s: float | None, output_tokens: float
) -> None:
    """Refuse rates that disagree; they agree roughly, as their times differ slightly."""
    if requests_per_s is None:
        return
    times = tokens_per_s / (requests_per_s * output_tokens)
    if not 1 / RATES_AGREE <= times <= RATES_AGREE:
        raise document.refusal(
            f"{tokens_per_s:g} output tokens/s are not {requests_per_s:g} requests/s of "
            f"{output_tokens:g} tokens"
        )


def _mean(document: Document, metric: str, cut_too: bool = False) -> float | None:
    requests = "total" if cut_too else "successful"
    return document.positive(f"metrics.{metric}.{requests}.mean")


def _model(document: Document) -> str | None:
    for path in ("config.backend.model", "worker.backend_model", "args.backend.model"):
        if isinstance(model := document.at(path), str) and model:
            return model
    return None


def _date(document: Document) -> str | None:
    start = document.positive("start_time")
    try:
        return None if start is None else datetime.fromtimestamp(start, UTC).date().isoformat()
    except (ValueError, OverflowError):
        raise document.refusal(f"start_time {start:g} s is not in any year") from None


def _output_tokens(data: list[dict[str, Any]]) -> int | None:
    """The output length of synthetic data; None if none or several are stated."""
    lengths = set()
    for specification in data:
        length = str(specification.get("output_tokens"))
        spread = any(specification.get(f"output_tokens_{of}") for of in ("stdev", "min", "max"))
        if length.isdecimal() and not spread:
            lengths.add(int(length))
    return lengths.pop() if len(lengths) == 1 else None


def _data(document: Document) -> list[dict[str, Any]]:
    """The specifications of synthetic data that a report or a benchmark states."""
    places = ("config.spec.data", "args.data", "request_loader.data")
    return [stated for place in places for stated in _specifications(document.at(place))]


def _specifications(data: Any) -> Iterator[dict[str, Any]]:
    """The objects in one data specification or a list of them."""
    specification = _specification(data) if isinstance(data, str) else data
    if isinstance(specification, list):
        for part in specification:
            yield from _specifications(part)
    if isinstance(specification, dict):
        yield specification


def _specification(text: str) -> Any:
    """An object from JSON or from ``key=value,key=value``."""
    try:
        return json.loads(text)
    except ValueError:
        pairs = (pair.split("=", 1) for pair in text.split(","))
        return dict(pair for pair in pairs if len(pair) == 2)
