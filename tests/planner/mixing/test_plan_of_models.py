"""Classes that take several models: a fleet for each, and the plan is their sum."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
import yaml

from planner.catalog.lookup import Catalog
from planner.fleet.candidates import replica_of, scenario_of_model
from planner.fleet.plan import Option, Plan
from planner.fleet.scenario import CostItem, Scenario
from planner.fleet.scenario_work import Served, scenarios_by_model
from planner.forecast.forecaster import Forecaster
from planner.mixing.sum_of_options import sum_of
from planner.mixing.whole_plan import whole_plan
from planner.report.deployment_files import deployment_files
from planner.report.json_output import plan_json
from planner.wording.explanation import explain, measure_first
from planner.wording.model_fleet_sentences import model_fleet_sentences
from planner.wording.provenance_sentence import provenance_sentences
from planner.workload.document_class import DocumentClass, Targets

SMALL, LARGE = "mistralai/Mistral-7B-Instruct-v0.2", "Qwen/Qwen2.5-32B-Instruct"
INVOICES = DocumentClass(
    name="invoices", documents_per_year=12e6, input_tokens=2000, output_tokens=100
)
CLAIMS = DocumentClass(
    name="claims",
    documents_per_year=8e6,
    input_tokens=8000,
    output_tokens=150,
    targets=Targets(e2e_p95_s=60),
)
ON_LARGE = CLAIMS.model_copy(update={"model": LARGE})
COMMON: dict[str, Any] = {"quantization": "awq", "gpus": ("L4", "A100 80GB")}


def both(**fields: Any) -> Scenario:
    """Invoices on the small model, claims on the large one."""
    return Scenario.model_validate(
        {
            "documents_per_year": 20e6,
            "input_tokens": 4400,
            "output_tokens": 120,
            "classes": (INVOICES, ON_LARGE),
            "model": SMALL,
            **COMMON,
            **fields,
        }
    )


def alone(one: DocumentClass, model: str, **fields: Any) -> Scenario:
    """One of the classes in a plan of its own."""
    return Scenario.model_validate(
        {
            "documents_per_year": one.documents_per_year,
            "input_tokens": int(one.input_tokens),
            "output_tokens": int(one.output_tokens),
            "classes": (one,),
            "model": model,
            **COMMON,
            **fields,
        }
    )


@pytest.fixture(scope="module")
def together(forecaster: Forecaster, catalog: Catalog) -> Plan:
    return whole_plan(both(), forecaster, catalog)


@pytest.fixture(scope="module")
def apart(forecaster: Forecaster, catalog: Catalog) -> tuple[Plan, Plan]:
    return (
        whole_plan(alone(INVOICES, SMALL), forecaster, catalog),
        whole_plan(alone(CLAIMS, LARGE), forecaster, catalog),
    )


@pytest.mark.slow
def test_the_answer_is_the_sum_of_two_plans_made_alone(
    together: Plan, apart: tuple[Plan, Plan]
) -> None:
    best, (small, large) = together.recommended, (plan.recommended for plan in apart)
    assert best is not None
    assert small is not None
    assert large is not None
    # 1 x L4 at $0.44 and 2 x A100 80GB at $1.38 an hour, for 8,760 hours.
    assert [(one.gpu, one.instances, one.model) for one in best.fleet] == [
        ("L4", 1, SMALL),
        ("A100 80GB", 2, LARGE),
    ]
    assert small.cost_usd_per_year == pytest.approx(3_854.4)
    assert large.cost_usd_per_year == pytest.approx(24_177.6)
    assert best.cost_usd_per_year == pytest.approx(28_032.0)
    assert best.cost_usd_per_1000_documents == pytest.approx(1.4016)
    assert sum(line.usd_per_year for line in best.cost_lines) == pytest.approx(28_032.0)
    assert [item.vllm_command for item in best.fleet] == [
        item.vllm_command for one in (small, large) for item in one.fleet
    ]


def test_one_error_moves_both_fleets_so_the_less_sure_one_decides(
    together: Plan, apart: tuple[Plan, Plan]
) -> None:
    best, (small, large) = together.recommended, (plan.recommended for plan in apart)
    assert best is not None
    assert small is not None
    assert large is not None
    assert best.probability.all == large.probability.all < small.probability.all
    assert best.probability.volume == large.probability.volume
    assert best.probability_one_down.volume == small.probability_one_down.volume == 0.0
    # 1 and 2 machines that each run 99.5 % of the time: 0.995 ^ 3.
    assert best.availability == pytest.approx(0.985074875)
    # The claims' fleet is full first: 20 million x 16.9 / 8.
    assert best.capacity_documents_per_year.value == pytest.approx(
        2.5 * large.capacity_documents_per_year.value
    )
    assert best.utilization == pytest.approx(large.utilization)
    assert best.latency_s == large.latency_s
    assert together.targets == apart[1].targets


def test_the_plan_of_each_model_looks_for_no_levers(
    apart: tuple[Plan, Plan], forecaster: Forecaster, catalog: Catalog
) -> None:
    part = whole_plan(alone(INVOICES, SMALL), forecaster, catalog, is_part=True)
    assert apart[0].levers
    assert part.levers == ()
    assert part.recommended == apart[0].recommended


def test_each_fleet_serves_the_classes_of_its_model(together: Plan) -> None:
    best = together.recommended
    assert best is not None
    served = [[(one.name, one.share) for one in item.serves] for item in best.fleet]
    assert served == [[("invoices", pytest.approx(0.6))], [("claims", pytest.approx(0.4))]]
    assert model_fleet_sentences(best) == (
        "No replica runs two models, so each has machines of its own.",
        f"{SMALL} (awq) serves invoices on 1 x L4, at $3,854 a year and over 99 % sure.",
        f"{LARGE} (awq) serves claims on 2 x A100 80GB, at $24,178 a year and 84 % sure.",
    )


def test_json_lists_the_part_of_each_model(together: Plan) -> None:
    assert together.recommended is not None
    found = plan_json(together)["recommended"]
    assert [item["model"] for item in found["fleet"]] == [SMALL, LARGE]
    assert [(one["model"], one["classes"]) for one in found["models"]] == [
        (SMALL, ["invoices"]),
        (LARGE, ["claims"]),
    ]
    assert sum(one["cost_usd_per_year"] for one in found["models"]) == pytest.approx(28_032.0)
    for one, option in zip(found["models"], together.recommended.of_models, strict=True):
        assert one["concurrency"] == option.fleet[0].concurrency
        assert one["binding_limit"] == option.binding_limit
        assert one["seconds_per_request"] == option.seconds_per_request
        assert (one["basis"], one["meets"]["volume"]) == (option.basis, True)
    command = found["models"][1]["fleet"][0]["vllm_command"]
    assert command.startswith("vllm serve ./Qwen2.5-32B-Instruct-awq ")


def test_a_replica_has_the_model_and_the_context_of_its_own_classes(
    together: Plan, catalog: Catalog
) -> None:
    assert together.recommended is not None
    small, large = (
        replica_of(item, together.scenario, catalog) for item in together.recommended.fleet
    )
    assert (small.model.hf_id, large.model.hf_id) == (SMALL, LARGE)
    assert [one.engine.max_model_len for one in (small, large)] == [
        item.max_model_len for item in together.recommended.fleet
    ]


@pytest.mark.slow
def test_costs_that_are_the_same_whatever_runs_count_once(
    forecaster: Forecaster, catalog: Catalog
) -> None:
    items = (
        CostItem(name="Team", amount=100_000, unit="usd_per_fte_year"),
        CostItem(name="Support", amount=0.1, unit="share_of_gpu_cost"),
        CostItem(name="Post", amount=0.01, unit="usd_per_1000_documents"),
        CostItem(name="VAT", amount=19, unit="percent_tax"),
    )
    found = whole_plan(both(other_costs=items), forecaster, catalog).recommended
    assert found is not None
    lines = {line.name: line.usd_per_year for line in found.cost_lines[2:]}
    # 28,032 of machines; tax on everything but the team: 19 % of 28,032 + 2,803.2 + 200.
    assert lines == pytest.approx(
        {"Team": 100_000, "Support": 2_803.2, "Post": 200, "VAT": 5_896.688}
    )
    assert found.cost_usd_per_year == pytest.approx(136_931.888)


@pytest.mark.slow
def test_the_budget_is_for_all_models_together(forecaster: Forecaster, catalog: Catalog) -> None:
    enough = whole_plan(both(budget_usd_per_year=28_032), forecaster, catalog)
    assert enough.recommended is not None
    assert enough.recommended.meets.budget
    short = whole_plan(both(budget_usd_per_year=28_000), forecaster, catalog)
    assert short.recommended is None
    [closest] = short.options
    assert closest.meets.missed == ("budget",)
    first = short.remedies[0]
    assert (first.changed, first.value) == ("budget", 28_032.0)
    again = whole_plan(first.scenario, forecaster, catalog).recommended
    assert again is not None
    assert again.cost_usd_per_year == pytest.approx(28_032.0)


@pytest.mark.slow
def test_years_add_up(forecaster: Forecaster, catalog: Catalog) -> None:
    growing: dict[str, Any] = {"growth_per_year": 0.5, "years": 3}
    found = whole_plan(both(**growing), forecaster, catalog)
    parts = [
        whole_plan(alone(INVOICES, SMALL, **growing), forecaster, catalog),
        whole_plan(alone(CLAIMS, LARGE, **growing), forecaster, catalog),
    ]
    for year, small, large in zip(found.years, parts[0].years, parts[1].years, strict=True):
        assert year.documents == pytest.approx(20e6 * 1.5 ** (year.year - 1))
        assert year.machines == (*small.machines, *large.machines)
        assert year.cost_usd_per_year == pytest.approx(
            small.cost_usd_per_year + large.cost_usd_per_year
        )
    assert found.next_machine_month == min(
        plan.next_machine_month for plan in parts if plan.next_machine_month is not None
    )
    assert found.present_value_usd == pytest.approx(
        sum(plan.present_value_usd or 0.0 for plan in parts)
    )


OVERNIGHT = INVOICES.model_copy(update={"targets": Targets(done_within_h=12)})
OFFICE_HOURS: dict[str, Any] = {
    "hours_per_week": 50,
    "processing_hours_per_week": 168,
    "peak_factor": 3,
    "pay_only_for_hours": True,
}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fields", "machines"),
    [({"spare_replicas": 1}, (2, 3)), ({"min_replicas": 2}, (2, 2)), (OFFICE_HOURS, (1, 15))],
)
def test_policies_hold_for_each_model_as_in_a_plan_of_its_own(
    fields: dict[str, Any], machines: tuple[int, int], forecaster: Forecaster, catalog: Catalog
) -> None:
    classes = (OVERNIGHT, ON_LARGE)
    best = whole_plan(both(classes=classes, **fields), forecaster, catalog).recommended
    own = [
        whole_plan(alone(one, model, **fields), forecaster, catalog).recommended
        for one, model in ((OVERNIGHT, SMALL), (CLAIMS, LARGE))
    ]
    assert best is not None
    assert tuple(item.instances for item in best.fleet) == machines
    assert best.cost_usd_per_year == pytest.approx(
        sum(one.cost_usd_per_year for one in own if one is not None)
    )
    # Invoices wait and are processed at night too, so only the claims' machines are switched off.
    night = 0.44 * 8760 * machines[0]
    day = 1.38 * 8760 * machines[1] * (50 / 168 if "pay_only_for_hours" in fields else 1)
    assert best.cost_usd_per_year == pytest.approx(night + day)


def test_a_hosted_api_for_each_model_stands_beside_the_fleets(
    together: Plan, apart: tuple[Plan, Plan]
) -> None:
    first = together.hosted[0]
    cheapest = [next(one for one in plan.hosted if one.is_open) for plan in apart]
    assert first.usd_per_year == pytest.approx(sum(one.usd_per_year for one in cheapest))
    assert first.model == f"{cheapest[0].model} + {cheapest[1].model}"
    assert first.bill.provider == "DeepInfra + OpenRouter"
    [gpt] = [one for one in together.hosted if one.model == "gpt-4.1"]
    # $57,600 for the invoices and $137,600 for the claims.
    assert gpt.usd_per_year == pytest.approx(195_200)
    assert together.hosted_lever is not None
    assert together.hosted_lever.saves_usd_per_year == pytest.approx(28_032 - first.usd_per_year)


def test_classes_of_one_name_keep_the_model_of_their_replicas(
    together: Plan, catalog: Catalog
) -> None:
    assert together.recommended is not None
    classes = (INVOICES, ON_LARGE.model_copy(update={"name": "invoices"}))
    served = (Served("invoices", 0.5),)
    items = [replace(item, serves=served) for item in together.recommended.fleet]
    found = [scenario_of_model(item, both(classes=classes), catalog) for item in items]
    assert [one.model for one in found] == [SMALL, LARGE]
    best = replace(together.recommended, fleet=tuple(items))
    alike = replace(together, scenario=both(classes=classes), recommended=best)
    manifest = yaml.safe_load_all(deployment_files(alike, catalog)["kubernetes.yaml"])
    assert sum(one["kind"] == "Service" for one in manifest) == 2


def test_the_class_decides_if_one_quantization_is_left_open(
    together: Plan, catalog: Catalog
) -> None:
    assert together.recommended is not None
    item = together.recommended.fleet[0]
    stated = CLAIMS.model_copy(update={"quantization": "awq"})
    asked = both(classes=(stated, INVOICES), quantization=None)
    assert item.quantization == "awq"
    found = scenario_of_model(item, asked, catalog)
    assert [one.name for one in found.classes] == ["invoices"]


@pytest.mark.parametrize("published", [0, None])
def test_models_are_measured_if_each_is(
    published: int | None, together: Plan, catalog: Catalog
) -> None:
    best = together.recommended
    assert best is not None
    small, large = best.of_models
    assert small.is_measured
    assert large.provenance is not None
    few = None if published is None else replace(large.provenance, of_kind=published)
    asked = scenarios_by_model(both(), catalog)

    def is_measured(other: Option) -> bool:
        return sum_of(both(), list(zip(asked, (small, other), strict=True))).is_measured

    assert not is_measured(replace(large, basis="reference", provenance=few))
    # A run of one's own is enough if nothing is published.
    assert is_measured(replace(large, basis="calibrated", provenance=few))


@pytest.mark.slow
def test_replicas_of_each_model_scale_with_their_own_load(
    forecaster: Forecaster, catalog: Catalog
) -> None:
    in_a_week = {"documents_per_year": 120e6, "targets": Targets(done_within_h=168)}
    many = INVOICES.model_copy(update=in_a_week)
    hours: dict[str, Any] = {**OFFICE_HOURS, "pay_only_for_hours": False}
    asked = both(classes=(many, ON_LARGE), documents_per_year=128e6, **hours)
    plan = whole_plan(asked, forecaster, catalog)
    assert plan.recommended is not None
    manifest = yaml.safe_load_all(deployment_files(plan, catalog)["kubernetes.yaml"])
    scaled = [one["spec"] for one in manifest if one["kind"] == "HorizontalPodAutoscaler"]
    busiest = [item.replicas for item in plan.recommended.fleet]
    assert [one["maxReplicas"] for one in scaled] == busiest
    # Invoices are processed at one pace all week; for the claims the busiest hour has three times
    # the documents of the average one.
    assert [one["minReplicas"] for one in scaled] == [busiest[0], math.ceil(busiest[1] / 3)]


@pytest.mark.slow
def test_a_mixed_fleet_of_one_model_is_in_the_mix_of_all(
    forecaster: Forecaster, catalog: Catalog
) -> None:
    # For 46 million documents the last machine of one kind would be nearly idle.
    gpus: dict[str, Any] = {
        "gpus": ("RTX A6000", "RTX 6000 Ada", "A40"),
        "accept_extrapolated": True,
    }
    many = INVOICES.model_copy(
        update={"documents_per_year": 46e6, "input_tokens": 8000, "output_tokens": 150}
    )
    asked = both(documents_per_year=54e6, classes=(many, ON_LARGE), **gpus)
    plan = whole_plan(asked, forecaster, catalog)
    own = whole_plan(alone(many, SMALL, **gpus), forecaster, catalog)
    assert plan.mix is not None
    assert own.mix is not None
    assert plan.mix.option is not None
    assert plan.mix.saves_usd_per_year == pytest.approx(own.mix.saves_usd_per_year)
    assert plan.mix.solver.status == "optimal"
    assert plan.mix.option in plan.options
    assert [option.meets.all for option in plan.mix.option.of_models] == [True, True]


@pytest.mark.slow
def test_the_least_budget_is_that_of_mixed_fleets(forecaster: Forecaster, catalog: Catalog) -> None:
    # One kind: 79 x L4 at $0.44 and 5 x A100 at $1.38 an hour, $364,942. Mixed: 69 x L4 for the
    # small model, 4 x A100 and a machine of 2 L4 for the large one: 8,760 x (71 x 0.44 + 4 x 1.38).
    waited_for = INVOICES.model_copy(
        update={
            "documents_per_year": 80e6,
            "input_tokens": 6000,
            "output_tokens": 150,
            "targets": Targets(e2e_p95_s=30),
        }
    )
    in_a_day = INVOICES.model_copy(
        update={
            "name": "in a day",
            "documents_per_year": 80e6,
            "targets": Targets(done_within_h=24),
        }
    )
    on_large = ON_LARGE.model_copy(
        update={"documents_per_year": 4e6, "input_tokens": 6000, "targets": Targets()}
    )
    asked = both(
        documents_per_year=164e6,
        classes=(waited_for, in_a_day, on_large),
        peak_factor=3,
        hours_per_week=60,
        budget_usd_per_year=300_000,
    )
    short = whole_plan(asked, forecaster, catalog)
    assert short.recommended is None
    first = short.remedies[0]
    assert (first.changed, first.value) == ("budget", 322_018.0)
    enough = whole_plan(first.scenario, forecaster, catalog)
    assert enough.recommended is not None
    assert enough.recommended.cost_usd_per_year == pytest.approx(322_017.6)
    assert enough.recommended.meets.all
    assert enough.mix is not None
    assert enough.mix.option is enough.recommended
    assert enough.years[0].cost_usd_per_year == pytest.approx(322_017.6)


def test_the_evidence_of_each_model_is_told_and_the_weakest_counts(together: Plan) -> None:
    best = together.recommended
    assert best is not None
    assert best.provenance is not None
    told = provenance_sentences(best)
    assert [one.split(" (")[0] for one in told] == [
        f"{SMALL} on 1 x L4",
        f"{LARGE} on 2 x A100 80GB",
    ]
    known = [one.provenance.of_kind for one in best.of_models if one.provenance is not None]
    assert best.provenance.of_kind == min(known)
    # What was measured here needs no published measurement, so the other model's evidence counts.
    small, large = best.of_models
    assert small.provenance is not None
    own = replace(small, basis="calibrated", provenance=replace(small.provenance, of_kind=0))
    found = sum_of(both(), list(zip(best.scenarios, (own, large), strict=True)))
    assert found.provenance == large.provenance
    assert "Together they can process about" in explain(together)
    untried = replace(large, basis="extrapolated", provenance=replace(best.provenance, of_kind=0))
    unmeasured = sum_of(both(), list(zip(best.scenarios, (small, untried), strict=True)))
    [first] = measure_first(replace(together, recommended=unmeasured, cheapest_measured=None))
    assert first.startswith(
        f"Measure first: nobody has measured A100 80GB with {LARGE} or the like"
    )
    assert f"% of the forecast speed of {LARGE}, it is enough." in first
    assert SMALL not in first


def test_a_limit_that_one_model_misses_and_the_other_does_not_have_is_missed(
    forecaster: Forecaster, catalog: Catalog
) -> None:
    hurried = ON_LARGE.model_copy(update={"targets": Targets(e2e_p95_s=0.01)})
    short = whole_plan(both(classes=(INVOICES, hurried)), forecaster, catalog)
    assert short.recommended is None
    [nearest] = short.options
    assert nearest.meets.latency is False
    assert nearest.obstacles == ("latency",)
