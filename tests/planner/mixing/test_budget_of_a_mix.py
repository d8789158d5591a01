"""A budget that only a mixed fleet keeps."""

from __future__ import annotations

import pytest

from planner.catalog.lookup import Catalog
from planner.fleet.plan import Plan
from planner.fleet.scenario import Scenario
from planner.forecast.forecaster import Forecaster
from planner.mixing.whole_plan import whole_plan
from planner.report.json_output import plan_json
from planner.wording.explanation import configuration
from planner.wording.remedy_sentences import what_would_help
from tests.planner.mixing.test_cost_of_a_mix import MIXED


@pytest.fixture(scope="module")
def free(forecaster: Forecaster, catalog: Catalog) -> Plan:
    return whole_plan(MIXED, forecaster, catalog)


@pytest.mark.slow
def test_the_remedy_is_the_budget_of_the_mix_if_that_is_less(
    free: Plan, forecaster: Forecaster, catalog: Catalog
) -> None:
    assert free.mix is not None
    assert free.mix.option is not None
    mixed = free.mix.option
    below = MIXED.model_copy(update={"budget_usd_per_year": mixed.cost_usd_per_year - 1.0})
    short = whole_plan(below, forecaster, catalog)
    assert short.recommended is None
    first = short.remedies[0]
    assert first.changed == "budget"
    assert mixed.cost_usd_per_year <= first.value < mixed.cost_usd_per_year + 1.0
    assert what_would_help(short)[0].startswith(
        f"raise the budget to ${first.value:,.0f} a year: {configuration(mixed)}, "
    )
    fed_back = Scenario.model_validate(plan_json(short)["remedies"][0]["scenario"])
    again = whole_plan(fed_back, forecaster, catalog).recommended
    assert again is not None
    assert again.meets.all
    assert again.cost_usd_per_year == first.option.cost_usd_per_year == mixed.cost_usd_per_year
    less = fed_back.model_copy(update={"budget_usd_per_year": first.value - 1.01})
    assert whole_plan(less, forecaster, catalog).recommended is None


def test_one_kind_that_costs_no_more_stays_the_remedy(
    forecaster: Forecaster, catalog: Catalog
) -> None:
    alone = Scenario(gpus=("L4",), quantization="awq", budget_usd_per_year=1_000)
    [budget] = [r for r in whole_plan(alone, forecaster, catalog).remedies if r.changed == "budget"]
    assert len(budget.option.fleet) == 1
