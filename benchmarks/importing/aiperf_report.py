"""A report of AIPerf, or of its predecessor GenAI-Perf, as a measurement.

Fields: AIPerf 0.1 to 0.11 (exporters/metrics_json_exporter.py); GenAI-Perf 0.0.4 to 0.0.16
(genai_perf/export_data/json_exporter.py). Each metric is an object with a unit and statistics.
The inter-token latency leaves the first token out, as TPOT does. AIPerf states the load in
``input_config.loadgen``, and since 0.10 in ``input_config.phases``; GenAI-Perf in
``input_config.perf_analyzer.stimulus``, and before 0.0.11 in ``input_config`` itself.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from benchmarks.importing.context import ImportContext, measurement
from benchmarks.importing.failed_requests import check_failed, failed_note
from benchmarks.importing.json_document import Document
from benchmarks.importing.load_point import load_of_concurrency
from benchmarks.importing.output_length import check_output_length
from benchmarks.importing.shared_prefix import check_prefix_is_stated
from planner.catalog.names import quoted
from planner.records.dates import is_date
from planner.records.measurement import Measurement

UNITS = {
    "request_throughput": "requests/sec",
    "output_token_throughput": "tokens/sec",
    "request_latency": "ms",
    "time_to_first_token": "ms",
    "inter_token_latency": "ms",
}
RATE_TOLERANCE = 0.05
"""Throughputs agree with the mean length roughly, as their times differ slightly."""


ENGINE_OF_TRITON_BACKEND = {"vllm": "vllm", "tensorrtllm": "tensorrt-llm"}
OPENAI = "openai"
"""The service kind of a protocol that every engine speaks; the backend means nothing for it."""
ENGINE_OF_SERVICE_KIND = {"tensorrtllm_engine": "tensorrt-llm"}


def is_aiperf_report(document: Document) -> bool:
    """True for the report of one run of AIPerf or GenAI-Perf."""
    metrics = {"input_config", "request_throughput", "output_token_throughput"}
    return metrics <= set(document.values)


def measurements_of_aiperf_report(
    document: Document, context: ImportContext
) -> tuple[Measurement, ...]:
    """The measurement of a report. Raises InputError if it is not one."""
    if document.at("was_cancelled"):
        raise document.refusal("was_cancelled is true: the run was stopped; measure it again")
    for metric, unit in UNITS.items():
        if document.at(metric) is not None and document.at(f"{metric}.unit") != unit:
            found = document.text(f"{metric}.unit")
            raise document.refusal(f"{metric}.unit is {quoted(str(found))}, not {unit}")
    completed, failed = document.count("request_count.avg"), _failed(document)
    if not completed:
        raise document.refusal("no request completed")
    check_failed(document, failed, completed + failed, context.allowed_failed)
    output_tokens = document.figure("output_sequence_length.avg")
    asked = context.output_tokens
    check_output_length(document, output_tokens, asked)
    tokens_per_s = document.figure("output_token_throughput.avg")
    requests_per_s = document.figure("request_throughput.avg")
    expected = requests_per_s * output_tokens
    if not expected or abs(tokens_per_s / expected - 1) > RATE_TOLERANCE:
        raise document.refusal(
            f"output_token_throughput {tokens_per_s:g}/s is not {requests_per_s:g} requests/s of "
            f"{output_tokens:g} tokens"
        )
    known = replace(context, engine=_engine(document, context.engine))
    check_prefix_is_stated(document, known, document.at("input_config"), completed + failed)
    e2e_ms = document.positive("request_latency.avg")
    tool = "GenAI-Perf" if _is_genai_perf(document) else "AIPerf"
    return (
        measurement(
            known,
            document.name,
            _model(document),
            (f"{tool}, {completed} requests", *failed_note(failed, completed + failed)),
            **_load(document, completed + failed),
            input_tokens=_input_tokens(document, context.input_tokens),
            output_tokens=output_tokens,
            requests=float(completed),
            output_tokens_per_s=tokens_per_s,
            requests_per_s=requests_per_s,
            ttft_ms_mean=document.positive("time_to_first_token.avg"),
            ttft_ms_median=document.positive("time_to_first_token.p50"),
            tpot_ms_mean=document.positive("inter_token_latency.avg"),
            e2e_s_mean=None if e2e_ms is None else e2e_ms / 1000,
            quality="A" if asked is not None and not failed else "B",
            date=_date(document),
        ),
    )


def _is_genai_perf(document: Document) -> bool:
    """True if the load is stated as GenAI-Perf does."""
    config = document.at("input_config")
    return isinstance(config, dict) and not {"loadgen", "phases"} & set(config)


def _engine(document: Document, stated: str | None) -> str | None:
    """The engine that the report names, or ``stated`` if it names none.

    Raises InputError for another one than ``stated``, and for a server whose engine is not known
    if none is stated.
    """
    for place in ("input_config.endpoint", "input_config"):
        kind = document.text(f"{place}.service_kind")
        if kind is not None and kind != OPENAI:
            break
    else:
        return stated
    named, field = ENGINE_OF_SERVICE_KIND.get(kind), "service_kind"
    if kind == "triton":
        backend = document.text(f"{place}.backend") or ""
        named, field = ENGINE_OF_TRITON_BACKEND.get(backend.lower()), "backend"
    if named is None and stated is None:
        raise document.refusal(
            f"{place}.{field} is {quoted(str(document.at(f'{place}.{field}')))}, which does not "
            "say what engine answered; add --engine"
        )
    if named is not None and stated is not None and stated.lower() != named:
        raise document.refusal(
            f"{place}.{field} says the engine is {named}, but --engine says {quoted(stated)}; "
            "leave --engine out, or give the file it belongs to"
        )
    return named or stated


def _input_tokens(document: Document, stated: int | None) -> float:
    """The mean prompt; AIPerf does not state it for prompts that it sends as they are."""
    if document.at("input_sequence_length") is not None:
        return document.figure("input_sequence_length.avg")
    if stated is None:
        raise document.refusal(
            "input_sequence_length is absent; add --input-tokens with the mean length of a prompt"
        )
    return float(stated)


def _failed(document: Document) -> int:
    """Number of failed requests: as counted, or as the list of errors adds up."""
    counted = 0
    if document.at("error_request_count") is not None:
        counted = document.count("error_request_count.avg")
    errors = document.at("error_summary")
    if errors in (None, []):
        return counted
    if not isinstance(errors, list) or not all(isinstance(error, dict) for error in errors):
        raise document.refusal("error_summary is not a list of errors with their counts")
    listed = (Document(error, f"{document.name}, error_summary").count("count") for error in errors)
    return max(counted, sum(listed))


def _load(document: Document, requests: int) -> dict[str, Any]:
    if _is_genai_perf(document):
        return _load_of_stimulus(document, requests)
    phases = document.at("input_config.phases")
    if phases is None:
        return _load_of_options(document, "input_config.loadgen", requests)
    if not isinstance(phases, list) or not all(isinstance(phase, dict) for phase in phases):
        raise document.refusal("input_config.phases is not a list of phases")
    measured = [phase for phase in phases if phase.get("name") == "profiling"]
    if len(measured) != 1:
        raise document.refusal(
            f"input_config.phases holds {len(measured)} phases named profiling; one load point "
            "has one"
        )
    phase = Document(measured[0], f"{document.name}, phase profiling")
    for ramp in ("rate_ramp", "concurrency_ramp"):
        if phase.at(ramp) is not None:
            raise phase.refusal(f"{ramp} is stated, so it is not a single load point")
    return _load_of_phase(phase, requests)


def _load_of_phase(phase: Document, requests: int) -> dict[str, Any]:
    kind, concurrency = phase.text("type"), phase.positive("concurrency")
    if kind == "concurrency":
        return load_of_concurrency(concurrency or 1.0, requests)
    if kind in ("poisson", "constant"):
        rate = phase.figure("rate")
        return {
            "load": f"{kind}_rate",
            "request_rate_per_s": rate,
            "concurrency": concurrency,
        }
    raise phase.refusal(f"type is {quoted(str(kind))}, not one of concurrency, poisson, constant")


def _load_of_stimulus(document: Document, requests: int) -> dict[str, Any]:
    """GenAI-Perf's load; perf_analyzer spaces the requests of a rate evenly by default."""
    stimulus = "input_config.perf_analyzer.stimulus"
    if document.at(stimulus) is None:
        stimulus = "input_config"
    rate, concurrency = (
        document.positive(f"{stimulus}.{name}") for name in ("request_rate", "concurrency")
    )
    if rate is not None:
        return {"load": "constant_rate", "request_rate_per_s": rate}
    if concurrency is None:
        raise document.refusal(f"{stimulus} states neither concurrency nor request_rate")
    return load_of_concurrency(concurrency, requests)


