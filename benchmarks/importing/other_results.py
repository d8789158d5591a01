"""Result files that people have and that no measurement can be read from, and what to give instead.

Each reason is true of every file of its kind: figures of single requests, or no statement of the
load, or another engine alone.
"""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.importing.json_document import Document

_AIPERF = "profile_export_aiperf.json (GenAI-Perf: profile_export_genai_perf.json)"


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
)

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
)


def what_json_is(document: Document) -> str | None:
    """The name of a JSON result that holds no measurement, with advice; None if it is not known."""
    return next((what for is_kind, what in _JSON_KINDS if is_kind(document)), None)


def what_csv_is(text: str) -> str | None:
    """The name of a CSV that holds no measurement, with advice; None if it is not known."""
    header = text[:1000].lstrip().partition("\n")[0].replace('"', "")
    return next((what for start, what in _CSV_HEADERS if header.startswith(start)), None)
