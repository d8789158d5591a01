"""What must hold for the workbook of every scenario."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recalculated_workbook import RecalculatedWorkbook

from planner.catalog.lookup import Catalog
from planner.entered.owned_hardware import OwnedHardware
from planner.errors import InputError
from planner.fleet.make_plan import make_plan
from planner.fleet.scenario import Scenario
from planner.forecast.forecaster import Forecaster
from planner.wording.explanation import configuration, sureness, verdict_of
from planner.workbook.plan_workbook import plan_workbook

SCENARIOS = st.builds(
    Scenario,
    documents_per_year=st.floats(1e5, 1e9),
    quantization=st.just("awq"),
    gpus=st.sampled_from([("L4",), ("A100 80GB",), ("T4", "L40S")]),
    terms=st.sampled_from([("on-demand",), ("spot", "reserved-1y"), ("estimate",)]),
    budget_usd_per_year=st.none() | st.floats(3e3, 1e7),
    latency_p95_s=st.none() | st.floats(5, 300),
    peak_factor=st.sampled_from([1.0, 1.7, 3.0]),
    hours_per_week=st.sampled_from([168.0, 60.0, 40.0]),
    pay_only_for_hours=st.booleans(),
    minimum_billed_h=st.sampled_from([0.0, 12.0]),
    growth_per_year=st.sampled_from([0.0, 0.4, -0.3]),
    years=st.integers(1, 4),
    spare_replicas=st.integers(0, 1),
    standard_costs=st.sampled_from([(), ("people", "storage", "tax")]),
    owned=st.sampled_from([(), (OwnedHardware(gpu="RTX 3090", count=6, price_usd=700),)]),
    season=st.sampled_from([(), tuple(range(6, 18))]),
)


@pytest.mark.slow
@settings(max_examples=10)
@given(SCENARIOS)
def test_decision_cost_and_years_are_those_of_the_plan(
    forecaster: Forecaster, catalog: Catalog, scenario: Scenario
) -> None:
    try:
        plan = make_plan(scenario, forecaster, catalog)
    except InputError:
        return
    book = RecalculatedWorkbook(plan_workbook(plan, created=datetime.date(2026, 11, 27)))
    option = plan.nearest
    if option is None:
        return
    assert book.row("Decision", "Verdict")[1] == verdict_of(plan, option)
    assert book.row("Decision", "Probability")[1] == sureness(option)
    label = "Configuration" if plan.recommended else "Closest configuration"
    assert book.row("Decision", label)[1] == configuration(option)
    planned, now = book.row("Decision", "Cost a year, USD")[1:3]
    assert planned == option.cost_usd_per_year
    assert now == pytest.approx(option.cost_usd_per_year)
    assert book.row("Options", "★" if plan.recommended else "")[1] == configuration(option)
    assert book.column("Years", "Documents a year", len(plan.years)) == pytest.approx(
        [year.documents for year in plan.years]
    )
    for head, wanted in (
        ("Replicas", [year.replicas for year in plan.years]),
        ("Cost, USD", [year.cost_usd_per_year for year in plan.years]),
    ):
        assert book.column("Years", head, len(wanted)) == pytest.approx(wanted), head
    said = book.column("Years", "Enough?", len(plan.years))
    assert [text == "yes" for text in said] == [year.enough for year in plan.years]
    sure = book.column("Years", "Sure to keep up", 1)
    assert sure[0] == pytest.approx(option.probability.volume, abs=1e-9)
    if plan.present_value_usd is not None:
        total = book.row("Years", "All years")[-1]
        assert total == pytest.approx(plan.present_value_usd)
