"""A replica over several machines, if no single machine holds the model."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from planner.catalog.lookup import Catalog
from planner.catalog.model_spec import ModelSpec
from planner.entered.owned_hardware import OwnedHardware
from planner.errors import InputError
from planner.fleet.make_plan import make_plan
from planner.fleet.plan import FleetItem, Plan
from planner.fleet.refusals import DoesNotFit, TooFewOwned
from planner.fleet.replica_sizes import sizes_on_machines
from planner.fleet.scenario import Scenario
from planner.forecast.forecaster import Forecaster
from planner.vllm.deployment import Deployment
from planner.vllm.engine_settings import EngineConfig
from planner.vllm.memory import sized
from planner.wording.explanation import machine_down_sentence
from planner.wording.risk_sentences import risk_sentences
from planner.wording.why_not import infeasible_remedy, infeasible_sentence, own_hardware_sentences

R1 = "deepseek-ai/DeepSeek-R1"
LLAMA = "meta-llama/Meta-Llama-3.1-405B"
HOURS = 8760

USD_OF_8_H100 = 25.6
"""Hyperstack n3-H100-SXM5x8, on demand, 2026-10-01: the cheapest in ``prices.csv``."""


def plan_of(
    forecaster: Forecaster, catalog: Catalog, *, model: str = R1, gpus: Any = ("H100 SXM",),
    **more: Any,
) -> Plan:  # fmt: skip
    fields = {"model": model, "gpus": gpus, "documents_per_year": 1e6} | more
    return make_plan(Scenario.model_validate(fields), forecaster, catalog)


def recommended(plan: Plan) -> FleetItem:
    assert plan.recommended is not None
    return plan.recommended.fleet[0]


def test_a_model_too_large_for_a_machine_is_planned_on_two(
    forecaster: Forecaster, catalog: Catalog
) -> None:
    # 671 billion parameters in FP8 are 625 GiB, and eight H100 have 8 x 79.2 = 634 GiB.
    plan = plan_of(forecaster, catalog)
    item = recommended(plan)
    assert (item.replicas, item.gpu_count, item.stages) == (1, 16, 2)
    assert item.price_offer.machines_in(item.instances) == 2
    assert plan.recommended is not None
    assert plan.recommended.cost_usd_per_year == pytest.approx(2 * USD_OF_8_H100 * HOURS)
    assert "2 x Hyperstack n3-H100-SXM5x8" in plan.recommended.cost_lines[0].name
    words = " ".join(item.vllm_command)
    assert "--tensor-parallel-size 8 --pipeline-parallel-size 2" in words
    assert "--distributed-executor-backend ray" in words
    assert any("spans 2 machines" in note for note in item.notes)
    assert "machines" in {setting.name for setting in plan.recommended.settings}


@pytest.mark.parametrize(
    ("model", "quantization", "gpu", "machines"),
    [
        (LLAMA, "none", "H100 SXM", 2),  # 811 GB over 16 x 80 GB
        (LLAMA, "none", "A100 80GB", 2),
        (R1, "fp8", "A100 80GB", 2),
    ],
)
def test_the_fewest_machines_that_hold_it(
    model: str, quantization: str, gpu: str, machines: int, forecaster: Forecaster, catalog: Catalog
) -> None:
    item = recommended(
        plan_of(forecaster, catalog, model=model, quantization=quantization, gpus=(gpu,))
    )
    assert (item.gpu_count, item.stages) == (8 * machines, machines)
    assert item.price_offer.machines == machines


def test_nothing_changes_if_a_machine_holds_the_model(
    forecaster: Forecaster, catalog: Catalog
) -> None:
    plan = plan_of(forecaster, catalog, gpus=("H100 SXM", "H200"))
    assert {option.fleet[0].gpu for option in plan.options} == {"H200"}
    assert all(option.fleet[0].price_offer.machines == 1 for option in plan.options)
    assert [one.gpu for one in plan.infeasible if isinstance(one.why, DoesNotFit)] == ["H100 SXM"]


def test_a_spare_is_a_whole_replica(forecaster: Forecaster, catalog: Catalog) -> None:
    plan = plan_of(forecaster, catalog, spare_replicas=1)
    item, best = recommended(plan), plan.recommended
    assert best is not None
    assert (item.replicas, item.price_offer.machines_in(item.instances)) == (2, 4)
    assert best.cost_usd_per_year == pytest.approx(4 * USD_OF_8_H100 * HOURS)
    # At most one of two pairs is down, each of which runs 0.995 squared of the time.
    pair = 0.995**2
    assert best.availability == pytest.approx(pair**2 + 2 * pair * (1 - pair))
    assert "its 2 spare machines down" in machine_down_sentence(best)


def test_both_machines_must_run(forecaster: Forecaster, catalog: Catalog) -> None:
    best = plan_of(forecaster, catalog).recommended
    assert best is not None
    assert best.availability == pytest.approx(0.995**2)
    assert best.probability_one_down.work == 0.0


def test_the_forecast_is_wider_than_that_of_a_pipeline_on_one_machine(
    forecaster: Forecaster, catalog: Catalog
) -> None:
    best = plan_of(forecaster, catalog).recommended
    assert best is not None
    assert best.log_sd > (0.2**2 + 0.2**2) ** 0.5


def test_own_machines_are_joined(forecaster: Forecaster, catalog: Catalog) -> None:
    own = OwnedHardware(
        gpu="H100 SXM", count=24, gpus_per_machine=8, price_usd=30_000, host_watts=2_000,
        age_years=1,
    )  # fmt: skip
    plan = plan_of(forecaster, catalog, gpus=(), owned=(own,), terms=("owned",))
    item = recommended(plan)
    assert (item.replicas, item.price_offer.machines_in(item.instances)) == (1, 2)
    assert plan.recommended is not None
    lines = {line.name: line.usd_per_year for line in plan.recommended.cost_lines}
    # (16 x 700 W + 2 x 2,000 W) x PUE 1.54 x 0.146 USD/kWh x 8,760 h
    assert lines["2 x own 8 x H100 SXM, electricity"] == pytest.approx(
        15.2 * 1.54 * 0.146 * HOURS, rel=1e-6
    )
    # 16 x 30,000 USD lose three quarters in four years
    assert lines["2 x own 8 x H100 SXM, depreciation"] == pytest.approx(480_000 * 0.75 / 4)


def test_own_machines_are_joined_beside_rented_ones_that_hold_the_model(
    forecaster: Forecaster, catalog: Catalog
) -> None:
    own = OwnedHardware(gpu="H100 SXM", count=16, gpus_per_machine=8)
    plan = plan_of(forecaster, catalog, gpus=("H200",), owned=(own,))
    item = recommended(plan)
    assert (item.price_offer.terms, item.price_offer.machines) == ("owned", 2)
    terms = {option.fleet[0].gpu: option.fleet[0].price_offer.terms for option in plan.options}
    assert terms == {"H100 SXM": "owned", "H200": "on-demand"}


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (32, "Your own 32 x H100 SXM are not enough alone: of the documents"),
        (
            40,
            "Your own 32 x H100 SXM are not enough alone (1 machine left over, as a replica spans "
            "2): of the documents",
        ),
    ],
)
def test_an_own_machine_without_a_second_one_is_told(
    count: int, said: str, forecaster: Forecaster, catalog: Catalog
) -> None:
    own = OwnedHardware(gpu="H100 SXM", count=count, gpus_per_machine=8)
    plan = plan_of(
        forecaster, catalog, gpus=(), owned=(own,), terms=("owned",), documents_per_year=1e9
    )
    [sentence] = own_hardware_sentences(plan)
    assert sentence.startswith(said)


@pytest.mark.parametrize(
    ("count", "spares", "said", "helps"),
    [
        (
            *(8, 0, "1 machine owned, and the fleet takes 2."),
            "fewer replicas, or more machines of your own",
        ),
        (
            *(24, 1, "3 machines owned, and the fleet takes 4, 2 of them spare."),
            "fewer spare machines, or more of your own",
        ),
    ],
)
def test_too_few_own_machines_are_told(
    count: int, spares: int, said: str, helps: str, forecaster: Forecaster, catalog: Catalog
) -> None:
    own = OwnedHardware(gpu="H100 SXM", count=count, gpus_per_machine=8)
    plan = plan_of(
        forecaster, catalog, gpus=(), owned=(own,), terms=("owned",), spare_replicas=spares
    )
    assert plan.recommended is None
    [entry] = [one for one in plan.infeasible if one.gpu == "H100 SXM"]
    assert isinstance(entry.why, TooFewOwned)
    assert entry.why.machines == count // 8
    assert infeasible_sentence(plan.scenario, entry) == said
    assert infeasible_remedy(plan.scenario, entry) == helps


def test_machines_of_a_stated_fleet_are_counted_one_by_one(
    forecaster: Forecaster, catalog: Catalog
) -> None:
    from planner.mixing.whole_plan import whole_plan

    # Three machines of eight are one pair and one left over; two replicas take two pairs.
    own = OwnedHardware(gpu="H100 SXM", count=24, gpus_per_machine=8)
    fleet = ({"gpu": "H100 SXM", "gpu_count": 16, "replicas": 2},)
    fields = {"model": R1, "fleet": fleet, "owned": (own,), "terms": ("owned",)}
    plan = whole_plan(Scenario.model_validate(fields), forecaster, catalog)
    [said] = {infeasible_sentence(plan.scenario, entry) for entry in plan.infeasible}
    assert said == "3 machines owned, and the fleet takes 4."


def test_stated_stages_are_divided_over_the_machines(
    forecaster: Forecaster, catalog: Catalog
) -> None:
    item = recommended(plan_of(forecaster, catalog, pipeline_parallel_size=4))
    assert (item.gpu_count, item.stages, item.price_offer.machines) == (16, 4, 2)
    assert "--tensor-parallel-size 4 --pipeline-parallel-size 4" in " ".join(item.vllm_command)


def test_a_model_too_large_for_four_machines_is_refused(
    forecaster: Forecaster, catalog: Catalog
) -> None:
    plan = plan_of(forecaster, catalog, model=LLAMA, quantization="none", gpus=("L4",))
    assert plan.recommended is None
    [entry] = plan.infeasible
    assert isinstance(entry.why, DoesNotFit)


def test_four_machines_hold_each_listed_checkpoint_but_one(catalog: Catalog) -> None:
    # The weights of Qwen3.8-2.4T in 16 bit are 4,840 GB, and 32 x 80 GB are 2,560 GB.
    gpu, few = catalog.gpu("H100 SXM"), EngineConfig(max_model_len=2048, max_num_seqs=16)

    def holds(model: ModelSpec) -> bool:
        quantization = model.native_quantization
        for size in sizes_on_machines(model, None, 8):
            engine = replace(few, pipeline_parallel_size=size.stages, machines=size.machines)
            if sized(Deployment(gpu, size.gpus, model, quantization, engine)).fits:
                return True
        return False

    large = [model for model in catalog.models if model.params > 250e9]
    assert [model.name for model in large if not holds(model)] == ["Qwen3.8-2.4T-A95B"]


def test_more_documents_take_more_whole_replicas(forecaster: Forecaster, catalog: Catalog) -> None:
    few, many = (
        recommended(plan_of(forecaster, catalog, documents_per_year=volume))
        for volume in (1e6, 1e9)
    )
    assert few.replicas == 1 < many.replicas
    assert many.price_offer.machines_in(many.instances) == 2 * many.replicas


def test_a_number_of_gpus_that_no_replica_has_is_refused(
    forecaster: Forecaster, catalog: Catalog
) -> None:
    from planner.mixing.whole_plan import whole_plan

    scenario = Scenario.model_validate(
        {"model": R1, "fleet": ({"gpu": "H100 SXM", "gpu_count": 12, "replicas": 1},)}
    )
    with pytest.raises(InputError, match="1, 2, 4, 8 of them, or 16, 24, 32 on several machines"):
        whole_plan(scenario, forecaster, catalog)


def test_a_stated_fleet_of_joined_machines_is_judged(
    forecaster: Forecaster, catalog: Catalog
) -> None:
    from planner.mixing.whole_plan import whole_plan

    fleet = ({"gpu": "H100 SXM", "gpu_count": 16, "replicas": 2},)
    plan = whole_plan(
        Scenario.model_validate({"model": R1, "fleet": fleet, "documents_per_year": 1e6}),
        forecaster,
        catalog,
    )
    item = recommended(plan)
    assert (item.replicas, item.price_offer.machines_in(item.instances)) == (2, 4)
    assert plan.recommended is not None
    assert plan.recommended.cost_usd_per_year == pytest.approx(4 * USD_OF_8_H100 * HOURS)


KIMI = "moonshotai/Kimi-K2-Instruct"
FOURS = OwnedHardware(gpu="H100 SXM", count=32, gpus_per_machine=4)
"""Four machines of four make 16 GPUs in four stages; two rented ones of eight make two."""


def kimi(**more: Any) -> Scenario:
    fields = {"model": KIMI, "quantization": "fp8", "owned": (FOURS,), "documents_per_year": 1e6}
    return Scenario.model_validate(fields | {"gpus": ("H100 SXM",)} | more)


def test_a_stated_fleet_is_on_own_machines_that_are_smaller_than_the_rented_ones(
    forecaster: Forecaster, catalog: Catalog
) -> None:
    from planner.mixing.whole_plan import whole_plan

    planned = whole_plan(kimi(), forecaster, catalog)
    stated = {"gpu": "H100 SXM", "gpu_count": 16, "replicas": 1}
    judged = whole_plan(kimi(fleet=(stated,)), forecaster, catalog)
    for plan in (planned, judged):
        item = recommended(plan)
        assert (item.gpu_count, item.stages, item.price_offer.machines) == (16, 4, 4)
        assert item.price_offer.terms == "owned"
    assert judged.recommended is not None
    assert planned.recommended is not None
    cost = judged.recommended.cost_usd_per_year
    assert cost == pytest.approx(planned.recommended.cost_usd_per_year)


def test_more_replicas_than_own_machines_hold_are_on_rented_ones(
    forecaster: Forecaster, catalog: Catalog
) -> None:
    from planner.mixing.whole_plan import whole_plan

    stated = {"gpu": "H100 SXM", "gpu_count": 16, "replicas": 3}
    item = recommended(whole_plan(kimi(fleet=(stated,)), forecaster, catalog))
    assert (item.stages, item.price_offer.machines, item.price_offer.terms) == (2, 2, "on-demand")


def test_the_risk_is_that_of_the_replica_on_own_machines(
    forecaster: Forecaster, catalog: Catalog
) -> None:
    from planner.risk.fleet_of_parts import sized_item

    item = recommended(make_plan(kimi(), forecaster, catalog))
    found = sized_item(kimi(), item, forecaster, catalog)
    assert found.replica.deployment.engine.pipeline_parallel_size == item.stages == 4
    assert {offer.terms for offer in found.candidate.offers} == {"owned"}


def test_own_machines_that_hold_it_are_not_lost_beside_too_few_larger_ones(
    forecaster: Forecaster, catalog: Catalog
) -> None:
    from planner.mixing.whole_plan import whole_plan

    one_of_eight = OwnedHardware(gpu="H100 SXM", count=8, gpus_per_machine=8)
    stated = {"gpu": "H100 SXM", "gpu_count": 16, "replicas": 2}
    owned = {"owned": (FOURS, one_of_eight), "terms": ("owned",), "gpus": ()}
    item = recommended(whole_plan(kimi(fleet=(stated,), **owned), forecaster, catalog))
    assert (item.stages, item.price_offer.machines, item.instances) == (4, 4, 2)


def test_a_calibration_is_on_a_whole_set(forecaster: Forecaster, catalog: Catalog) -> None:
    from planner.risk.assess_risk import assess_risk

    risk = assess_risk(plan_of(forecaster, catalog), forecaster, catalog)
    assert risk is not None
    # ten minutes of 2 x 25.60 USD an hour
    said = "Ten minutes of planner calibrate on such a set of 2 machines cost $8.53"
    assert any(sentence.startswith(said) for sentence in risk_sentences(risk))
