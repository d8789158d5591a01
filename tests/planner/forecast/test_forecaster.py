"""Forecasts against the article, which measured what they say."""

from __future__ import annotations

from dataclasses import replace

import pytest

from planner.catalog.lookup import Catalog
from planner.errors import InputError
from planner.forecast.forecaster import Forecaster
from planner.records.reference import reference_measurements
from planner.vllm.deployment import Deployment
from planner.vllm.engine_settings import EngineConfig


def article_deployment(catalog: Catalog, gpu: str = "A100 80GB") -> Deployment:
    model = catalog.model("mistralai/Mistral-7B-Instruct-v0.2")
    return Deployment(catalog.gpu(gpu), 1, model, "awq")


@pytest.mark.slow
@pytest.mark.parametrize(("concurrency", "measured"), [(1, 55.0), (32, 130.0)])
def test_the_articles_a100_is_forecast_within_ten_percent_without_its_rows(
    forecaster_without_the_article: Forecaster,
    catalog: Catalog,
    concurrency: int,
    measured: float,
) -> None:
    forecast = forecaster_without_the_article.forecast(
        article_deployment(catalog), 8000, 150, concurrency
    )
    assert forecast.output_tokens_per_s.value == pytest.approx(measured, rel=0.10)
    assert "article" not in forecast.sources


@pytest.mark.parametrize(
    ("gpu", "concurrency", "measured"),
    [("A100 80GB", 1, 55.0), ("A100 80GB", 32, 130.0), ("T4", 1, 10.0), ("T4", 4, 12.0)],
)
def test_the_interval_contains_what_the_article_measured(
    forecaster: Forecaster, catalog: Catalog, gpu: str, concurrency: int, measured: float
) -> None:
    speed = forecaster.forecast(
        article_deployment(catalog, gpu), 8000, 150, concurrency
    ).output_tokens_per_s
    assert speed.low < measured < speed.high


def test_a_card_that_nobody_measured_is_extrapolated_with_a_wider_interval(
    forecaster: Forecaster, catalog: Catalog
) -> None:
    known = forecaster.forecast(article_deployment(catalog), 8000, 150, 16)
    unknown = forecaster.forecast(article_deployment(catalog, "B200"), 8000, 150, 16)
    assert known.basis == "reference"
    assert unknown.basis == "extrapolated"
    ratio = [f.output_tokens_per_s.high / f.output_tokens_per_s.low for f in (known, unknown)]
    assert ratio[1] > ratio[0]


@pytest.mark.slow
def test_ones_own_measurements_make_a_forecast_calibrated_and_narrower(
    catalog: Catalog, forecaster: Forecaster
) -> None:
    published = [
        row
        for row in reference_measurements()
        if row.source_id == "S02"
        and "Vigostral-7B-Chat-AWQ" in row.model
        and row.gpu == "A100 80GB"
    ][::5]
    own = [
        replace(row, source_id="run-1", output_tokens_per_s=row.output_tokens_per_s * 1.2)
        for row in published
        if row.output_tokens_per_s
    ]
    mine = Forecaster([*reference_measurements(), *own], catalog, own_sources={"run-1"})
    before = forecaster.forecast(article_deployment(catalog), 4000, 150, 16)
    after = mine.forecast(article_deployment(catalog), 4000, 150, 16)
    assert after.basis == "calibrated"
    assert after.sources == ("run-1",)
    assert after.output_tokens_per_s.value > before.output_tokens_per_s.value * 1.08
    widths = [f.output_tokens_per_s.high / f.output_tokens_per_s.low for f in (before, after)]
    assert widths[1] < widths[0]
    row = own[0]
    assert row.input_tokens
    assert row.output_tokens
    assert row.concurrency
    at = mine.forecast(
        article_deployment(catalog), row.input_tokens, row.output_tokens, row.concurrency
    )
    assert at.basis == "measured"


@pytest.mark.slow
def test_the_model_version_changes_with_the_data(
    forecaster: Forecaster, forecaster_without_the_article: Forecaster
) -> None:
    assert forecaster.model_version != forecaster_without_the_article.model_version


def test_an_unknown_source_to_exclude_is_refused_with_the_known_ones(catalog: Catalog) -> None:
    with pytest.raises(InputError, match=r"unknown source 'S99'; known are A01, .*S01, .*article"):
        Forecaster(reference_measurements(), catalog, exclude_sources=["S99"])


def test_nothing_left_to_forecast_from_is_said(catalog: Catalog) -> None:
    rows = [row for row in reference_measurements() if row.source_id == "article"]
    with pytest.raises(InputError, match="no usable measurement is left"):
        Forecaster(rows, catalog, exclude_sources=["article"])


@pytest.mark.slow
def test_an_engine_generation_that_was_not_measured_is_not_passed_off_as_measured(
    forecaster: Forecaster, catalog: Catalog
) -> None:
    old = forecaster.forecast(article_deployment(catalog), 8000, 150, 1)
    deployment = replace(article_deployment(catalog), engine=EngineConfig(version="0.20.0"))
    new = forecaster.forecast(deployment, 8000, 150, 1)
    widths = [f.output_tokens_per_s.high / f.output_tokens_per_s.low for f in (old, new)]
    assert widths[1] > widths[0]


@pytest.mark.slow
def test_a_service_is_forecast_from_ones_own_points_of_a_service_and_not_from_batches(
    catalog: Catalog,
) -> None:
    published = [
        row
        for row in reference_measurements()
        if row.source_id == "S02" and row.gpu == "A100 80GB" and "Hermes-2-Pro" in row.model
    ]
    served = [replace(row, source_id="run-1") for row in published[:5]]
    batches = [
        replace(
            row,
            source_id="run-1",
            mode="offline",
            load="static_batch",
            output_tokens_per_s=row.output_tokens_per_s and row.output_tokens_per_s * 1.5,
            requests_per_s=None,
        )
        for row in published
    ]
    alone = Forecaster([*reference_measurements(), *served], catalog, own_sources={"run-1"})
    both = Forecaster(
        [*reference_measurements(), *served, *batches], catalog, own_sources={"run-1"}
    )
    speeds = [
        f.forecast(article_deployment(catalog), 1024, 128, 16).output_tokens_per_s.value
        for f in (alone, both)
    ]
    assert speeds[1] == pytest.approx(speeds[0], rel=0.15)
