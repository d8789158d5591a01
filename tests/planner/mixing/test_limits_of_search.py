"""The smallest change of one limit each with which a mixed or a spread fleet is enough."""

from __future__ import annotations

from typing import Any

import pytest

from planner.catalog.lookup import Catalog
from planner.fleet.scenario import Scenario
from planner.forecast.forecaster import Forecaster
from planner.mixing.whole_plan import whole_plan
from planner.report.json_output import plan_json
from tests.planner.mixing.test_cost_of_a_mix import MIXED
from tests.planner.mixing.test_limits_of_fleet import check

SPREAD: dict[str, Any] = {
    "gpus": ("L4", "A100 80GB"), "quantization": "awq", "spread_over": "provider",
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(
    ("limits", "changed"),
    [
        (
            {"budget_usd_per_year": 22_000.0, "confidence": 0.95},
            {"budget", "volume", "confidence"},
        ),
        ({"spread_over": "region", "budget_usd_per_year": 15_000.0}, {"budget", "volume"}),
    ],
)
def test_each_limit_of_a_spread_fleet_has_its_smallest_change(
    limits: dict[str, Any], changed: set[str], forecaster: Forecaster, catalog: Catalog
) -> None:
    plan = whole_plan(Scenario(**SPREAD | limits), forecaster, catalog)
    assert plan.recommended is None
    assert changed <= {remedy.changed for remedy in plan.remedies}
    assert changed <= check(plan, forecaster, catalog)


@pytest.mark.slow
def test_a_mix_carries_more_for_the_budget_than_machines_of_one_kind(
    forecaster: Forecaster, catalog: Catalog
) -> None:
    mix = whole_plan(MIXED, forecaster, catalog).mix
    assert mix is not None
    assert mix.option is not None
    below = MIXED.model_copy(update={"budget_usd_per_year": mix.option.cost_usd_per_year - 1.0})
    plan = whole_plan(below, forecaster, catalog)
    assert plan.recommended is None
    assert {"budget", "volume"} <= check(plan, forecaster, catalog)
    for remedy, written in zip(plan.remedies, plan_json(plan)["remedies"], strict=True):
        typed_back = Scenario.model_validate(written["scenario"])
        again = whole_plan(typed_back, forecaster, catalog).recommended
        assert again is not None
        assert again.cost_usd_per_year == remedy.option.cost_usd_per_year
