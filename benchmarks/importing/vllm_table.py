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
from planner.catalog.names import quoted
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
    "Total input images": "total_input_images",
    "Total input vision tokens": "total_input_vision_tokens",
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

LOAD = (
    "Traffic request rate",
    "Request rate configured (RPS)",
    "Burstiness factor",
    "Maximum request concurrency",
    "Max request concurrency",
)
"""The lines that are printed above the table too, before the requests are sent."""

_OPTIONS = (
    "num_prompts request_rate burstiness max_concurrency ramp_up_strategy dataset_name "
    "random_prefix_len sonnet_prefix_len best_of use_beam_search backend endpoint_type"
)
OPTIONS = frozenset(_OPTIONS.split())
"""Options that the load generator prints as ``Namespace(...)`` and that decide what it measured."""

OPTION_OF_DATASET = {"random_prefix_len": "random", "sonnet_prefix_len": "sonnet"}
"""Options that have an effect, or a default over 0, for one kind of data set alone."""

_START = re.compile(r"=+ Serving Benchmark Result =+")
_END = re.compile(r"={20,}")
_FIGURE = re.compile(r"([A-Z][^:]*):\s+(\S+)")
_POSITION = re.compile(r"Position \d+")
_LABEL = re.compile(rf"(?:^|\W)({'|'.join(map(re.escape, PRINTED))}):\s")
_LOAD = re.compile(rf"(?:^|\W)({'|'.join(map(re.escape, LOAD))}):\s+(\S+)")
_RISES = re.compile(r"Traffic ramp-up strategy:\s+(\w+)")
_TRACE = "Self timing is set"
_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_NAMESPACE = re.compile(r"\bNamespace\((.*)\)")
_OPTION = re.compile(r"\b(\w+)=('[^']*'|\"[^\"]*\"|[^,()\s]+)")
_JSON = re.compile(r"\s*(?:\{|\[\s*[\[{\"\]])")
_ROUNDING = 0.0051
"""A rate is printed with two digits in the table, and with all of them above it."""


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
    return _JSON.match(text) is None and _START.search(_ANSI.sub("", text)) is not None


def printed_documents(text: str, name: str) -> list[Document]:
    """One result for each printed table of a log, whose lines may begin with times or colours.

    The options and the load that are printed above a table belong to it. Raises InputError for a
    table that is not whole, contradicts them, or does not state its load. Before 0.11, vLLM prints
    the rate above the table, and no failed requests.
    """
    lines = [_ANSI.sub("", line).strip() for line in text.splitlines()]
    starts = [(n, head) for n, line in enumerate(lines) if (head := _start(line)) is not None]
    if not starts:
        raise InputError(
            f"{name} is refused: other words stand behind `Serving Benchmark Result` in its line; "
            "give the table as it was printed."
        )
    if len(starts) > MOST_RESULTS:
        raise InputError(f"{name} has more than {MOST_RESULTS:,} tables; split it.")
    found: list[Document] = []
    done = 0
    for (start, prefix), following in zip(starts, [*starts[1:], (len(lines), None)], strict=True):
        place = f"{name}, table {len(found) + 1}" if len(starts) > 1 else name
        table = [prefix.sub("", line, count=1) for line in lines[start + 1 : following[0]]]
        length = next((n for n, line in enumerate(table) if _END.fullmatch(line)), None)
        if length is None:
            raise InputError(
                f"{place} is refused: it ends before the line of `=` that closes it, so figures "
                "may be missing; give the whole table, or remove it."
            )
        above = _above(lines[done:start], place)
        found.append(_printed_document(_merged(above, _inside(table[:length], place), place)))
        done = start + 1 + length + 1
    return found


def _start(line: str) -> re.Pattern[str] | None:
    """The beginning of a log's lines, as a pattern, if a table starts in this line.

    Its figures may differ from line to line, as those of a time do.
    """
    found = _START.search(line)
    if found is None or line[found.end() :].strip():
        return None
    words = re.split(r"(\d+|\s+)", line[: found.start()])
    kinds = (r"\d+" if w.isdecimal() else r"\s+" if w.isspace() else re.escape(w) for w in words)
    return re.compile(f"^{''.join(kinds)}\\s*")


