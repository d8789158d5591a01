"""Reads measurements from the result files of other tools, and from our own CSV.

The kind of a file follows from its content. A result file hardly says on what it was
measured: that comes from an ``ImportContext``. A file is read completely, or refused with the
reason.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from benchmarks.importing.aiperf_report import is_aiperf_report, measurements_of_aiperf_report
from benchmarks.importing.context import ImportContext
from benchmarks.importing.guidellm_csv import guidellm_csv_document, is_guidellm_csv
from benchmarks.importing.guidellm_report import is_report, measurements_of_report
from benchmarks.importing.inference_perf_stage import (
    is_inference_perf_stage,
    measurements_of_inference_perf_stage,
)
from benchmarks.importing.inferencex_csv import (
    is_inferencex_csv,
    measurements_of_inferencex_csv,
)
from benchmarks.importing.inferencex_json import (
    is_inferencex_result,
    measurements_of_inferencex_result,
)
from benchmarks.importing.json_document import Document, json_documents
from benchmarks.importing.llmperf_summary import (
    is_llmperf_summary,
    measurements_of_llmperf_summary,
)
from benchmarks.importing.other_results import what_csv_is, what_json_is
from benchmarks.importing.sglang_result import is_sglang_result, measurements_of_sglang_result
from benchmarks.importing.vllm_offline_result import (
    is_latency_result,
    is_throughput_result,
    measurements_of_latency_result,
    measurements_of_throughput_result,
)
from benchmarks.importing.vllm_result import is_result, measurements_of_result
from benchmarks.importing.vllm_table import (
    is_printed_result,
    is_vllm_csv,
    printed_documents,
    vllm_csv_documents,
)
from benchmarks.importing.yaml_document import is_yaml, yaml_document
from planner.errors import InputError
from planner.files import read_text
from planner.records.measurement import COLUMNS, Measurement
from planner.records.measurement_csv import MAX_FILE_BYTES, parse_measurement_csv

__all__ = [
    "ImportContext",
    "parse_measurements",
    "read_guidellm_json",
    "read_measurements",
    "read_vllm_bench_json",
]


@dataclass(frozen=True, slots=True)
class Kind:
    """One tool's result file: its name, how it is recognized, and how it is read."""

    name: str
    is_kind: Callable[[Document], bool]
    measurements: Callable[[Document, ImportContext], tuple[Measurement, ...]]


GUIDELLM = Kind("a GuideLLM report", is_report, measurements_of_report)
VLLM = Kind("a `vllm bench serve` result", is_result, measurements_of_result)
KINDS = (
    GUIDELLM,
    Kind("a report of AIPerf or GenAI-Perf", is_aiperf_report, measurements_of_aiperf_report),
    Kind("a result of SGLang's bench_serving", is_sglang_result, measurements_of_sglang_result),
    VLLM,
    Kind("an InferenceX result", is_inferencex_result, measurements_of_inferencex_result),
    Kind("an LLMPerf summary", is_llmperf_summary, measurements_of_llmperf_summary),
    Kind(
        "a stage of inference-perf", is_inference_perf_stage, measurements_of_inference_perf_stage
    ),
    Kind("`vllm bench latency` JSON", is_latency_result, measurements_of_latency_result),
    Kind("`vllm bench throughput` JSON", is_throughput_result, measurements_of_throughput_result),
)
"""The first kind that all objects of a file have."""

_PRINTED = "the table that `vllm bench serve` or SGLang prints"
KNOWN_FILES = (
    f"{', '.join(kind.name for kind in KINDS)}, {_PRINTED}, or the CSV that `planner export` writes"
)
MOST_COLUMNS = 1_000
LEAST_COLUMNS = 3
"""Columns that a CSV must share with ours to be taken for one that somebody wrote."""


def read_measurements(
    path: str | Path, context: ImportContext | None = None
) -> tuple[Measurement, ...]:
    """The measurements of a file of any supported kind.

    Raises InputError if the file cannot be read, is of another kind, lacks a figure, or
    contradicts itself.
    """
    return parse_measurements(read_text(path, MAX_FILE_BYTES), str(path), context)


def parse_measurements(
    text: str, name: str, context: ImportContext | None = None
) -> tuple[Measurement, ...]:
    """The measurements in the text of a file; messages call the file ``name``."""
    known = _completed(context or ImportContext(), text, name)
    if not text.strip():
        raise InputError(f"{name} is empty; give {KNOWN_FILES}.")
    if is_printed_result(text):
        documents = printed_documents(text, name)
    elif text.lstrip().startswith(("{", "[")):
        documents = _json(text, name)
    elif text.partition("\n")[0].count(",") >= MOST_COLUMNS:
        raise InputError(f"{name}, line 1: more than {MOST_COLUMNS:,} columns; give {KNOWN_FILES}.")
    elif is_inferencex_csv(text):
        return measurements_of_inferencex_csv(text, name, known)
    elif is_yaml(text):
        documents = [yaml_document(text, name)]
    elif is_guidellm_csv(text):
        documents = [guidellm_csv_document(text, name)]
    elif is_vllm_csv(text):
        documents = vllm_csv_documents(text, name)
    elif (what := what_csv_is(text)) is not None:
        raise InputError(f"{name} is {what}.")
    elif not _has_our_columns(text):
        raise InputError(f"{name}, line 1: text or CSV of no known kind; give {KNOWN_FILES}.")
    else:
        return parse_measurement_csv(text, name)
    for kind in KINDS:
        if documents and all(kind.is_kind(document) for document in documents):
            return tuple(
                row for document in documents for row in kind.measurements(document, known)
            )
    if (what := next(filter(None, map(what_json_is, documents)), None)) is not None:
        raise InputError(f"{name} is {what}.")
    raise InputError(
        f"{name} is JSON or YAML, but not of a known kind, or of several; give {KNOWN_FILES}."
    )


def _has_our_columns(text: str) -> bool:
    """True if enough columns of the header are ours to tell which one is wrong."""
    header = re.split(r"[,;\t]", text.lstrip().partition("\n")[0])
    return len({cell.strip('" \r') for cell in header} & set(COLUMNS)) >= LEAST_COLUMNS


def _json(text: str, name: str) -> list[Document]:
    """The objects of a file. Raises InputError; if the first one is known to be no measurement,
    with what it is, before any count or fault of the others."""
    stream = json_documents(text, name)
    first = list(islice(stream, 1))
    for document in first:
        what = what_json_is(document)
        if what is not None and not any(kind.is_kind(document) for kind in KINDS):
            raise InputError(f"{name} is {what}.")
    return [*first, *stream]


def read_vllm_bench_json(path: str | Path, context: ImportContext) -> tuple[Measurement, ...]:
    """The results in a file of ``vllm bench serve --save-result``, plain or detailed."""
    return _read_json(path, context, VLLM)


def read_guidellm_json(path: str | Path, context: ImportContext) -> tuple[Measurement, ...]:
    """The benchmarks of a report of GuideLLM 0.3 to 0.8."""
    return _read_json(path, context, GUIDELLM)


def _read_json(path: str | Path, context: ImportContext, kind: Kind) -> tuple[Measurement, ...]:
    text = read_text(path, MAX_FILE_BYTES)
    if not all(kind.is_kind(document) for document in json_documents(text, str(path))):
        raise InputError(f"{path} is not {kind.name}.")
    return parse_measurements(text, str(path), context)


def _completed(context: ImportContext, text: str, name: str) -> ImportContext:
    digest = hashlib.sha256(text.encode()).hexdigest()[:8]
    return replace(
        context,
        source_id=context.source_id or f"import-{digest}",
        source=context.source or Path(name).name,
    )