def _load_of_options(document: Document, options: str, requests: int) -> dict[str, Any]:
    rate, concurrency = (
        document.positive(f"{options}.{n}") for n in ("request_rate", "concurrency")
    )
    if rate is None and concurrency is None:
        raise document.refusal(f"{options} states neither concurrency nor request_rate")
    if rate is None:
        return load_of_concurrency(concurrency or 1.0, requests)
    mode = document.text(f"{options}.request_rate_mode") or document.text(
        f"{options}.arrival_pattern"
    )
    if mode not in ("poisson", "constant"):
        raise document.refusal(
            f"{options}.arrival_pattern is {quoted(str(mode))}, not one of poisson, constant"
        )
    return {"load": f"{mode}_rate", "request_rate_per_s": rate, "concurrency": concurrency}


def _model(document: Document) -> str | None:
    items = document.at("input_config.models.items") or document.at("input_config.models")
    names = [item.get("name") if isinstance(item, dict) else item for item in _listed(items)]
    for place in ("endpoint.model_names", "model_names", "model"):
        names += _listed(document.at(f"input_config.{place}"))
    known = sorted({name for name in names if isinstance(name, str) and name})
    if len(known) > 1:
        raise document.refusal(f"it loads {len(known)} models; a measurement has one")
    return known[0] if known else None


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _date(document: Document) -> str | None:
    day = (document.text("start_time") or "")[:10]
    return day if is_date(day) else None
