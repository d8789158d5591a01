"""Names of sweeps and of what varies in them, and where a measured row comes from."""

from __future__ import annotations

from app.html_pieces import quantization_words
from planner.catalog.gpu import gpu_group
from planner.forecast.article_analyses import is_vllm
from planner.forecast.forecast_values import Interval
from planner.forecast.measured_sweeps import NOT_STATED, MeasuredRow, Sweep
from planner.records.reference import source_name
from planner.wording.formatting import MISSING, count, counted, interval, significant

LONGEST_SOURCE = 48

COLUMNS = (
    "Source", "Date", "GPU", "Model", "Weights", "Engine", "Tokens in", "Tokens out",
    "In parallel", "Measured tokens/s", "Forecast (90 % interval)", "Peak memory, GB",
)  # fmt: skip


def conditions(sweep: Sweep) -> str:
    """The lengths and the concurrency that the rows share."""
    parts = []
    inputs, outputs = sweep.typical("input_tokens"), sweep.typical("output_tokens")
    if not all(row.lengths_stated for row in sweep.rows):
        parts.append("lengths not stated")
    if sweep.varied != "input_tokens" and inputs is not None:
        parts.append(f"{count(round(inputs))} in")
    if sweep.varied != "output_tokens" and outputs is not None:
        parts.append(f"{count(round(outputs))} out")
    together = sweep.typical("concurrency")
    if sweep.varied not in ("concurrency", "gpu") and together is not None:
        parts.append("one at a time" if together == 1 else f"{count(round(together))} in parallel")
    return ", ".join(parts)


def subject(sweep: Sweep) -> str:
    """What was measured: GPU, model, weights, and the engine unless it is vLLM.

    A sweep of GPUs may hold several fine-tunes of one model, and is named after that.
    """
    row = sweep.rows[0]
    if sweep.varied == "gpu":
        parts = [row.model.rpartition("/")[2], _weights(row)]
    else:
        name = row.measurement.model.rpartition("/")[2]
        parts = [str(row.at("gpu")), name, _weights(row)]
    if not is_vllm(row.measurement):
        parts.append(row.measurement.engine)
    return ", ".join(parts)


def _weights(row: MeasuredRow) -> str:
    stated = row.quantization
    return f"weights {stated}" if stated == NOT_STATED else quantization_words(stated)


def legend_name(sweep: Sweep) -> str:
    """A sweep in a legend."""
    return "; ".join(filter(None, (subject(sweep), conditions(sweep))))


def full_name(sweep: Sweep) -> str:
    """A sweep in a list: with points, author, engine version and settings."""
    m = sweep.rows[0].measurement
    parts = [legend_name(sweep)]
    if sweep.varied != "gpu":
        parts.append(short_source(sweep.rows[0]))
        parts += [m.engine_version] if m.engine_version else []
    parts += [m.engine_settings] if m.engine_settings else []
    return f"{' · '.join(parts)} · {counted(len(sweep.rows), 'point')}"


def short_source(row: MeasuredRow) -> str:
    """Whose measurement it is, in a few words."""
    name = source_name(row.measurement.source)
    name = name if len(name) <= LONGEST_SOURCE else name[: LONGEST_SOURCE - 1] + "…"
    return f"yours: {name}" if row.own else name


def table_row(row: MeasuredRow, forecast: Interval | None) -> tuple[str, ...]:
    """A measured row under ``COLUMNS``."""
    m = row.measurement
    return (
        short_source(row),
        m.date or "not stated",
        gpu_group(m.gpu_count, row.gpu),
        m.model,
        row.quantization,
        f"{m.engine} {m.engine_version or '(version not stated)'}",
        *(_figure(row.at(name)) for name in ("input_tokens", "output_tokens", "concurrency")),
        significant(row.output_tokens_per_s),
        MISSING if forecast is None else interval(forecast),
        significant(m.peak_memory_gb),
    )


def provenance_lines(row: MeasuredRow, forecast: Interval | None) -> list[str]:
    """What is said of a point when the pointer is on it, line by line."""
    m = row.measurement
    lengths = (
        f"{_figure(row.at('input_tokens'))} in, {_figure(row.at('output_tokens'))} out, "
        f"{_figure(row.at('concurrency'))} in parallel, {m.load.replace('_', ' ')}"
        if row.lengths_stated
        else "lengths not stated"
    )
    measured = f"measured {significant(row.output_tokens_per_s)} output tokens/s"
    lines = [
        measured if forecast is None else f"{measured}, forecast {interval(forecast)}",
        f"{gpu_group(m.gpu_count, row.gpu)}, {m.model}, {row.quantization}",
        lengths,
        f"{m.engine} {m.engine_version or '(version not stated)'}",
        f"{short_source(row)}, {m.date or 'date not stated'}",
    ]
    return [*lines, m.notes] if m.notes else lines


def _figure(value: float | str | None) -> str:
    return count(round(value, 1)) if isinstance(value, float | int) else MISSING
