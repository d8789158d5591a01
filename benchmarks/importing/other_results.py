"""Result files that people have and that no measurement can be read from, and what to give instead.

Each reason is true of every file of its kind: figures of single requests, or no statement of the
load, or another engine alone.
"""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.importing.json_document import Document

_AIPERF = "profile_export_aiperf.json (GenAI-Perf: profile_export_genai_perf.json)"
_NO_TOKENS = "which counts requests and no tokens; measure with `vllm bench serve` or GuideLLM"


def _has(*fields: str) -> Callable[[Document], bool]:
    return lambda document: set(fields) <= set(document.values)


_JSON_KINDS: tuple[tuple[Callable[[Document], bool], str], ...] = (
    (
        _has("aggregation_type", "num_profile_runs"),
        f"AIPerf's summary of several runs; give the {_AIPERF} of each run",
    ),
    (
        lambda document: (
            isinstance(document.at("metrics"), dict)
            and document.at("metadata.request_start_ns") is not None
        ),
        f"AIPerf's list of single requests; give {_AIPERF} of that run",
    ),
    (
        _has("experiments", "service_kind"),
        f"perf_analyzer's list of single requests; give {_AIPERF} of that run",
    ),
    (
        _has("error_code", "number_output_tokens"),
        "LLMPerf's list of single requests; give the *_summary.json of that run",
    ),
    (
        lambda document: "load_summary" in document.values and "successes" in document.values,
        "inference-perf's figures from the server's metrics, without the load; give "
        "stage_N_lifecycle_metrics.json of that stage",
    ),
    (
        lambda document: (
            isinstance(document.at("benchmark"), dict) and isinstance(document.at("metric"), dict)
        ),
        "a single figure in the format of PyTorch's dashboard; give the JSON that "
        "`vllm bench` wrote beside it",
    ),
    (
        lambda document: document.at("performance.system_output_throughput_tok_s") is not None,
        "a report of trtllm-bench: TensorRT-LLM, which says nothing about vLLM's speed",
    ),
    (
        _has("build_commit", "n_prompt", "n_gen"),
        "a result of llama-bench: llama.cpp, which says nothing about vLLM's speed",
    ),
    (
        lambda document: (
            document.at("prefill.latency") is not None or document.at("report.prefill") is not None
        ),
        "a report of optimum-benchmark, which times one batch in a library and not a server; "
        "measure with `vllm bench serve` or `planner calibrate`",
    ),
    (
        lambda document: (
            document.at("results.request_performance") is not None
            or document.at("metrics.throughput.output_tokens_per_sec") is not None
        ),
        "a benchmark report of llm-d, which another tool's result was converted to; give the "
        "result itself (`vllm bench serve`, GuideLLM, inference-perf)",
    ),
    (
        lambda document: isinstance(document.at("aggregated_metrics"), dict),
        "a result of genai-bench, which is not read; measure with `vllm bench serve` or GuideLLM",
    ),
    (
        lambda document: _lists(document, "benchmarks", "mode", "results"),
        "a report of GuideLLM before 0.2; measure again with GuideLLM 0.3 or later",
    ),
    (
        lambda document: (
            isinstance(document.at("request_throughput"), dict)
            and isinstance(document.at("test_name"), dict)
        ),
        "vLLM's table of several benchmarks; give the JSON that `vllm bench` wrote for each",
    ),
    (
        _has("Number of concurrency", "Total requests"),
        "a summary of EvalScope, which is not read; measure with `vllm bench serve` or GuideLLM",
    ),
    (_has("root_group", "metrics"), f"a summary of k6, {_NO_TOKENS}"),
    (_has("metric", "data", "type"), f"a list of k6's metrics, {_NO_TOKENS}"),
)


def _lists(document: Document, field: str, *keys: str) -> bool:
    """True if a field is a list of objects and the first one has the keys."""
    listed = document.at(field)
    first = listed[0] if isinstance(listed, list) and listed else None
    return isinstance(first, dict) and set(keys) <= set(first)


_CSV_HEADERS = (
    (
        "Metric,avg,",
        f"a CSV of AIPerf or GenAI-Perf, which does not state the load; give {_AIPERF}",
    ),
    (
        "Hardware,Num of Hardware,Framework,Model,Input Output Length,Batch Size",
        "a table of LLM-Inference-Bench; its times are of whole batches: write a row for each of "
        "vLLM's into the CSV of `planner export` with mode offline and load static_batch",
    ),
    (
        "build_commit,",
        "a result of llama-bench: llama.cpp, which says nothing about vLLM's speed",
    ),
    ("Type,Name,Request Count,", f"statistics of Locust, {_NO_TOKENS}"),
    ("Timestamp,User Count,", f"the history of Locust, {_NO_TOKENS}"),
    ("metric_name,timestamp,metric_value", f"a list of k6's metrics, {_NO_TOKENS}"),
)


_FMPERF = frozenset({"exp_num_users", "worker_idx", "request_idx"})


def what_json_is(document: Document) -> str | None:
    """The name of a JSON result that holds no measurement, with advice; None if it is not known."""
    return next((what for is_kind, what in _JSON_KINDS if is_kind(document)), None)


def what_csv_is(text: str) -> str | None:
    """The name of a CSV that holds no measurement, with advice; None if it is not known."""
    # pandas begins the header with a blank name, that of its index.
    header = text[:1000].lstrip().partition("\n")[0].replace('"', "").removeprefix(",")
    if set(header.split(",")) >= _FMPERF:
        return "fmperf's list of single responses; measure with `vllm bench serve` or GuideLLM"
    return next((what for start, what in _CSV_HEADERS if header.startswith(start)), None)
