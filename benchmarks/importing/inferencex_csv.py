"""The rows of InferenceX's chart export as measurements.

InferenceX (formerly InferenceMAX) publishes benchmarks of several engines; the export of its chart
states one deployment and load a row, with the throughput of one chip. Columns:
SemiAnalysisAI/InferenceX-app, packages/app/src/lib/csv-export-helpers.ts. Latencies are in
seconds. Older exports call them "(ms)", and what they hold is not known from the file, so a
latency that is stated only there is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from benchmarks.importing.context import ImportContext, measurement
from benchmarks.importing.csv_lines import csv_rows
from planner.catalog.names import quoted
from planner.errors import InputError
from planner.records.dates import ALLOWED, is_date
from planner.records.measurement import Measurement
from planner.records.measurement_csv import MOST_ROWS
from planner.vllm.settings_text import settings_in, settings_text

NEEDED = ("Model", "ISL", "OSL", "Framework", "Precision", "TP", "Concurrency", "Date")
THROUGHPUT = ("Output Throughput/Chip (tok/s)", "Output Throughput/GPU (tok/s)")
ENGINES = {"trt": "tensorrt-llm", "trtllm": "tensorrt-llm"}
UNSTATED = ("", "none", "false", "1")
"""Values of an option that is at its default."""

NOT_RECORDED = ("Disaggregated", "DP Attention", "Is Multinode", "DP", "DCP", "PCP")
"""What a measurement of vLLM cannot state."""


def is_inferencex_csv(text: str) -> bool:
    """True if the header is that of InferenceX's chart export."""
    header = {cell.strip('" \r') for cell in text.partition("\n")[0].split(",")}
    return {"ISL", "OSL", "Framework", "Hardware Key"} <= header


def measurements_of_inferencex_csv(
    text: str, name: str, context: ImportContext
) -> tuple[Measurement, ...]:
    """One measurement a row. Raises InputError with line and column if one is not understood."""
    header, rows = csv_rows(text, name, "export it again", MOST_ROWS)
    missing = [column for column in NEEDED if column not in header]
    if missing:
        raise InputError(
            f"{name}, line 1: the header of the InferenceX export lacks {missing[0]}; "
            "export it again."
        )
    return tuple(measurement_of_row(Row(cells, place), context) for place, cells in rows)


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of a row by column, and where it stands in the file.

    ``fields`` is what a file of another kind calls the columns, and ``written`` what it has in
    place of a cell; messages use them.
    """

    cells: dict[str, str]
    place: str
    fields: Mapping[str, str] = field(default_factory=dict)
    written: Mapping[str, str] = field(default_factory=dict)

    def called(self, column: str) -> str:
        """The name of a column in the file; the column's own if the file has no other."""
        return self.fields.get(column, column)

    def text(self, column: str) -> str:
        """The text of a cell without blanks around it; empty if there is no such column."""
        return self.cells.get(column, "").strip()

    def number(self, column: str) -> float | None:
        """A number over 0; None if the cell is blank, absent or 0, which stands for "none"."""
        text = self.text(column)
        try:
            number = float(text or "0")
        except ValueError:
            number = -1.0
        if not 0 <= number < float("inf"):
            raise self.refusal(column, f"is {quoted(text)}, not a number of at least 0")
        return number or None

    def whole(self, column: str) -> int:
        """A whole number of at least 1. Raises InputError if there is none."""
        number = self.number(column)
        if number is None or not number.is_integer():
            raise self.refusal(
                column, f"is {quoted(self.text(column))}, not a whole number of at least 1"
            )
        return int(number)

    def refusal(self, column: str, problem: str) -> InputError:
        """The error that refuses the row for ``problem`` of a column."""
        called = self.called(column)
        return InputError(f"{self.place}, {called}: {problem}.", field=called)


