"""Large models find machines of every size, and every recommended price can be paid."""

from __future__ import annotations

import pytest

from planner.catalog.lookup import Catalog
from planner.fleet.make_plan import make_plan
from planner.fleet.plan import Plan
from planner.fleet.scenario import Scenario
from planner.forecast.forecaster import Forecaster
from planner.wording.price_sentences import about_price

EQUAL_LENGTHS = {"input_spread": {"fixed": True}, "output_spread": {"fixed": True}}
LLAMA_70B = "meta-llama/Llama-3.1-70B-Instruct"
pytestmark = pytest.mark.slow  # whole catalogue


@pytest.fixture(scope="module")
def plans(forecaster: Forecaster, catalog: Catalog) -> dict[str, Plan]:
    cases: dict[str, dict[str, object]] = {
        "70B 16 bit": {"model": LLAMA_70B, "quantization": "none"},
        "70B fp8 at 15 s": {"model": LLAMA_70B, "quantization": "fp8", "latency_p95_s": 15},
        "235B": {"model": "Qwen/Qwen3-235B-A22B"},
        "405B": {"model": "meta-llama/Llama-3.1-405B-Instruct"},
        "B200": {"gpus": ("B200",)},
        "few documents": {
            "model": "meta-llama/Llama-3.1-8B-Instruct",
            "documents_per_year": 1e5,
            "measured_premium": 10,  # only what was measured: the unmeasured V100 is cheaper
        },
    }
    few: dict[str, object] = {"documents_per_year": 1e6, **EQUAL_LENGTHS}
    return {
        name: make_plan(Scenario.model_validate(few | case), forecaster, catalog)
        for name, case in cases.items()
    }


@pytest.mark.parametrize(
    ("case", "sizes"),
    [
        ("70B 16 bit", {2, 4, 8}),
        ("70B fp8 at 15 s", {1, 2, 4, 8}),
        ("235B", {1, 2, 4, 8}),
        ("405B", {2, 4, 8}),
        ("B200", {1, 2, 4, 8}),
    ],
)
def test_machines_of_all_sizes_that_hold_the_model_are_found(
    plans: dict[str, Plan], case: str, sizes: set[int]
) -> None:
    sold = {o.fleet[0].price_offer.gpu_count for o in plans[case].options if o.meets.all}
    assert sold >= sizes


@pytest.mark.slow
def test_70b_in_16_bit_runs_on_a_machine_of_two_gpus_for_23_652_usd(plans: dict[str, Plan]) -> None:
    pair = [
        o
        for o in plans["70B 16 bit"].options
        if o.meets.all and o.fleet[0].price_offer.gpu_count == 2 and o.basis != "extrapolated"
    ]
    cheapest = min(pair, key=lambda o: o.cost_usd_per_year)
    assert cheapest.fleet[0].gpu == "A100 80GB PCIe"
    assert cheapest.cost_usd_per_year == pytest.approx(2 * 1.35 * 8760)


def test_every_recommended_price_is_of_this_year_and_stands_beside_others(
    plans: dict[str, Plan],
) -> None:
    for name, plan in plans.items():
        assert plan.recommended is not None, name
        item = plan.recommended.fleet[0]
        assert item.price_offer.tier == "list"
        assert item.standing is not None
        assert item.standing.age_days <= 365
        # fewer than three providers are said to be so where the price is shown
        said = " ".join(about_price(item))
        few = {1: "no other one is listed", 2: "the median of 2 providers"}
        assert item.standing.providers >= 3 or few[item.standing.providers] in said, name


def test_few_documents_need_one_small_gpu(plans: dict[str, Plan]) -> None:
    recommended = plans["few documents"].recommended
    assert recommended is not None
    assert (recommended.fleet[0].gpu, recommended.fleet[0].replicas) == ("L4", 1)
    assert recommended.cost_usd_per_year < 4_000
