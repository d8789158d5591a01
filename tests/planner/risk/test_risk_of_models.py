"""The risk and the year by hour of a plan with several models: one error and one volume for all."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sample_plan import A100

from planner.catalog.lookup import Catalog
from planner.fleet.plan import Option
from planner.fleet.scenario import Scenario
from planner.forecast.forecast_values import Interval
from planner.forecast.forecaster import Forecaster
from planner.mixing.whole_plan import whole_plan
from planner.report.json_output import plan_json
from planner.report.risk_json import risk_json
from planner.risk.assess_risk import Risk, assess_risk
from planner.risk.fleet_under_samples import Outcome, of_all_models
from planner.risk.year_by_hour import year_by_hour
from planner.wording.risk_sentences import plain_risk_sentences, risk_sentences, swing_rows
from planner.workload.document_class import DocumentClass, Targets

SMALL, LARGE = "mistralai/Mistral-7B-Instruct-v0.2", "Qwen/Qwen2.5-32B-Instruct"
INVOICES = DocumentClass(
    name="invoices", documents_per_year=12e6, input_tokens=2000, output_tokens=100
)
CLAIMS = DocumentClass(
    name="claims", documents_per_year=8e6, input_tokens=8000, output_tokens=150, model=LARGE
)


def both(**fields: Any) -> Scenario:
    """Invoices on the small model, claims on the large one."""
    claims = CLAIMS.model_copy(update={"targets": Targets(e2e_p95_s=60)})
    case: dict[str, Any] = {
        "documents_per_year": 20e6,
        "input_tokens": 4400,
        "output_tokens": 120,
        "classes": (INVOICES, claims),
        "model": SMALL,
        "quantization": "awq",
        "gpus": ("L4", "A100 80GB"),
        "peak_factor": 2.0,
    }
    return Scenario.model_validate(case | fields)


@pytest.fixture(scope="module")
def found(forecaster: Forecaster, catalog: Catalog) -> tuple[Any, Risk]:
    plan = whole_plan(both(volume_low=18e6, volume_high=30e6), forecaster, catalog)
    risk = assess_risk(plan, forecaster, catalog)
    assert risk is not None
    return plan, risk


def test_outcomes_of_two_models_are_counted_together() -> None:
    small = Outcome(np.array([True, True, False]), None, np.array([0.0, 0.0, 0.4]))
    large = Outcome(np.array([True, False, False]), np.array([True] * 3), np.array([0.0, 0.1, 0.2]))
    together = of_all_models([(30.0, small), (10.0, large)])
    assert together.keeps_up.tolist() == [True, False, False]
    assert together.in_time is not None
    assert together.in_time.tolist() == [True, True, True]
    # Of 40 documents 1 is short in the second case, 12 + 2 in the third.
    assert together.short.tolist() == pytest.approx([0.0, 0.025, 0.35])


@pytest.mark.slow
def test_one_volume_and_one_error_move_all_models(found: tuple[Any, Risk]) -> None:
    plan, risk = found
    best = risk.recommended
    assert best.option is plan.recommended
    assert 0.0 < best.probability_all < best.option.probability.all
    for one in risk.options:
        assert [item.model for item in one.option.fleet] == [SMALL, LARGE]
        assert one.option.cost_usd_per_year == pytest.approx(
            sum(part.cost_usd_per_year for part in one.option.of_models)
        )
    surest = max(risk.options, key=lambda one: one.probability_all)
    assert surest.option.cost_usd_per_year > best.option.cost_usd_per_year
    swings = {(one.input, one.of): one for one in risk.sensitivity}
    gpu_of = {item.model: item.gpu for item in best.option.fleet}
    price = swings["price", gpu_of[LARGE]]
    large = best.option.of_models[1].cost_usd_per_year
    assert price.moves_usd == pytest.approx(0.2 * large)
    # The slower the large model may be, the more machines it takes; the small one stays.
    speed = swings["speed", LARGE]
    assert speed.cost_low_usd is not None
    assert speed.cost_low_usd > best.option.cost_usd_per_year
    rates = [item.price_offer.usd_per_hour for item in best.option.fleet]
    assert risk.calibration.costs_usd == pytest.approx(sum(rates) / 6)
    assert "on one such machine for each model" in " ".join(risk_sentences(risk))
    assert any(f"({LARGE})" in row[0] for row in swing_rows(risk))
    assert [one["model"] for one in risk_json(risk)["recommended"]["fleet"]] == [SMALL, LARGE]
    words = " ".join(plain_risk_sentences(plan.scenario, best.option))
    assert "like those of" in words
    assert "for claims" in words
    year = plan_json(plan)["year_by_hour"]
    # 20 million documents over 8,760 hours, twice that in the busiest.
    assert year["busiest_hour_documents"] == pytest.approx(4566.21, abs=0.01)
    assert [one["model"] for one in year["models"]] == [SMALL, LARGE]


def with_capacity(per_h: float, low: float, high: float) -> Option:
    """An option that processes so many documents an hour, day and night."""
    return replace(
        A100, capacity_documents_per_year=Interval(per_h * 8760, low * 8760, high * 8760)
    )


def test_an_hour_is_too_much_if_it_is_for_one_model() -> None:
    # 750 and 250 documents an hour on average; 691 and 230 from January on, twice in December.
    season = (1.0,) * 11 + (2.0,)
    of_each = [
        Scenario(documents_per_year=8760 * number, season=season) for number in (750.0, 250.0)
    ]
    both_options = with_capacity(2000, 1500, 2500), with_capacity(500, 400, 600)
    together = replace(A100, of_models=both_options, scenarios=tuple(of_each))
    found = year_by_hour(Scenario(documents_per_year=8_760_000, season=season), together)
    december = 730 / 396
    assert found.busiest_hour_documents == pytest.approx(1000 * december)
    # The second fleet is full first: four times its own documents.
    assert found.capacity_documents_per_h == Interval(2000, 1600, 2400)
    assert found.hours_over == Interval(0, 0, 744)
    assert found.most_waiting == pytest.approx(0.0, abs=1e-3)
    assert found.most_waiting_if_slow == pytest.approx(744 * (250 * december - 400))
