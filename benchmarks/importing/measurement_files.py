"""Reads measurements from the result files of other tools, and from our own CSV.

The kind of a file follows from its content. A result file hardly says on what it was
measured: that comes from an ``ImportContext``. A file is read completely, or refused with the
reason.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from benchmarks.importing.context import ImportContext
from benchmarks.importing.guidellm_report import is_report, measurements_of_report
from benchmarks.importing.json_document import Document, json_documents
from benchmarks.importing.vllm_result import is_result, measurement_of_result
from planner.errors import InputError
from planner.records.measurement import Measurement
from planner.records.measurement_csv import parse_measurement_csv, read_text

__all__ = [
    "ImportContext",
    "parse_measurements",
    "read_guidellm_json",
    "read_measurements",
    "read_vllm_bench_json",
]


def read_measurements(
    path: str | Path, context: ImportContext | None = None
) -> tuple[Measurement, ...]:
    """The measurements of a file of any supported kind.

    Raises InputError if the file cannot be read, is of another kind, lacks a figure, or
    contradicts itself.
    """
    return parse_measurements(read_text(path), str(path), context)


def parse_measurements(
    text: str, name: str, context: ImportContext | None = None
) -> tuple[Measurement, ...]:
    """The measurements in the text of a file; messages call the file ``name``."""
    if not text.lstrip().startswith(("{", "[")):
        return parse_measurement_csv(text, name)
    documents = list(json_documents(text, name))
    known = _completed(context or ImportContext(), text, name)
    if all(is_report(document) for document in documents):
        return _of_all(documents, lambda found: measurements_of_report(found, known))
    if all(is_result(document) for document in documents):
        return _of_all(documents, lambda found: (measurement_of_result(found, known),))
    raise InputError(
        f"{name} is JSON, but neither a result of `vllm bench serve --save-result` "
        "nor a GuideLLM report; give one of these, or the CSV that `planner export` writes."
    )


def read_vllm_bench_json(path: str | Path, context: ImportContext) -> tuple[Measurement, ...]:
    """The results in a file of ``vllm bench serve --save-result``, plain or detailed."""
    return _read_json(path, context, is_result, "a `vllm bench serve` result")


def read_guidellm_json(path: str | Path, context: ImportContext) -> tuple[Measurement, ...]:
    """The benchmarks of a report of GuideLLM 0.3 to 0.8."""
    return _read_json(path, context, is_report, "a GuideLLM report")


def _read_json(
    path: str | Path, context: ImportContext, is_kind: Callable[[Document], bool], kind: str
) -> tuple[Measurement, ...]:
    text = read_text(path)
    if not all(is_kind(document) for document in json_documents(text, str(path))):
        raise InputError(f"{path} is not {kind}.")
    return parse_measurements(text, str(path), context)


def _of_all(
    documents: Iterable[Document], read: Callable[[Document], Iterable[Measurement]]
) -> tuple[Measurement, ...]:
    return tuple(row for document in documents for row in read(document))


def _completed(context: ImportContext, text: str, name: str) -> ImportContext:
    digest = hashlib.sha256(text.encode()).hexdigest()[:8]
    return replace(
        context,
        source_id=context.source_id or f"import-{digest}",
        source=context.source or Path(name).name,
    )
