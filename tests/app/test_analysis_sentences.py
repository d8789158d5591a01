"""What the Measurements page says of its charts, from rows made by hand."""

from __future__ import annotations

from dataclasses import replace

import plotly.graph_objects as go
from store_samples import MEASUREMENT

from app import charts
from app.analysis_data import Selection, ShownSweep
from app.analysis_sentences import (
    command_to_measure,
    memory_shown,
    nothing_found,
    what_it_shows,
)
from app.services.analyses import csv_of
from planner.forecast.article_analyses import ANALYSES, Quantity
from planner.forecast.forecast_values import Interval
from planner.forecast.measured_sweeps import MeasuredRow, Sweep, SweepForecast
from planner.forecast.memory_in_use import MemoryInUse
from planner.records.measurement import Measurement
from planner.records.measurement_csv import parse_measurement_csv

BY_NAME = {analysis.name: analysis for analysis in ANALYSES}
ROW = replace(MEASUREMENT, quantization="awq", concurrency=1.0, output_tokens_per_s=55.0)


def shown(
    varied: Quantity, *measurements: Measurement, forecasts: tuple[Interval | None, ...] = ()
) -> ShownSweep:
    rows = tuple(MeasuredRow(m, None, None, own=False) for m in measurements)
    return ShownSweep(Sweep(varied, rows), None, forecasts or (None,) * len(rows))


def around(value: float) -> Interval:
    return Interval(value, 0.8 * value, 1.25 * value)


PARALLEL = shown(
    "concurrency",
    ROW,
    replace(ROW, concurrency=16.0, output_tokens_per_s=120.0),
    replace(ROW, concurrency=32.0, output_tokens_per_s=130.0),
    forecasts=(around(58.0), around(119.0), around(300.0)),
)


def test_parallel_requests_are_told_with_gain_plateau_and_forecast() -> None:
    assert what_it_shows(BY_NAME["parallel"], [PARALLEL]) == (
        "A100 80GB, Mistral-7B-Instruct-v0.2, AWQ, 8,000 in, 150 out: throughput rises from 55 to "
        "130 output tokens/s (2.36 times) from 1 to 32 parallel requests, forecast 58 to 300; "
        "90 % of the highest measured throughput is reached with 16 parallel requests. 2 of the "
        "3 points with a forecast are within its 90 % interval."
    )


def test_longer_inputs_are_told_with_the_loss() -> None:
    long = replace(ROW, input_tokens=16_000.0, output_tokens_per_s=44.0)
    assert what_it_shows(BY_NAME["input-length"], [shown("input_tokens", ROW, long)]) == (
        "A100 80GB, Mistral-7B-Instruct-v0.2, AWQ, 150 out, one at a time: throughput falls from "
        "55 to 44 output tokens/s (-20 %) as the input grows from 8,000 to 16,000 tokens. There "
        "is no forecast for these conditions."
    )


def test_gpus_are_told_by_speed() -> None:
    t4 = replace(ROW, gpu="T4", output_tokens_per_s=11.0)
    told = what_it_shows(BY_NAME["gpus"], [shown("gpu", ROW, t4)])
    alone = what_it_shows(BY_NAME["gpus"], [shown("gpu", ROW)])
    assert "8,000 in, 150 out: A100 80GB reaches 55 output tokens/s." in alone
    assert "A100 80GB is the fastest with 55 output tokens/s; T4 reaches 20 % of that (11)." in told


def test_engines_are_compared_on_the_same_gpu_model_and_lengths() -> None:
    slow = replace(ROW, engine="transformers", output_tokens_per_s=2.2)
    told = what_it_shows(
        BY_NAME["transformers"], [shown("input_tokens", slow), shown("input_tokens", ROW)]
    )
    assert told.startswith(
        "vLLM generates 25 times as fast as transformers with AWQ weights (55 against 2.2 output "
        "tokens/s on A100 80GB at 8,000 tokens in)."
    )


def test_memory_says_whether_it_was_measured() -> None:
    memory = MemoryInUse(71.2, 6.2, 65.0, (1.0, 32.0))
    along = SweepForecast((1.0, 32.0), (around(58.0), around(138.0)))
    computed = replace(PARALLEL, along=along, memory=memory)
    assert memory_shown([computed]) == (
        "A100 80GB, Mistral-7B-Instruct-v0.2, AWQ, 8,000 in, 150 out: vLLM reserves 71.2 GiB when "
        "it starts (dashed); 6.2 GiB are weights and working memory, and with the KV cache that "
        "requests fill they are the memory in use (solid): 32 parallel requests fill 32 of the 65 "
        "GiB of the KV cache. Computed from the shape of the model and the settings: no "
        "row shown states its measured peak memory."
    )
    chart = charts.memory_chart([computed], charts.palette("light"))
    assert chart is not None
    assert "38.2 GiB with 32 parallel requests, of 71.2 GiB reserved" in chart.alt
    assert memory_shown([PARALLEL]).startswith("No row drawn states its peak memory")
    measured = shown("concurrency", replace(ROW, peak_memory_gb=75.0), ROW)
    assert "Marks are measured peaks of 1 row" in memory_shown([measured])
    marked = charts.memory_chart([measured], charts.palette("light"))
    assert marked is not None
    assert go.Figure(marked.figure).data[0].y == (75.0e9 / 2**30,)


def test_an_empty_selection_says_what_is_missing_and_how_to_measure_it() -> None:
    chosen = Selection(gpus=("H100 SXM",), models=("Qwen/Qwen3-8B",), whose="Your own")
    assert nothing_found(BY_NAME["batch-size"], chosen).startswith(
        "No measurements of your own for H100 SXM, Qwen/Qwen3-8B show this: it takes at least "
        "two that differ in their batch size alone."
    )
    assert command_to_measure(chosen) == ("planner calibrate --model Qwen/Qwen3-8B --suite article")


def test_the_command_for_a_processor_names_it() -> None:
    assert "--gpu cpu --suite article" in command_to_measure(Selection(gpus=("cpu",)))
    assert nothing_found(BY_NAME["gpus"], Selection(whose="Published")).startswith(
        "No published measurements show this"
    )


def test_a_chart_shows_provenance_as_text_and_never_as_markup() -> None:
    hostile = replace(ROW, source="<b>lab</b>", engine_version="0.9", notes="=1+1 <i>x</i>")
    sweep = shown("concurrency", hostile, replace(ROW, concurrency=2.0))
    chart = charts.measured_sweep_chart([sweep], "parallel requests", charts.palette("dark"))
    [points] = [trace for trace in go.Figure(chart.figure).data if trace.mode == "markers"]
    assert "&lt;b&gt;lab&lt;/b&gt;, 2024-08-26" in points.text[0]
    assert "vllm 0.9" in points.text[0]
    assert "<b>" not in points.text[0]
    assert "55 at 1, 55 at 2" in chart.alt


def test_the_csv_holds_the_rows_shown_and_no_formula() -> None:
    nasty = replace(ROW, notes='=HYPERLINK("http://example.org")')
    content = csv_of(shown("concurrency", nasty, ROW).sweep.rows).decode("utf-8-sig")
    assert "'=HYPERLINK" in content
    assert parse_measurement_csv(content, "shown.csv") == (nasty, ROW)