def _above(lines: list[str], place: str) -> Document:
    """The options and the load that are printed before the requests are sent."""
    values: dict[str, Any] = {}
    for line in lines:
        if (options := _NAMESPACE.search(line)) is not None:
            values = _options(options[1])  # another run begins
        elif (rises := _RISES.search(line)) is not None:
            values["ramp_up_strategy"] = rises[1]
        elif _TRACE in line:
            raise Document({}, place).refusal(
                "its requests were sent at the times of a trace, so it is not a single load point"
            )
        elif (load := _LOAD.search(line)) is not None:
            _add(values, PRINTED[load[1]], _printed(load[2]), place)
    return Document(values, place)


def _options(text: str) -> dict[str, Any]:
    """Those of the load generator's options that decide what it measured."""
    words = {name: value for name, value in _OPTION.findall(text) if name in OPTIONS}
    stated = {
        name: None if value == "None" else _value(value.strip("'\""))
        for name, value in words.items()
    }
    dataset = str(stated.get("dataset_name") or "")
    return {
        name: value
        for name, value in stated.items()
        if not dataset or dataset.startswith(OPTION_OF_DATASET.get(name, ""))
    }


def _inside(lines: list[str], place: str) -> Document:
    """The figures of a table. Raises InputError for a line in which one of them is not found."""
    values: dict[str, Any] = {}
    for line in lines:
        figure = _FIGURE.match(line)
        label, cell = ("", "") if figure is None else figure.groups()
        if _POSITION.fullmatch(label):
            share = _value(cell)
            rates = values.setdefault("spec_decode_per_position_acceptance_rates", [])
            rates.append(share / 100 if isinstance(share, (int, float)) else share)
        elif label in PRINTED:
            _add(values, PRINTED[label], _printed(cell), place)
        elif _LABEL.search(f"{line} ") is not None:
            raise Document({}, place).refusal(
                f"the line {quoted(line)} begins otherwise than the table's first line, or has no "
                "figure; give the table as it was printed"
            )
    return Document(values, place)


def _printed(cell: str) -> Any:
    return None if cell in ("None", "not") else _value(cell)


def _add(values: dict[str, Any], field: str, value: Any, place: str) -> None:
    """Put a value to the others. Raises InputError if they state another one of this field."""
    before = values.setdefault(field, value)
    if _differ(before, value):
        raise Document({}, place).refusal(
            f"its text states {field} {_shown(before)} and {_shown(value)}; give the part that "
            "belongs to one run"
        )


def _differ(one: Any, other: Any) -> bool:
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return abs(one - other) > _ROUNDING
    return bool(one != other)


def _shown(value: Any) -> str:
    return "none" if value is None else quoted(str(value))


def _merged(above: Document, table: Document, place: str) -> Document:
    values = dict(above.values)
    for field, value in table.values.items():
        if field == "backend":
            values[field] = value
        else:
            _add(values, field, value, place)
    return Document(values, place)


def _printed_document(printed: Document) -> Document:
    """The result of a table: what its JSON would hold, as far as it was printed."""
    values = printed.values
    has_failed = values.get("failed") is not None
    rises = values.get("ramp_up_strategy") is not None
    if "request_rate" not in values and not has_failed and not rises:
        raise printed.refusal(
            "it does not say at what rate requests were sent; add the line `Traffic request rate` "
            "that was printed above the table, or give the JSON of --save-result"
        )
    dataset = str(values.get("dataset_name") or "").replace("_", "-")
    if printed.positive("total_input_images") is not None or dataset.endswith("-mm"):
        raise printed.refusal(
            "its requests hold images, which a measurement cannot state; measure with text"
        )
    completed = printed.count("completed")
    asked, notes = completed, []
    if has_failed:
        asked += printed.count("failed")
    elif values.get("num_prompts") is not None:
        asked = printed.count("num_prompts")
    else:
        notes.append("the printed table does not state failed requests")
    rate = values.get("request_rate", "inf")
    by_vllm = "total_output_tokens_retokenized" not in values
    if rate not in (None, "inf") and "burstiness" not in values and by_vllm:
        notes.append("the printed table does not state the burstiness: taken for 1, the default")
    added = {"num_prompts": asked, "request_rate": rate}
    duration_s = printed.figure("duration")
    if duration_s:
        added["request_throughput"] = completed / duration_s
    return Document(values | added, printed.name, tuple(notes))
