"""Reads vLLM's results from tables as the objects that its JSON holds.

A CSV, as ``vllm bench sweep`` and pandas write it, has in a cell what the JSON has under that
name; a blank cell is not stated. What ``vllm bench serve`` and SGLang's ``bench_serving`` print
has a figure in each line, under a header in ``=`` (vllm/benchmarks/serve.py and its predecessor
benchmarks/benchmark_serving.py; python/sglang/bench_serving.py).
"""

from __future__ import annotations

import json
import re
from typing import Any

from benchmarks.importing.csv_lines import csv_rows
from benchmarks.importing.json_document import MOST_RESULTS, Document
from planner.errors import InputError

NEEDED = frozenset({"num_prompts", "completed", "total_output_tokens"})
_WORDS = {"": None, "True": True, "False": False}
_TEXTS = frozenset({"model_id", "tokenizer_id", "label", "backend", "endpoint_type", "date"})
"""Fields that are texts even if their text is that of a number, as a model's folder ``7`` is."""

PRINTED = {
    "Backend": "backend",
    "Traffic request rate": "request_rate",
    "Request rate configured (RPS)": "request_rate",
    "Burstiness factor": "burstiness",
    "Maximum request concurrency": "max_concurrency",
    "Max request concurrency": "max_concurrency",
    "Max reqeuest concurrency": "max_concurrency",
    "Successful requests": "completed",
    "Failed requests": "failed",
    "Benchmark duration (s)": "duration",
    "Total input tokens": "total_input_tokens",
    "Total generated tokens": "total_output_tokens",
    "Total generated tokens (retokenized)": "total_output_tokens_retokenized",
    "Output token throughput (tok/s)": "output_throughput",
    "Mean TTFT (ms)": "mean_ttft_ms",
    "Median TTFT (ms)": "median_ttft_ms",
    "Mean TPOT (ms)": "mean_tpot_ms",
    "Mean E2EL (ms)": "mean_e2el_ms",
    "Mean E2E Latency (ms)": "mean_e2e_latency_ms",
    "Accept length": "accept_length",
    "Acceptance length": "spec_decode_acceptance_length",
    "Drafts": "spec_decode_num_drafts",
    "Draft tokens": "spec_decode_draft_tokens",
    "Accepted tokens": "spec_decode_accepted_tokens",
}
"""The field of the JSON for what is printed; one label is misspelt in versions of SGLang."""

_START = re.compile(r"=+ Serving Benchmark Result =+")
_END = re.compile(r"={20,}")
_FIGURE = re.compile(r"([A-Z][^:]*):\s+(\S+)")
_POSITION = re.compile(r"Position \d+")


def is_vllm_csv(text: str) -> bool:
    """True if the header has the fields that every result of ``vllm bench serve`` has."""
    header = text.partition("\n")[0]
    return {cell.strip('" \r') for cell in header.split(",")} >= NEEDED


def vllm_csv_documents(text: str, name: str) -> list[Document]:
    """One result a row. Raises InputError with the line for what is not CSV."""
    advice = "give the file as vLLM wrote it"
    _, rows = csv_rows(text, name, advice, MOST_RESULTS)
    if not rows:
        raise InputError(f"{name} holds no result under its header; {advice}.")
    return [
        Document(
            {column: cell if column in _TEXTS else _value(cell) for column, cell in row.items()},
            place,
        )
        for place, row in rows
    ]


def _value(cell: str) -> Any:
    """A number, a list or a truth value if the cell holds one; else its text."""
    if cell in _WORDS:
        return _WORDS[cell]
    try:
        return json.loads(cell)
    except (ValueError, RecursionError):
        return cell


def is_printed_result(text: str) -> bool:
    """True for what a load generator printed, alone or within its log."""
    return not text.lstrip().startswith(("{", "[")) and _START.search(text) is not None


def printed_documents(text: str, name: str) -> list[Document]:
    """One result for each printed table. Raises InputError for one without its load.

    Before 0.11, vLLM prints the rate above the table, and no failed requests.
    """
    found: list[Document] = []
    values: dict[str, Any] = {}
    inside = False
    for line in (stripped.strip() for stripped in [*text.splitlines(), "=" * 20]):
        if _START.fullmatch(line):
            inside = True
        elif inside and _END.fullmatch(line):
            place = f"{name}, table {len(found) + 1}" if found else name
            found.append(_printed_document(values, place))
            values, inside = {}, False
        elif (figure := _FIGURE.match(line)) is not None:
            label, cell = figure.groups()
            if _POSITION.fullmatch(label):
                share = _value(cell)
                rates = values.setdefault("spec_decode_per_position_acceptance_rates", [])
                rates.append(share / 100 if isinstance(share, (int, float)) else share)
            elif label in PRINTED:
                values[PRINTED[label]] = None if cell in ("None", "not") else _value(cell)
        if len(found) > MOST_RESULTS:
            raise InputError(f"{name} has more than {MOST_RESULTS:,} tables; split it.")
    return found


def _printed_document(values: dict[str, Any], place: str) -> Document:
    """The result of a table: what its JSON would hold, as far as it was printed."""
    stated = Document(values, place)
    if "request_rate" not in values and "failed" not in values:
        raise stated.refusal(
            "it does not say at what rate requests were sent; add the line `Traffic request rate` "
            "that was printed above the table, or give the JSON of --save-result"
        )
    completed, failed = stated.count("completed"), values.get("failed") or 0
    asked = completed + (stated.count("failed") if failed else 0)
    duration_s = stated.figure("duration")
    added = {"num_prompts": asked, "request_rate": values.get("request_rate", "inf")}
    if duration_s:
        added["request_throughput"] = completed / duration_s
    return Document(values | added, place)
