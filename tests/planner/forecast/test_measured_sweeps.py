"""Sweeps: measurements that differ in one quantity alone, and the forecast along them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from store_samples import MEASUREMENT

from planner.catalog.lookup import Catalog
from planner.forecast.article_analyses import ANALYSES, Analysis
from planner.forecast.forecaster import Forecaster
from planner.forecast.measured_sweeps import (
    MeasuredRow,
    Sweep,
    forecast_along,
    forecast_like,
    measured_rows,
    sweeps_of,
)
from planner.learning.from_measurements import observe
from planner.records.measurement import Measurement

BY_NAME = {analysis.name: analysis for analysis in ANALYSES}
ONE = replace(MEASUREMENT, concurrency=1.0, quantization="awq", gpu_memory_gb=80.0)
HUGGING_FACE = replace(ONE, engine="transformers", output_tokens_per_s=4.0)


def rows(catalog: Catalog, *measurements: Measurement) -> list[MeasuredRow]:
    observed, skipped = observe(measurements, catalog)
    learnt = [MeasuredRow(o.measurement, o.deployment, o, own=False) for o in observed]
    return learnt + [MeasuredRow(s.measurement, None, None, own=False) for s in skipped]


def inputs_of(sweeps: Sequence[Sweep]) -> list[list[float | str | None]]:
    return [[row.at("input_tokens") for row in sweep.rows] for sweep in sweeps]


def found(catalog: Catalog, analysis: Analysis, *measurements: Measurement) -> list[Sweep]:
    return sweeps_of(rows(catalog, *measurements), analysis, catalog)


def packaged(forecaster: Forecaster, catalog: Catalog, name: str, source: str) -> list[Sweep]:
    chosen = [r for r in measured_rows(forecaster) if r.measurement.source_id == source]
    return sweeps_of(chosen, BY_NAME[name], catalog)


def test_rows_that_differ_in_input_length_alone_are_one_sweep_in_its_order(
    catalog: Catalog,
) -> None:
    sweeps = found(
        catalog,
        BY_NAME["input-length"],
        replace(ONE, input_tokens=4000.0),
        replace(ONE, input_tokens=1000.0, output_tokens=155.0),
        replace(ONE, input_tokens=2000.0, output_tokens=400.0),
        replace(ONE, input_tokens=2000.0, gpu="L4", gpu_memory_gb=24.0),
        replace(ONE, input_tokens=2000.0, source_id="others"),
    )
    assert inputs_of(sweeps) == [[1000.0, 4000.0]]


def test_rows_of_one_place_are_no_sweep(catalog: Catalog) -> None:
    assert found(catalog, BY_NAME["input-length"], ONE, replace(ONE, requests=9.0)) == []
    hardly_longer = replace(ONE, input_tokens=8700.0)
    assert found(catalog, BY_NAME["input-length"], ONE, hardly_longer) == []


def test_a_single_row_of_another_engine_is_kept_for_comparison(catalog: Catalog) -> None:
    [sweep] = found(catalog, BY_NAME["transformers"], ONE, HUGGING_FACE)
    assert sweep.rows[0].measurement == HUGGING_FACE


def test_no_forecast_is_made_of_another_engine(catalog: Catalog, forecaster: Forecaster) -> None:
    [sweep] = found(catalog, BY_NAME["transformers"], HUGGING_FACE)
    assert forecast_along(forecaster, sweep, [1000.0]) is None


def test_throughput_follows_from_requests_per_second(catalog: Catalog) -> None:
    [row] = rows(catalog, replace(ONE, output_tokens_per_s=None, requests_per_s=2.0))
    assert row.output_tokens_per_s == 300.0


def test_the_articles_three_gpus_are_one_sweep_the_fastest_first(
    forecaster: Forecaster, catalog: Catalog
) -> None:
    sweeps = packaged(forecaster, catalog, "gpus", "article")
    [sweep] = [s for s in sweeps if s.rows[0].measurement.mode == "offline"]
    assert [(row.at("gpu"), row.output_tokens_per_s) for row in sweep.rows] == [
        ("A100 80GB", 83.0),
        ("RTX 3090", 72.14),
        ("T4", 21.96),
    ]
    assert not any(row.lengths_stated for row in sweep.rows)
    for row in sweep.rows:
        forecast = forecast_like(forecaster, row)
        assert forecast is not None
        assert forecast.low < forecast.value < forecast.high


def test_one_gpu_of_the_users_own_stands_alone(catalog: Catalog) -> None:
    [published] = rows(catalog, ONE)
    assert sweeps_of([published], BY_NAME["gpus"], catalog) == []
    [sweep] = sweeps_of([replace(published, own=True)], BY_NAME["gpus"], catalog)
    assert sweep.own


def test_the_articles_parallel_requests_are_a_sweep_on_each_of_its_gpus(
    forecaster: Forecaster, catalog: Catalog
) -> None:
    sweeps = packaged(forecaster, catalog, "parallel", "article")
    assert {
        s.rows[0].gpu: [(row.at("concurrency"), row.output_tokens_per_s) for row in s.rows]
        for s in sweeps
    } == {
        "A100 80GB": [(1.0, 55.0), (32.0, 130.0)],
        "T4": [(1.0, 10.0), (4.0, 12.0)],
    }


def test_the_forecast_along_a_sweep_is_that_of_each_of_its_rows(
    forecaster: Forecaster, catalog: Catalog
) -> None:
    sweeps = packaged(forecaster, catalog, "parallel", "article")
    [sweep] = [s for s in sweeps if s.rows[0].gpu == "A100 80GB"]
    along = forecast_along(forecaster, sweep, [1.0, 32.0])
    assert along is not None
    for row, there in zip(sweep.rows, along.output_tokens_per_s, strict=True):
        here = forecast_like(forecaster, row)
        assert here is not None
        assert there.value == pytest.approx(here.value)
        assert (there.low, there.high) == pytest.approx((here.low, here.high))


def test_the_forecast_of_batches_is_that_of_rows_measured_as_batches(
    forecaster: Forecaster, catalog: Catalog
) -> None:
    sweeps = packaged(forecaster, catalog, "batch-size", "S07")
    sweep = max(sweeps, key=lambda s: len(s.rows))
    assert [row.at("concurrency") for row in sweep.rows] == [1.0, 4.0, 8.0]
    along = forecast_along(forecaster, sweep, [1.0, 4.0, 8.0])
    assert along is not None
    for row, forecast in zip(sweep.rows, along.output_tokens_per_s, strict=True):
        assert row.output_tokens_per_s == pytest.approx(forecast.value, rel=0.1)


@pytest.mark.parametrize("analysis", ANALYSES, ids=lambda analysis: analysis.name)
def test_the_packaged_rows_show_something_of_every_analysis(
    forecaster: Forecaster, catalog: Catalog, analysis: Analysis
) -> None:
    assert sweeps_of(measured_rows(forecaster), analysis, catalog)
