"""The risk of fleets of several kinds of machines: one error moves all parts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from planner.catalog.lookup import Catalog
from planner.fleet.scenario import FleetPart, Scenario
from planner.fleet.sizing import Demand
from planner.forecast.forecaster import Forecaster
from planner.forecast.pace import Pace
from planner.mixing.whole_plan import whole_plan
from planner.report.risk_json import risk_json
from planner.risk.assess_risk import Risk, assess_risk
from planner.risk.fleet_of_parts import fleet_of_parts
from planner.risk.fleet_under_samples import outcome, outcome_of_shared
from planner.wording.risk_sentences import risk_sentences
from planner.workload.arrival_rates import AT_ONE_RATE
from planner.workload.document_class import DocumentClass, Targets

LETTERS = DocumentClass(
    name="letters", documents_per_year=12e6, input_tokens=1500, output_tokens=100
)
CLAIMS = DocumentClass(
    name="claims", documents_per_year=8e6, input_tokens=8000, output_tokens=150,
    targets=Targets(e2e_p95_s=60),
)  # fmt: skip
CASE: dict[str, Any] = {
    "documents_per_year": 20e6,
    "input_tokens": 4100,
    "output_tokens": 120,
    "classes": (LETTERS, CLAIMS),
    "quantization": "awq",
    "gpus": ("L4", "A100 80GB"),
}
STATED = CASE | {
    "fleet": (FleetPart(gpu="L4", replicas=2), FleetPart(gpu="A100 80GB", replicas=1)),
    "documents_per_year": 70e6,
}
SPREAD = CASE | {"spread_over": "provider"}
MIXED: dict[str, Any] = {  # as in test_class_mix.py, with a budget between the mix and one kind
    "documents_per_year": 48e6,
    "gpus": ("RTX A6000", "RTX 6000 Ada", "A40"),
    "quantization": "awq",
    "accept_extrapolated": True,
}


def within_the_mix(forecaster: Forecaster, catalog: Catalog) -> dict[str, Any]:
    """The fields of a scenario whose budget only a mixed fleet keeps."""
    mix = whole_plan(Scenario.model_validate(MIXED), forecaster, catalog).mix
    assert mix is not None
    assert mix.option is not None
    return MIXED | {"budget_usd_per_year": mix.option.cost_usd_per_year + 1.0}


def risk_of(fields: dict[str, Any], forecaster: Forecaster, catalog: Catalog) -> Risk:
    plan = whole_plan(Scenario.model_validate(fields), forecaster, catalog)
    found = assess_risk(plan, forecaster, catalog)
    assert found is not None
    assert len(found.recommended.option.fleet) > 1
    return found


@pytest.mark.parametrize("fields", [STATED, SPREAD, MIXED])
def test_with_a_volume_that_is_certain_it_is_as_sure_as_the_plan_says(
    fields: dict[str, Any], forecaster: Forecaster, catalog: Catalog
) -> None:
    if fields is MIXED:
        fields = within_the_mix(forecaster, catalog)
    found = risk_of(fields, forecaster, catalog)
    said = found.recommended.option.without_spares.work
    assert found.recommended.probability_all == pytest.approx(said, abs=0.02)


def test_a_spare_machine_does_not_count(forecaster: Forecaster, catalog: Catalog) -> None:
    with_spare = risk_of(
        STATED | {"documents_per_year": 30e6, "spare_replicas": 1}, forecaster, catalog
    ).recommended
    assert with_spare.probability_all == pytest.approx(
        with_spare.option.probability_one_down.work, abs=0.02
    )


def test_more_documents_than_expected_make_it_less_sure(
    forecaster: Forecaster, catalog: Catalog
) -> None:
    certain = risk_of(STATED, forecaster, catalog)
    wide = risk_of(STATED | {"volume_high": 120e6}, forecaster, catalog)
    assert wide.recommended.probability_all < certain.recommended.probability_all - 0.05
    costs = [one.option.cost_usd_per_year for one in wide.options]
    larger = [one for one in wide.options[1:] if len(one.option.fleet) > 1]
    assert larger
    assert max(one.probability_all for one in larger) > wide.recommended.probability_all
    assert costs[1:] == sorted(costs[1:])


def test_it_is_told_in_json_and_in_words(forecaster: Forecaster, catalog: Catalog) -> None:
    found = risk_of(STATED, forecaster, catalog)
    written = risk_json(found)
    assert written["recommended"]["probability"]["all"] == found.recommended.probability_all
    assert [one["gpu"] for one in written["recommended"]["fleet"]] == ["L4", "A100 80GB"]
    assert {swing.input for swing in found.sensitivity} == {"price"}
    assert [swing.of for swing in found.sensitivity] == ["A100 80GB", "L4"]
    assert any("keeps every limit with a probability of" in said for said in risk_sentences(found))


def test_parts_that_are_alike_are_one_fleet() -> None:
    """Two and three of the same replicas do what five do."""
    pace = Pace(
        concurrency=4,
        requests_per_s=1.0,
        seconds_by_concurrency=np.array([1.0, 0.6, 0.5, 0.4]),
        log_sd=0.2,
    )  # fmt: skip
    demand = Demand(busiest_per_s=3.0, max_utilization=0.95)
    rng = np.random.default_rng(1)
    volume, error = np.exp(0.3 * rng.standard_normal(500)), rng.standard_normal(500)
    samples = {"volume": volume, "error": error}
    whole = outcome(demand, pace, 5, AT_ONE_RATE, **samples)
    halves = outcome_of_shared([(demand, pace, 2), (demand, pace, 3)], AT_ONE_RATE, **samples)
    assert (whole.keeps_up == halves.keeps_up).all()
    np.testing.assert_allclose(whole.short, halves.short, atol=1e-12)


def test_the_parts_are_those_of_the_plan(forecaster: Forecaster, catalog: Catalog) -> None:
    asked = Scenario.model_validate(within_the_mix(forecaster, catalog))
    plan = whole_plan(asked, forecaster, catalog)
    best = plan.recommended
    assert best is not None
    found = fleet_of_parts(plan.scenario, best, forecaster, catalog)
    assert found.fleet.errors_borne().probability(1.0) == best.probability
