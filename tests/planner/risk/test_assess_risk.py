"""The risk of whole plans: one GPU, so that a plan is quick."""

from __future__ import annotations

from typing import Any

import pytest

from planner.catalog.lookup import Catalog
from planner.fleet.make_plan import make_plan
from planner.fleet.scenario import Scenario
from planner.forecast.forecaster import Forecaster
from planner.risk.assess_risk import Risk, assess_risk
from planner.risk.sensitivity import Swing
from planner.wording.risk_sentences import option_rows, risk_sentences, swing_rows


@pytest.fixture(scope="module")
def risk(forecaster: Forecaster, catalog: Catalog) -> Any:
    def of(**fields: Any) -> Risk:
        case = {"gpus": ("A100 80GB",), "quantization": "awq", "documents_per_year": 200e6}
        plan = make_plan(Scenario(**(case | fields)), forecaster, catalog)
        found = assess_risk(plan, forecaster, catalog)
        assert found is not None
        return found

    return of


def swing(found: Risk, name: str) -> Swing:
    return next(one for one in found.sensitivity if one.input == name)


@pytest.mark.slow
def test_with_a_certain_volume_the_probability_is_that_of_the_plan(risk: Any) -> None:
    found = risk(latency_p95_s=30, spare_replicas=1)
    for one in found.options:
        assert one.probability_all == pytest.approx(one.option.without_spares.all, abs=0.01)
    assert found.cheapest_sure is found.recommended
    assert found.least_regret is None


def test_an_uncertain_volume_takes_more_machines_to_be_as_sure(risk: Any) -> None:
    found = risk(volume_low=100e6, volume_high=400e6)
    best = found.recommended
    assert best.probability_all < best.option.probability.all
    assert found.cheapest_sure is not None
    assert found.cheapest_sure.option.fleet[0].replicas > best.option.fleet[0].replicas
    assert found.cheapest_sure.probability_all >= 0.8
    costs = [one.option.cost_usd_per_year for one in found.options[1:]]
    assert costs == sorted(costs)
    dearer_are_surer = sorted(one.probability_all for one in found.options)
    assert (
        dearer_are_surer[-1]
        == max(found.options, key=lambda one: one.option.cost_usd_per_year).probability_all
    )


def test_with_a_dear_shortfall_the_least_regret_is_a_larger_fleet(risk: Any) -> None:
    volume = {"volume_low": 100e6, "volume_high": 400e6}
    dear = risk(**volume, shortfall_usd_per_document=1.0)
    cheap = risk(**volume, shortfall_usd_per_document=1e-5)

    def replicas(found: Risk) -> int:
        assert found.least_regret is not None
        return found.least_regret.option.fleet[0].replicas

    assert replicas(cheap) < cheap.recommended.option.fleet[0].replicas < replicas(dear)
    for one in dear.options:
        assert one.usd is not None
        assert one.usd.shortfall == pytest.approx(one.expected_short * 1.0)
        cost = one.option.cost_usd_per_year
        assert one.usd.expected == pytest.approx(cost + one.usd.shortfall)
    # Regret and expected cost rank alike.
    by_regret = sorted(dear.options, key=lambda one: one.usd.expected_regret)
    assert by_regret == sorted(dear.options, key=lambda one: one.usd.expected)


def test_the_sensitivity_of_what_is_known_by_hand(risk: Any) -> None:
    found = risk()
    best = found.recommended.option
    price = swing(found, "price")
    assert (price.cost_low_usd, price.cost_high_usd) == (
        pytest.approx(0.9 * best.cost_usd_per_year),
        pytest.approx(1.1 * best.cost_usd_per_year),
    )
    # Twice the documents take twice the machines, but for a rounding of one each (to the cent).
    doubled = risk(volume_low=100e6, volume_high=400e6)
    volume = swing(doubled, "volume")
    instances = best.fleet[0].instances
    machine = best.cost_usd_per_year / instances
    assert volume.cost_low_usd is not None
    assert volume.cost_high_usd is not None
    assert abs(round(volume.cost_low_usd / machine) - instances / 2) <= 1
    assert abs(round(volume.cost_high_usd / machine) - 2 * instances) <= 1
    assert doubled.sensitivity[0].input == "volume"
    assert [one.input for one in doubled.sensitivity] == [
        one.input for one in sorted(doubled.sensitivity, key=lambda one: -one.moves_usd)
    ]
    assert len({one.input for one in doubled.sensitivity}) == 7


@pytest.mark.slow
def test_an_answer_that_cannot_be_as_long_is_told(risk: Any) -> None:
    # 32,768 tokens are the most that the model holds: 31,000 in and a tenth more is not possible.
    longest = swing(risk(documents_per_year=1e6, input_tokens=31_000), "input_length")
    assert longest.cost_low_usd is not None
    assert longest.cost_high_usd is None
    assert longest.is_infeasible


def test_a_calibration_narrows_the_forecast_and_is_worth_more_if_more_depends_on_it(
    risk: Any,
) -> None:
    small, large = risk(documents_per_year=1e6), risk(documents_per_year=2e9)
    assert small.calibration.saves_usd_per_year == 0.0
    assert 0.0 < large.calibration.log_sd_after < large.calibration.log_sd_before
    assert large.calibration.saves_usd_per_year > 10 * large.calibration.costs_usd
    price = large.recommended.option.fleet[0].price_offer.usd_per_hour
    assert large.calibration.costs_usd == pytest.approx(price / 6)


def test_a_plan_without_a_recommendation_has_no_risk(
    forecaster: Forecaster, catalog: Catalog
) -> None:
    impossible = Scenario(gpus=("A100 80GB",), quantization="awq", latency_p95_s=0.001)
    plan = make_plan(impossible, forecaster, catalog)
    assert assess_risk(plan, forecaster, catalog) is None


@pytest.mark.slow
def test_the_risk_is_the_same_each_time_and_is_said_in_words(risk: Any) -> None:
    fields = {"volume_high": 300e6, "shortfall_usd_per_document": 0.01, "latency_p95_s": 20}
    found, again = risk(**fields), risk(**fields)
    assert found.options == again.options
    assert found.calibration == again.calibration
    sentences = risk_sentences(found)
    assert sentences[0].startswith("If the volume is 200 million to 300 million documents a year (")
    assert "fall short on average, which costs $" in sentences[0]
    assert len(option_rows(found)) == len(found.options)
    assert len(swing_rows(found)) == 7
