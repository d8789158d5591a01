"""Own GPUs are divided between models, and never more are used than are owned."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from sample_plan import A100

from planner.catalog.lookup import Catalog
from planner.entered.owned_hardware import OwnedHardware
from planner.fleet.plan import Option
from planner.fleet.recommendation import Recommendation
from planner.fleet.replanning import Replan
from planner.fleet.scenario import Scenario
from planner.forecast.forecaster import Forecaster
from planner.mixing.divided_stock import divided, own_gpus_used, with_share
from planner.mixing.whole_plan import whole_plan
from planner.money.cost_of_owning import owned_offer
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


def uses_at_most(option: Option, *there: int) -> bool:
    """True if an option runs on no more GPUs of any stock than there are."""
    used = own_gpus_used(option, len(there))
    return all(number <= count for number, count in zip(used, there, strict=True))


def gpus_of(option: Option) -> dict[str, int]:
    """GPUs of each offer's terms."""
    found = Counter[str]()
    for item in option.fleet:
        found[item.price_offer.terms] += item.instances * item.price_offer.gpu_count
    return dict(found)


def asking(model: str, *gpus: int) -> Scenario:
    """A scenario of a model that may use so many of its own GPUs of each stock."""
    stock = OwnedHardware(gpu="L4", count=100, gpus_per_machine=1)
    asked = Scenario(
        documents_per_year=1e6,
        input_tokens=2000,
        output_tokens=100,
        model=model,
        owned=(stock,) * len(gpus),
    )
    return with_share(asked, gpus)


def taking(catalog: Catalog, wanted: dict[str, tuple[int, int]]) -> Replan:
    """Each model takes so many own GPUs of the first stock if it can, and cannot do with fewer
    than the second number; it rents the rest.
    """

    def replan(asked: Scenario) -> Recommendation:
        most, least = wanted[asked.model]
        own = min(most, asked.owned[0].count)
        if own < least:
            return Recommendation(None)
        offer = owned_offer(asked.owned[0], catalog.gpu("L4"), 1, 1)
        item = replace(A100.fleet[0], price_offer=offer, instances=own)
        usd = 1000.0 * own + 9000.0 * (most - own)
        return Recommendation(replace(A100, fleet=(item,), cost_usd_per_year=usd))

    return replan


def shares(asked: list[Scenario], replan: Replan) -> list[tuple[int, ...]]:
    return [tuple(one.count for one in own.owned) for own in divided(asked, replan)]


def test_no_model_gets_more_than_it_may_use(catalog: Catalog) -> None:
    # What is left goes to the dearest that may use it: "b" may use none of the first stock.
    asked = [asking("a", 5, 0), asking("b", 0, 2)]
    rest = shares(asked, taking(catalog, {"a": (3, 0), "b": (9, 0)}))
    assert rest == [(5, 0), (0, 2)]
    # Nothing is feasible for "b": by their equal work each would get half of each stock.
    by_work = shares(asked, taking(catalog, {"a": (3, 0), "b": (9, 1)}))
    assert by_work == [(3, 0), (0, 1)]


def test_each_of_four_models_is_planned_first_once(catalog: Catalog) -> None:
    # Seven GPUs are too few for the eight that they want. After "a" and "b" three are left, too few
    # for "c" and "d"; after "b", "c" and "d" one is left, enough for "a".
    wanted = {"a": (2, 1), "b": (2, 1), "c": (3, 3), "d": (1, 1)}
    found = shares([asking(model, 7) for model in wanted], taking(catalog, wanted))
    assert found == [(1,), (2,), (3,), (1,)]


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
        assert uses_at_most(option, 1)


@pytest.mark.slow
def test_the_division_that_costs_least_is_taken(forecaster: Forecaster, catalog: Catalog) -> None:
    # The claims would take five L4, the invoices two: the own GPUs save most for the claims if
    # they carry them, and the invoices then rent.
    owned = (OwnedHardware(gpu="RTX 3090", count=4, gpus_per_machine=1),)
    found = whole_plan(both(30e6, 40e6, owned=owned), forecaster, catalog)
    best = found.recommended
    assert best is not None
    assert uses_at_most(best, 4)
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
        assert uses_at_most(one.option, 4)
    for lever in found.levers:
        assert uses_at_most(lever.option, 4)
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
        assert uses_at_most(option, 3)
    for remedy in found.remedies:
        again = whole_plan(remedy.scenario, forecaster, catalog).recommended
        assert again is not None, remedy.changed
        assert again.cost_usd_per_year == pytest.approx(remedy.option.cost_usd_per_year)
