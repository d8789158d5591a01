"""Remedies if every document costs something by itself."""

from __future__ import annotations

from typing import Any

import pytest

from planner.catalog.lookup import Catalog
from planner.entered.cost_item import CostItem
from planner.fleet.make_plan import make_plan, recommendation_for
from planner.fleet.scenario import Scenario
from planner.forecast.forecaster import Forecaster

POSTAGE = CostItem(name="postage", amount=1.0, unit="usd_per_1000_documents")


@pytest.mark.parametrize("limits", [{}, {"latency_p95_s": 60.0}])
def test_the_volume_is_the_largest_that_machines_and_documents_leave_money_for(
    limits: dict[str, Any], forecaster: Forecaster, catalog: Catalog
) -> None:
    asked = Scenario(
        documents_per_year=1e9,
        gpus=("L4",),
        quantization="awq",
        budget_usd_per_year=200_000,  # less than the postage alone
        other_costs=(POSTAGE,),
        **limits,
    )
    plan = make_plan(asked, forecaster, catalog)
    [fewer] = [remedy for remedy in plan.remedies if remedy.changed == "volume"]
    assert fewer.option.meets.all
    postage = next(line for line in fewer.option.cost_lines if line.name == "postage")
    assert postage.usd_per_year == pytest.approx(fewer.value / 1000)
    more = fewer.scenario.model_copy(update={"documents_per_year": fewer.value * 1.011})
    assert recommendation_for(more, forecaster, catalog).chosen is None


def test_the_volume_is_found_as_closely_if_answers_leave_most_of_the_capacity_idle(
    forecaster: Forecaster, catalog: Catalog
) -> None:
    # A GPU that answers alone just in time carries a hundredth of what it could process.
    asked = Scenario(
        documents_per_year=196_743.0,
        input_tokens=500,
        output_tokens=400,
        model="openai/gpt-oss-20b",
        gpus=("A10G",),
        hours_per_week=60.0,
        latency_p95_s=6.42,
        budget_usd_per_year=10_000,
        confidence=0.5,
    )
    plan = make_plan(asked, forecaster, catalog)
    [fewer] = [remedy for remedy in plan.remedies if remedy.changed == "volume"]
    assert fewer.option.utilization < 0.05
    more = fewer.scenario.model_copy(update={"documents_per_year": fewer.value * 1.011})
    assert recommendation_for(more, forecaster, catalog).chosen is None
