"""The fleets of several models on other GPUs use the own GPUs that the others leave."""

from __future__ import annotations

import pytest

from planner.catalog.lookup import Catalog
from planner.entered.owned_hardware import OwnedHardware
from planner.fleet.scenario import Scenario
from planner.forecast.forecaster import Forecaster
from planner.mixing.divided_stock import own_gpus_used
from planner.mixing.whole_plan import whole_plan
from planner.money.cost_of_owning import stock_name
from planner.money.own_stock import stock_of
from planner.risk.fleets_compared import fleets_compared
from planner.workload.document_class import DocumentClass

SMALL, LARGE = "mistralai/Mistral-7B-Instruct-v0.2", "Qwen/Qwen2.5-14B-Instruct"


@pytest.mark.slow
def test_each_model_may_move_to_the_stock_that_no_other_uses(
    forecaster: Forecaster, catalog: Catalog
) -> None:
    # Both run on the RTX 3090, which draw least, and the A10G are idle.
    case = Scenario(
        documents_per_year=10e6,
        input_tokens=2000,
        output_tokens=100,
        classes=tuple(
            DocumentClass(
                name=model,
                documents_per_year=5e6,
                input_tokens=2000,
                output_tokens=100,
                model=model,
            )
            for model in (SMALL, LARGE)
        ),
        model=SMALL,
        quantization="awq",
        gpus=("L4",),
        owned=(
            OwnedHardware(gpu="RTX 3090", count=2, gpus_per_machine=1, watts=100),
            OwnedHardware(gpu="A10G", count=2, gpus_per_machine=1, watts=300),
        ),
    )
    plan = whole_plan(case, forecaster, catalog)
    assert plan.recommended is not None
    assert own_gpus_used(plan.recommended, 2) == (2, 0)
    found = fleets_compared(plan, plan.recommended, forecaster, catalog)
    stocks = [[stock_of(item.price_offer) for item in one.option.fleet] for one in found]
    assert ["own 2", "own 1"] in stocks
    assert ["own 1", "own 2"] in stocks
    for one in found:
        assert all(used <= 2 for used in own_gpus_used(one.option, 2))
        for item in one.option.fleet:
            number = {"RTX 3090": 1, "A10G": 2}[item.gpu]
            assert stock_of(item.price_offer) == stock_name(number)
