"""The measurements of the store as the Measurements page asks for them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from store_samples import MEASUREMENT

from app.analysis_data import Selection
from app.services import analyses, opened_store
from planner.catalog.lookup import Catalog
from planner.forecast.article_analyses import ANALYSES
from planner.forecast.measured_sweeps import MeasuredRow, Sweep
from planner.learning.from_measurements import observe

BY_NAME = {analysis.name: analysis for analysis in ANALYSES}


@pytest.mark.slow
def test_the_articles_sweeps_come_first_and_then_one_of_each_kind() -> None:
    first = analyses.sweeps(BY_NAME["parallel"], Selection())[:3]
    assert [(s.rows[0].measurement.source_id, s.rows[0].gpu) for s in first[:2]] == [
        ("article", "A100 80GB"),
        ("article", "T4"),
    ]
    assert first[2].rows[0].model == "mistralai/Mistral-7B-Instruct-v0.2"
    assert first[2].rows[0].measurement.source_id != "article"


def test_every_filter_leaves_its_rows_alone() -> None:
    chosen = Selection(gpus=("L4",), quantizations=("awq",), whose="Published")
    found = analyses.sweeps(BY_NAME["batch-size"], chosen)
    assert found
    assert {(row.gpu, row.quantization) for s in found for row in s.rows} == {("L4", "awq")}
    assert analyses.sweeps(BY_NAME["batch-size"], Selection(whose="Your own")) == ()


def test_everything_that_can_be_chosen_is_in_the_store() -> None:
    choices = analyses.choices()
    published, own = analyses.row_counts()
    assert (published, own) == (len(opened_store.store().measurements()), 0)
    assert next(iter(choices.sources.values())) == ("article",)
    assert "RTX 3090" in choices.gpus
    assert not analyses.knows_another_engine()


@pytest.mark.parametrize(
    ("name", "places"),
    [("parallel", (1, 64)), ("batch-size", (1, 128)), ("output-length", (16, 1024))],
)
def test_the_forecast_covers_what_was_measured_and_what_the_suite_measures(
    name: str, places: tuple[float, float]
) -> None:
    shown = analyses.shown(BY_NAME[name], analyses.sweeps(BY_NAME[name], Selection())[0])
    assert shown.along is not None
    assert (shown.along.at[0], shown.along.at[-1]) == pytest.approx(places)


def test_the_forecast_ends_where_the_context_does(catalog: Catalog) -> None:
    """The suite would measure inputs up to 16,384 tokens; 9,000 are left for 150 out: 8,850."""
    short = replace(MEASUREMENT, quantization="awq", engine_settings="max_model_len=9000")
    observed, _ = observe([replace(short, input_tokens=1024.0), short], catalog)
    rows = tuple(MeasuredRow(o.measurement, o.deployment, o, own=False) for o in observed)
    shown = analyses.shown(BY_NAME["input-length"], Sweep("input_tokens", rows))
    assert shown.along is not None
    assert shown.along.at[-1] == pytest.approx(8850)


@pytest.mark.slow
@pytest.mark.usefixtures("own_store")
def test_own_rows_and_another_engine_come_first() -> None:
    mine = replace(MEASUREMENT, quantization="awq", gpu_memory_gb=80.0, concurrency=1.0)
    longer = replace(mine, input_tokens=16_000.0, output_tokens_per_s=40.0)
    other = replace(mine, engine="transformers", output_tokens_per_s=2.2)
    opened_store.store().add_measurements([mine, longer, other])
    assert analyses.knows_another_engine()
    first, second, *others = analyses.sweeps(BY_NAME["transformers"], Selection())
    assert [row.measurement.engine for row in first.rows] == ["transformers"]
    assert [row.measurement.engine for row in second.rows] == ["vllm", "vllm"]
    assert first.own
    assert second.own
    assert not any(sweep.own for sweep in others)
