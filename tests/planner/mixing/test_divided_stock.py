"""Own GPUs are divided between models, and never more are used than are owned."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from planner.catalog.lookup import Catalog
from planner.entered.owned_hardware import OwnedHardware
from planner.fleet.plan import Option
from planner.fleet.scenario import Scenario
from planner.forecast.forecaster import Forecaster
from planner.mixing.divided_stock import own_gpus_used
from planner.mixing.whole_plan import whole_plan
from planner.risk.assess_risk import assess_risk
from planner.workload.document_class import DocumentClass

SMALL, LARGE = "mistralai/Mistral-7B-Instruct-v0.2", "Qwen/Qwen2.5-14B-Instruct"


def both(small: float, large: float, **fields: Any) -> Scenario:
    """So many invoices for a small model and claims for a large one, with weights of 4 bits."""
    classes = [
        DocumentClass(
            name="invoices", documents_per_year=small, input_tokens=2000, output_tokens=100
        ),
        DocumentClass(
            name="claims",
            documents_per_year=large,
            input_tokens=2000,
            output_tokens=100,
            model=LARGE,
        ),
    ]
    case: dict[str, Any] = {
        "documents_per_year": small + large,
        "input_tokens": 2000,
        "output_tokens": 100,
        "classes": classes,
        "model": SMALL,
        "quantization": "awq",
        "gpus": ("L4",),
        "owned": (OwnedHardware(gpu="RTX 3090", count=2, gpus_per_machine=1),),
    }
    return Scenario.model_validate(case | fields)


def gpus_of(option: Option) -> dict[str, int]:
    """GPUs of each offer's terms."""
    found = Counter[str]()
    for item in option.fleet:
        found[item.price_offer.terms] += item.instances * item.price_offer.gpu_count
    return dict(found)


def test_two_models_use_no_more_gpus_than_are_owned(
    forecaster: Forecaster, catalog: Catalog
) -> None:
    # Each takes one GPU of two.
    few = whole_plan(both(5e6, 5e6), forecaster, catalog)
    assert few.recommended is not None
    assert gpus_of(few.recommended) == {"owned": 2}
    # One is there for both: it goes to one of them, and the other rents.
    one = (OwnedHardware(gpu="RTX 3090", count=1, gpus_per_machine=1),)
    short = whole_plan(both(5e6, 5e6, owned=one), forecaster, catalog)
    assert short.recommended is not None
    assert gpus_of(short.recommended)["owned"] == 1
    assert short.recommended.cost_usd_per_year > few.recommended.cost_usd_per_year
    for option in short.options:
        assert own_gpus_used(option, 1) <= (1,)


@pytest.mark.slow
def test_the_division_that_costs_least_is_taken(forecaster: Forecaster, catalog: Catalog) -> None:
    # The claims would take five L4, the invoices two: the own GPUs save most for the claims if
    # they carry them, and the invoices then rent.
    owned = (OwnedHardware(gpu="RTX 3090", count=4, gpus_per_machine=1),)
    found = whole_plan(both(30e6, 40e6, owned=owned), forecaster, catalog)
    best = found.recommended
    assert best is not None
    assert own_gpus_used(best, 1) <= (4,)
    for share in range(5):
        apart = []
        for own, count in zip(best.scenarios, (share, 4 - share), strict=True):
            hardware = (owned[0].model_copy(update={"count": count}),)
            alone = own.model_copy(update={"owned": hardware})
            apart.append(whole_plan(alone, forecaster, catalog, is_part=True).recommended)
        costs = [one.cost_usd_per_year for one in apart if one is not None]
        assert best.cost_usd_per_year <= sum(costs) + 0.01
    risk = assess_risk(found, forecaster, catalog)
    assert risk is not None
    for one in risk.options:
        assert own_gpus_used(one.option, 1) <= (4,)
    for lever in found.levers:
        assert own_gpus_used(lever.option, 1) <= (4,)
        again = whole_plan(lever.scenario, forecaster, catalog).recommended
        assert again is not None
        assert again.cost_usd_per_year == pytest.approx(lever.option.cost_usd_per_year)


@pytest.mark.slow
@pytest.mark.parametrize(
    "fields",
    [
        {"gpus": ("RTX 3090",), "terms": ("spot",)},
        {"gpus": ("L4", "A10G"), "budget_usd_per_year": 3000},
    ],
)
def test_remedies_work_and_use_no_more_than_is_owned(
    fields: dict[str, Any], forecaster: Forecaster, catalog: Catalog
) -> None:
    # Each model takes two or three of the three own GPUs, with the budget they may rent no other.
    owned = (OwnedHardware(gpu="RTX 3090", count=3, gpus_per_machine=1),)
    found = whole_plan(both(60e6, 60e6, owned=owned, **fields), forecaster, catalog)
    assert found.recommended is None
    assert found.remedies
    for option in (*found.options, *(one.option for one in found.remedies)):
        assert own_gpus_used(option, 1) <= (3,)
    for remedy in found.remedies:
        again = whole_plan(remedy.scenario, forecaster, catalog).recommended
        assert again is not None, remedy.changed
        assert again.cost_usd_per_year == pytest.approx(remedy.option.cost_usd_per_year)
