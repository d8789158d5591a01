"""Reads GuideLLM's CSV as the same report as its JSON.

The CSV has three header rows (group, field, unit or statistic) and one row for each benchmark
(src/guidellm/benchmark/outputs/csv.py, GuideLLM 0.5 to 0.8). It states the strategy's type only;
the number of streams or the rate is in the profile, one for each benchmark in order.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from benchmarks.importing.csv_lines import csv_lines
from benchmarks.importing.json_document import Document
from planner.catalog.names import quoted
from planner.errors import InputError

HEADER_ROWS = 3
Cells = dict[tuple[str, str, str], str]

METRICS = {
    "request_latency": ("Request Latency", "Sec"),
    "time_to_first_token_ms": ("Time to First Token", "ms"),
    "inter_token_latency_ms": ("Inter Token Latency", "ms"),
    "requests_per_second": ("Server Throughput", "Requests/Sec"),
    "prompt_token_count": ("Token Metrics", "Input Tokens"),
    "output_token_count": ("Token Metrics", "Output Tokens"),
    "output_tokens_per_second": ("Token Throughput", "Output Tokens/Sec"),
}
"""Group and unit of each metric of the JSON report."""

LISTED = {"concurrent": ("streams",), "constant": ("rate",), "poisson": ("rate",)}
"""What the profile lists for each benchmark of a type of strategy."""


def is_guidellm_csv(text: str) -> bool:
    """True if the first two header rows are those of GuideLLM."""
    first, _, rest = text.partition("\n")
    return first.startswith("Run Info,") and "Strategy" in rest.partition("\n")[0]


def guidellm_csv_document(text: str, name: str) -> Document:
    """The report that the CSV was written from, as far as measurements need it.

    Raises InputError with line and column for what is not understood.
    """
    lines = csv_lines(text, name, "give the file as GuideLLM wrote it")
    headers = [row for _, row in lines[:HEADER_ROWS]]
    width = len(headers[0])
    if len(headers) < HEADER_ROWS or any(len(row) != width for row in headers):
        raise InputError(f"{name}: the first {HEADER_ROWS} rows are not GuideLLM's header.")
    columns = list(zip(*headers, strict=True))
    if len(set(columns)) < width:
        raise InputError(f"{name}, line 1: a column of the header is there twice.")
    found = []
    for line, row in lines[HEADER_ROWS:]:
        if len(row) != width:
            # GuideLLM leaves out metrics that are 0, so a row may not fit the first one's header.
            raise InputError(
                f"{name}, line {line}: {len(row)} cells, but the header has {width}; import the "
                "JSON of this run instead."
            )
        found.append(_Row(dict(zip(columns, row, strict=True)), f"{name}, line {line}"))
    report: dict[str, Any] = {
        "benchmarks": [row.benchmark(place, len(found)) for place, row in enumerate(found)],
        "args": found[0].parsed("Runtime Info", "Arguments") if found else None,
    }
    return Document(report, name)


class _Row:
    """One benchmark's cells, and where they stand."""

    def __init__(self, cells: Cells, place: str) -> None:
        self._cells = cells
        self._place = place

    def benchmark(self, place: int, rows: int) -> dict[str, Any]:
        """The benchmark of the JSON report; ``place`` is its number from 0 among ``rows``."""
        counts = {
            status: self._number("Request Counts", status.capitalize(), "")
            for status in ("successful", "incomplete", "errored")
        }
        return {
            "config": {
                "strategy": self._strategy(place, rows),
                "backend": self.parsed("Run Info", "Backend"),
            },
            "metrics": {"request_totals": counts}
            | {metric: self._summaries(*where) for metric, where in METRICS.items()},
            "start_time": self._time("Start Time"),
            "end_time": self._time("End Time"),
        }

    def parsed(self, group: str, field: str) -> Any:
        """The JSON in a cell; None if it is blank or absent."""
        text = self._cells.get((group, field, ""))
        if not text:
            return None
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            raise self._refusal(group, field, f"is {quoted(text)}, not JSON") from None

    def _strategy(self, place: int, rows: int) -> dict[str, Any]:
        kind = self._cells.get(("Benchmark", "Strategy", ""), "")
        profile = self.parsed("Run Info", "Profile")
        profile = profile if isinstance(profile, dict) else {}
        strategy = {"type_": kind, "max_concurrency": profile.get("max_concurrency")}
        for name in LISTED.get(kind, ()):
            listed = profile.get(name)
            if not isinstance(listed, list) or len(listed) != rows:
                raise self._refusal(
                    "Run Info",
                    "Profile",
                    f"does not list {name} for each of {rows} benchmarks; "
                    "import the JSON of this run instead",
                )
            strategy[name] = listed[place]
        return strategy

    def _summaries(self, group: str, unit: str) -> dict[str, Any]:
        """Mean and median of successful requests; the mean of all, which rates add up to."""
        means = {
            status: self._number(group, f"{status} {unit}", "Mean")
            for status in ("Successful", "Incomplete", "Errored")
        }
        median = self._number(group, f"Successful {unit}", "Median")
        known = [mean for mean in means.values() if mean is not None]
        return {
            "successful": {"mean": means["Successful"], "median": median},
            "total": {"mean": sum(known) if known else None},
        }

    def _number(self, group: str, field: str, statistic: str) -> float | None:
        text = self._cells.get((group, field, statistic), "").strip()
        if not text:
            return None
        try:
            return float(text) if text.isascii() and "_" not in text else float("nan")
        except ValueError:
            raise self._refusal(group, field, f"is {quoted(text)}, not a number") from None

    def _time(self, field: str) -> float | None:
        text = self._cells.get(("Timings", field, ""), "")
        try:
            moment = datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
        except ValueError:
            return None  # "N/A": the date is then not stated
        return moment.timestamp()

    def _refusal(self, group: str, field: str, problem: str) -> InputError:
        return InputError(f"{self._place}, {group} / {field}: {problem}.")
