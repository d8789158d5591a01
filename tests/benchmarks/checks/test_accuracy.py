"""What is stated about the forecasts' errors is what was measured, and is of this model."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.checks.accuracy import (
    BEGIN,
    END,
    README,
    kind_tables,
    leave_out,
    measure_accuracy,
    section,
    source_table,
    with_section,
    write_accuracy,
    write_left_out,
)
from benchmarks.checks.evaluation import evaluate
from planner.catalog.lookup import Catalog, load_catalog
from planner.forecast.accuracy_record import (
    LATENCY_STAGES,
    STAGES,
    LeftOut,
    accuracy_rows,
    left_out_rows,
    on_card,
    overall,
)
from planner.forecast.forecast_values import Interval
from planner.forecast.forecaster import Forecaster
from planner.records.measurement import Measurement
from planner.records.reference import reference_measurements

AGAIN = "run `python -m benchmarks.checks.accuracy --write`"


def two_sources() -> list[Measurement]:
    return [row for row in reference_measurements() if row.source_id in ("S06", "S42")]


def point(measured: float, forecast: Interval) -> LeftOut:
    return LeftOut(
        source_id="S1",
        source="somebody",
        gpu="L4",
        gpu_count=1,
        model="m",
        quantization="none",
        engine_version=None,
        input_tokens=1,
        output_tokens=1,
        concurrency=1,
        measured=measured,
        forecast=forecast,
        basis="reference",
        model_version="1-0",
    )


def test_the_readme_says_what_the_record_says() -> None:
    stated = README.read_text("utf-8").split(BEGIN)[1].split(END)[0].strip()
    assert stated == section(accuracy_rows()), AGAIN


def test_the_record_is_of_the_model_as_it_is(forecaster: Forecaster) -> None:
    assert {row.model_version for row in left_out_rows()} == {forecaster.model_version}, AGAIN


def test_every_usable_point_was_left_out_once(forecaster: Forecaster) -> None:
    assert len(left_out_rows()) == len(forecaster.observed)
    assert overall("zero_shot").rows == len(left_out_rows())


def test_the_two_records_agree_on_the_coverage() -> None:
    inside = [row.inside for row in left_out_rows()]
    assert sum(inside) / len(inside) == pytest.approx(overall("zero_shot").coverage90, abs=0.002)


def test_four_measured_points_are_worth_more_than_the_datasheet() -> None:
    assert overall("calibrated_4").median_mape < overall("zero_shot").median_mape


def test_a_card_without_a_check_has_no_record() -> None:
    assert on_card("zero_shot", "Voodoo 2") is None
    with pytest.raises(KeyError):
        overall("someday")


def test_a_forecast_of_125_for_100_is_a_quarter_too_high() -> None:
    assert point(100.0, Interval(125.0, 90.0, 170.0)).ratio == 1.25
    assert point(100.0, Interval(125.0, 90.0, 170.0)).inside
    assert not point(100.0, Interval(125.0, 101.0, 170.0)).inside


@pytest.mark.slow
def test_what_is_written_is_read_back(tmp_path: Path, catalog: Catalog) -> None:
    groups = evaluate(two_sources(), two_sources(), catalog, 4).groups
    rows = measure_accuracy(two_sources(), groups)
    assert {row.kind for row in rows} >= {"quantization", "gpus", "engine"}
    assert "| none |" in kind_tables(rows, groups)
    write_accuracy(rows, tmp_path / "accuracy.csv")
    assert list(accuracy_rows(tmp_path / "accuracy.csv")) == rows
    accuracy_rows.cache_clear()
    points = list(leave_out(two_sources(), catalog))
    write_left_out(points, tmp_path / "left_out.csv")
    read = left_out_rows(tmp_path / "left_out.csv")
    left_out_rows.cache_clear()
    assert [row.source_id for row in read] == [row.source_id for row in points]
    assert read[0].forecast.high == pytest.approx(points[0].forecast.high, rel=1e-5)
    assert "S42" in source_table(rows, two_sources())


def test_only_the_section_between_the_marks_is_replaced() -> None:
    before = f"a\n{BEGIN}\nold\n{END}\nb"
    assert with_section(before, "new") == f"a\n{BEGIN}\nnew\n{END}\nb"


@pytest.mark.slow
@pytest.mark.timeout(1500)  # it fits once for each author, for each number of points
def test_measuring_again_gives_the_stored_figures() -> None:
    stored = {(row.stage, row.kind, row.name): row for row in accuracy_rows()}
    reference = reference_measurements()
    again = measure_accuracy(reference, evaluate(reference, reference, load_catalog(), 4).groups)
    assert [(row.stage, row.kind, row.name) for row in again] == list(stored), AGAIN
    for row in again:
        before = stored[row.stage, row.kind, row.name]
        assert (row.groups, row.rows) == (before.groups, before.rows)
        assert row.median_mape == pytest.approx(before.median_mape, abs=0.002), (row, AGAIN)
        assert row.coverage90 == pytest.approx(before.coverage90, abs=0.02), (row, AGAIN)
    assert {*STAGES, *LATENCY_STAGES} == {row.stage for row in again}