def measurement_of_row(row: Row, context: ImportContext) -> Measurement:
    """The measurement of a row. Raises InputError with its place and column if it is not one."""
    _refuse_latencies_in_ms(row)
    framework = row.text("Framework").lower()
    engine = ENGINES.get(framework, framework)
    if not engine:
        raise row.refusal("Framework", "is blank, but every row must state it")
    if context.engine is not None and context.engine.lower() != engine:
        raise row.refusal(
            "Framework", f"says {quoted(engine)}, but --engine says {quoted(context.engine)}"
        )
    asked = context.output_tokens
    if asked is not None and row.number("OSL") != asked:
        raise row.refusal("OSL", f"is {quoted(row.text('OSL'))}, but {asked} were asked for")
    tensor_parallel = row.whole("TP")
    stages = row.whole("PP") if row.text("PP") else 1
    notes = ["InferenceX", "nominal lengths"]
    for column in NOT_RECORDED:
        value = row.text(column)
        if value.lower() in UNSTATED:
            continue
        if engine == "vllm":
            raise row.refusal(
                column, f"is {quoted(value)}, which a measurement cannot state; remove the row"
            )
        notes.append(f"{column} {value}")
    speculation = row.text("Spec Decoding")
    if speculation.lower() not in UNSTATED:
        if engine == "vllm":
            written = row.written.get("Spec Decoding", speculation)
            raise row.refusal(
                "Spec Decoding", f"is {quoted(written)}, without the acceptance; remove the row"
            )
        notes.append(f"speculative decoding {speculation}")
    contexts = 1 if row.text("PCP").lower() in UNSTATED else row.whole("PCP")
    chips = tensor_parallel * stages * contexts
    chips = row.whole("Physical Chips") if row.text("Physical Chips") else chips
    if engine == "vllm" and chips != tensor_parallel * stages:
        taken = (
            f"{row.called('TP')} is {tensor_parallel}"
            if stages == 1
            else f"{row.called('TP')} x {row.called('PP')} is {tensor_parallel * stages}"
        )
        raise row.refusal("Physical Chips", f"is {chips}, but {taken}; remove the row")
    settings = context.engine_settings
    if engine == "vllm":
        settings = _with_parallelism(row, settings, tensor_parallel, stages)
    elif row.text("EP").lower() not in UNSTATED:
        notes.append(f"EP {row.text('EP')}")
    return measurement(
        replace(
            context,
            engine=engine,
            engine_settings=settings,
            gpu=context.gpu or _gpu(row),
            gpu_count=_gpu_count(row, context, chips),
            quantization=context.quantization or _quantization(row),
        ),
        row.place,
        row.text("Model"),
        tuple(notes),
        load="closed_loop",
        **_figures(row, chips),
    )


def _with_parallelism(
    row: Row, stated: str | None, tensor_parallel: int, stages: int
) -> str | None:
    """The settings with the row's expert and pipeline parallelism.

    vLLM spreads experts over all cards of a stage or over none. Raises InputError if the user
    stated another parallelism.
    """
    found: dict[str, tuple[str, Any]] = {}
    if row.text("EP").lower() not in UNSTATED:
        experts = row.whole("EP")
        if experts != tensor_parallel:
            raise row.refusal(
                "EP", f"is {experts}, but {row.called('TP')} is {tensor_parallel}; remove the row"
            )
        found["EP"] = "enable_expert_parallel", True
    if stages > 1:
        found["PP"] = "pipeline_parallel_size", stages
    ours = settings_in(stated)
    names = {item.partition("=")[0].strip() for item in (stated or "").split(";")}
    for column, (name, its) in found.items():
        if name in names and getattr(ours, name) != its:
            raise row.refusal(
                column, f"means {name}={its}, but --engine-settings say {getattr(ours, name)}"
            )
    return settings_text(replace(ours, **dict(found.values())))


def _refuse_latencies_in_ms(row: Row) -> None:
    for column in row.cells:
        seconds = column.replace("(ms)", "(s)")
        if column != seconds and row.text(column) and not row.text(seconds):
            raise row.refusal(
                column,
                "older exports hold seconds under this name, others milliseconds; write the "
                f"values in seconds and call the column {quoted(seconds)}, or remove it",
            )


def _figures(row: Row, chips: int) -> dict[str, Any]:
    column = next((c for c in THROUGHPUT if row.text(c)), THROUGHPUT[0])
    per_chip = row.number(column)
    if per_chip is None:
        raise row.refusal(column, "is blank or 0, but every row must state it")
    outputs, e2e_s = row.number("OSL"), row.number("Mean E2E Latency (s)")
    milliseconds = {
        "ttft_ms_mean": row.number("Mean TTFT (s)"),
        "ttft_ms_median": row.number("Median TTFT (s)"),
        "tpot_ms_mean": row.number("Mean TPOT (s)"),
    }
    return {
        "input_tokens": row.number("ISL"),
        "output_tokens": outputs,
        "concurrency": float(row.whole("Concurrency")),
        "output_tokens_per_s": per_chip * chips,
        "e2e_s_mean": e2e_s,
        "quality": "B",
        "date": _date(row),
    } | {name: None if s is None else 1000 * s for name, s in milliseconds.items()}


def _date(row: Row) -> str | None:
    date = row.text("Date") or None
    if date is not None and not is_date(date):
        raise row.refusal("Date", f"date is {quoted(date)}, not {ALLOWED}")
    return date


def _gpu(row: Row) -> str:
    """The card without the engine that the key of the hardware adds: ``b200_trt`` is B200."""
    return (row.text("Hardware") or row.text("Hardware Key")).split("_")[0].split("-")[0].upper()


def _gpu_count(row: Row, context: ImportContext, chips: int) -> int:
    if context.gpu_count not in (None, chips):
        raise row.refusal("TP", f"says {chips} cards, but --gpu-count says {context.gpu_count}")
    return chips


def _quantization(row: Row) -> str | None:
    precision = row.text("Precision").lower()
    if precision == "fp4" and "gpt-oss" in row.text("Model").lower():
        return "mxfp4"  # the only 4-bit form that this model is published in
    return precision or None
