"""How the forecast was checked, and its curve beside the measurements."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sample_plan import FEASIBLE_PLAN, INFEASIBLE_PLAN

from planner.catalog.lookup import Catalog
from planner.fleet.make_plan import make_plan
from planner.fleet.scenario import Scenario
from planner.forecast.forecaster import Forecaster
from planner.report.pdf_accuracy import accuracy_of, curve_of


def test_the_report_says_how_the_forecast_was_checked_on_all_cards_and_on_the_advised_one(
    catalog: Catalog,
) -> None:
    accuracy = accuracy_of(FEASIBLE_PLAN, catalog)
    figures = dict(accuracy.figures)
    on_card = next(label for label in figures if label.endswith("on A100 80GB"))
    assert on_card.startswith("Error before measuring, ")
    assert figures["Error before measuring, all GPUs"].endswith(" %")
    assert "forecast without their own source's data" in accuracy.text


def test_a_card_that_nobody_checked_is_said_to_be_unchecked(catalog: Catalog) -> None:
    item = replace(FEASIBLE_PLAN.options[0].fleet[0], gpu="L40")
    plan = replace(FEASIBLE_PLAN, recommended=replace(FEASIBLE_PLAN.options[0], fleet=(item,)))
    assert dict(accuracy_of(plan, catalog).figures)["Error before measuring, L40"] == "not checked"


def test_a_card_in_another_slot_has_the_record_of_its_chip(catalog: Catalog) -> None:
    item = replace(FEASIBLE_PLAN.options[0].fleet[0], gpu="A100 80GB PCIe")
    plan = replace(FEASIBLE_PLAN, recommended=replace(FEASIBLE_PLAN.options[0], fleet=(item,)))
    assert accuracy_of(plan, catalog) == accuracy_of(FEASIBLE_PLAN, catalog)


def test_the_curve_goes_through_what_was_measured_at_the_scenarios_size(
    forecaster: Forecaster, catalog: Catalog
) -> None:
    case = Scenario(quantization="awq", gpus=("A100 80GB",))
    curve = curve_of(make_plan(case, forecaster, catalog), forecaster, catalog)
    assert curve is not None
    # the article: 55 and 130 output tokens/s at 1 and 32 parallel requests of 8,000 in, 150 out
    assert {(1.0, 55.0), (32.0, 130.0)} <= {(n, round(value)) for n, value in curve.measured}
    assert all(i.low < i.value < i.high for _, i in curve.forecast)
    assert len(curve.forecast) < 100


@pytest.mark.slow
def test_what_was_measured_with_other_settings_is_not_drawn_as_measured(
    forecaster: Forecaster, catalog: Catalog
) -> None:
    case = Scenario(quantization="awq", gpus=("A100 80GB",), prefix_hit_share=0.5)
    curve = curve_of(make_plan(case, forecaster, catalog), forecaster, catalog)
    assert curve is not None
    assert curve.measured == ()


def test_where_nothing_runs_there_is_no_curve(forecaster: Forecaster, catalog: Catalog) -> None:
    nothing = replace(INFEASIBLE_PLAN, options=(), recommended=None)
    assert curve_of(nothing, forecaster, catalog) is None
    assert "all GPUs" in accuracy_of(nothing, catalog).figures[0][0]
