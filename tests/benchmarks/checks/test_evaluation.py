"""The evaluation is honest: no figure forecasts itself, its own source's or its group's rows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.checks.evaluation import evaluate, summary
from planner.catalog.lookup import Catalog
from planner.records.measurement import Measurement
from planner.records.reference import reference_measurements

pytestmark = pytest.mark.slow


def sweep() -> list[Measurement]:
    """One author's sweep of one deployment, with enough rows to calibrate on."""
    rows = [
        row
        for row in reference_measurements()
        if row.source_id == "S02"
        and row.gpu == "A100 80GB"
        and "Vigostral-7B-Chat-AWQ" in row.model
    ]
    assert len(rows) >= 20
    return rows


def test_a_sweep_is_forecast_better_once_four_of_its_points_are_known(catalog: Catalog) -> None:
    [group] = evaluate(sweep(), reference_measurements(), catalog).groups
    assert group.calibrated is not None
    assert group.calibrated.mape < group.zero_shot.mape
    assert group.calibrated.median_ape < 0.03
    assert (group.source_id, group.gpu, group.quantization) == ("S02", "A100 80GB", "awq")


def test_forecasts_do_not_move_when_an_impossible_value_is_planted(catalog: Catalog) -> None:
    rows = sweep()
    honest = evaluate(rows[1:], reference_measurements(), catalog).groups[0].zero_shot
    impossible = [replace(rows[0], output_tokens_per_s=1e9, requests_per_s=None), *rows[1:]]
    with_it = evaluate(impossible, reference_measurements(), catalog).groups[0].zero_shot
    n = len(rows)
    # the planted row's own error is -100 %, all others keep theirs to the last digit
    assert with_it.mape == pytest.approx((honest.mape * (n - 1) + 1.0) / n, abs=1e-6)


def test_the_groups_own_source_is_left_out_of_what_its_forecast_rests_on(catalog: Catalog) -> None:
    rows = sweep()
    doubled = [
        replace(row, output_tokens_per_s=row.output_tokens_per_s * 2, requests_per_s=None)
        if row.source_id == "S02" and row.output_tokens_per_s
        else row
        for row in reference_measurements()
    ]
    honest = evaluate(rows, reference_measurements(), catalog).groups[0].zero_shot
    assert evaluate(rows, doubled, catalog).groups[0].zero_shot == honest


def test_the_same_figures_under_another_id_do_not_forecast_themselves(catalog: Catalog) -> None:
    rows = [replace(row, requests=None) for row in sweep()]
    renamed = [replace(row, source_id="theirs", source="a copy") for row in rows]
    honest = evaluate(rows, reference_measurements(), catalog).groups[0]
    again = evaluate(renamed, reference_measurements(), catalog).groups[0]
    assert again.zero_shot == honest.zero_shot
    assert again.calibrated == honest.calibrated


def test_a_group_with_too_few_rows_is_named_and_not_calibrated(catalog: Catalog) -> None:
    result = evaluate(sweep()[:7], reference_measurements(), catalog, points=4)
    assert result.groups[0].calibrated is None
    [(name, reason)] = result.skipped
    assert name.startswith("S02 | A100 80GB")
    assert reason == "7 rows, calibrated needs 8"
    assert summary(result)["calibrated_median_mape"] is None


def test_bursts_are_scored_apart_from_steady_loads(catalog: Catalog) -> None:
    base = "mistralai/Mistral-7B-Instruct-v0.2"
    at_once = [replace(row, load="burst", model="ours", base_model=base) for row in sweep()[:2]]
    both = evaluate([*sweep(), *at_once], reference_measurements(), catalog)
    steady, burst = sorted(both.groups, key=lambda group: group.burst)
    assert (steady.burst, burst.burst) == (False, True)
    found = summary(both)
    assert (found["groups"], found["bursts"]) == (2, 1)
    assert found["zero_shot_median_mape"] == steady.zero_shot.mape
    assert found["bursts_median_mape"] == burst.zero_shot.mape


def test_rows_that_cannot_be_used_are_skipped_with_the_reason(catalog: Catalog) -> None:
    row = replace(sweep()[0], gpu="Voodoo 2", gpu_memory_gb=None)
    result = evaluate([row], reference_measurements(), catalog)
    assert result.groups == ()
    assert "Voodoo 2" in result.skipped[0][1]


def test_a_version_that_names_no_release_is_taken_as_not_stated(catalog: Catalog) -> None:
    odd, unstated = (
        evaluate(
            [replace(sweep()[0], engine_version=version)], reference_measurements(), catalog
        ).groups[0]
        for version in ("nm-vllm 0.2.0 (fork of 0.4.x)", None)
    )
    assert odd.zero_shot == unstated.zero_shot


def test_a_load_with_arrivals_is_forecast_from_the_rate_and_not_from_the_latency_measured(
    catalog: Catalog,
) -> None:
    rows = [row for row in reference_measurements() if row.load == "poisson_rate"][:5]
    quick = [replace(row, e2e_s_mean=1.0) for row in rows]
    slow = [replace(row, e2e_s_mean=60.0) for row in rows]
    one, other = (evaluate(r, reference_measurements(), catalog).groups[0] for r in (quick, slow))
    assert one.zero_shot == other.zero_shot
