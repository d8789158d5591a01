"""Hosted APIs and cost curves of whole plans."""

from __future__ import annotations

import pytest

from planner.catalog.lookup import Catalog
from planner.fleet.candidates import Candidate, replica_of
from planner.fleet.growth import costs_by_volume
from planner.fleet.make_plan import make_plan
from planner.fleet.scenario import Scenario
from planner.forecast.forecaster import Forecaster
from planner.vllm.compatibility import check

ARTICLE = Scenario(gpus=("A100 80GB",), quantization="awq")


def gpt_4o_usd(scenario: Scenario, forecaster: Forecaster, catalog: Catalog) -> float:
    plan = make_plan(scenario, forecaster, catalog)
    return next(one.usd_per_year for one in plan.hosted if one.model == "gpt-4o")


@pytest.mark.slow
def test_the_bill_counts_batches_and_cached_tokens(
    forecaster: Forecaster, catalog: Catalog
) -> None:
    def usd(**fields: float) -> float:
        return gpt_4o_usd(ARTICLE.model_copy(update=fields), forecaster, catalog)

    # 20 million x (8,000 x 2.50 + 150 x 10) / 10^6; the spread of the lengths changes nothing.
    assert usd() == pytest.approx(430_000, rel=1e-6)
    assert usd(done_within_h=24.0) == pytest.approx(215_000, rel=1e-6)
    assert usd(done_within_h=12.0) == pytest.approx(430_000, rel=1e-6)
    # Half of the prompts at 1.25: 20 million x 4,000 x 1.25 / 10^6 less.
    assert usd(prefix_hit_share=0.5) == pytest.approx(330_000, rel=1e-6)


@pytest.mark.slow
def test_the_cost_curve_passes_through_the_recommended_fleet(
    forecaster: Forecaster, catalog: Catalog
) -> None:
    best = make_plan(ARTICLE, forecaster, catalog).recommended
    assert best is not None
    item = best.fleet[0]
    deployment = replica_of(item, ARTICLE, catalog)
    candidate = Candidate(deployment, check(deployment), (item.price_offer,))
    curve = costs_by_volume(ARTICLE, forecaster, candidate, item.price_offer)
    assert curve[40] == (pytest.approx(20e6), pytest.approx(best.cost_usd_per_year))
    dollars = [usd for _, usd in curve]
    assert dollars == sorted(dollars)
    assert dollars[0] < dollars[-1]
