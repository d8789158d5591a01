"""The answer of a plan in sentences, and what a measurement would decide."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest
from sample_plan import A100, EMPTY_PLAN, FEASIBLE_PLAN, H100, INFEASIBLE_PLAN, L4, T4, less_sure

from planner.fleet.plan import Infeasible
from planner.fleet.refusals import DoesNotFit, NoPriceOffer, RefusedByVllm
from planner.fleet.scenario import Scenario
from planner.forecast.bottleneck import BindingLimit
from planner.wording.backlog_sentence import backlog_sentence
from planner.wording.explanation import (
    bottleneck_sentence,
    configuration,
    details,
    explain,
    headline,
    machine_down_sentence,
    recommendation_label,
    verdict_of,
)
from planner.workload.backlog import Backlog
from planner.workload.document_class import DocumentClass, Targets


def test_a_recommendation_is_told_with_its_cost_its_capacity_and_its_bottleneck() -> None:
    assert explain(FEASIBLE_PLAN) == (
        "1 x A100 80GB at $29,756 a year, 93 % sure to keep up and answer in time. It can process "
        "about 26.1 million such documents a year (22 to 30.4 million); its utilization is 77 %. "
        "Prompt processing is the bottleneck. Faster arithmetic, shorter prompts or prefix caching "
        "would help; more than 16 parallel requests would not. Its one machine runs 99.5 % of "
        "the time; nothing runs while it is down."
    )
    assert recommendation_label(FEASIBLE_PLAN, A100) == "Recommended"


def test_without_a_feasible_option_the_closest_is_named() -> None:
    assert headline(INFEASIBLE_PLAN) == "No configuration meets every limit"
    assert details(INFEASIBLE_PLAN) == (
        "The closest is 1 x A100 80GB at $29,756 a year, 93 % sure to keep up and answer in time."
    )


def test_without_any_option_the_reasons_are_pointed_to() -> None:
    assert explain(EMPTY_PLAN) == (
        "None of the GPUs considered can run this model. The reasons are listed below."
    )


def test_what_vllm_refuses_on_every_gpu_is_told_at_once() -> None:
    refused = RefusedByVllm(("It is published in bitsandbytes.",), "bitsandbytes")
    old = RefusedByVllm(("No AWQ below 7.5.", "It is published in bitsandbytes."), "gptq or none")
    unpriced = Infeasible("L2", None, None, NoPriceOffer(()))
    everywhere = tuple(
        Infeasible(gpu, 1, "awq", why) for gpu, why in (("T4", refused), ("V100 16GB", old))
    )
    plan = replace(EMPTY_PLAN, infeasible=(*everywhere, unpriced))
    assert details(plan) == "It is published in bitsandbytes. What would help: bitsandbytes."
    too_small = Infeasible("A10", 1, "awq", DoesNotFit("too small", None))
    others = replace(plan, infeasible=(*everywhere, too_small))
    assert details(others) == "The reasons are listed below."


def test_what_nobody_measured_is_recommended_with_what_a_measurement_would_decide() -> None:
    # 93 % are 1.4758 sd; ln(30.4 / 26.1) / 1.645 = 0.0927 a sd: exp(-1.4758 x 0.0927) = 87 %
    unmeasured = replace(A100, basis="extrapolated", provenance=None)
    plan = replace(FEASIBLE_PLAN, recommended=unmeasured, cheapest_measured=H100)
    assert details(plan).startswith(
        "Measure first: nobody has measured this GPU with such a model and these weights. If ten "
        "minutes of planner calibrate measure at least 87 % of the forecast speed, it is enough; "
        "if not, take 1 x H100 SXM at $52,385, the cheapest that was measured. It can "
    )
    assert recommendation_label(plan, unmeasured) == "Recommended, measure first"
    alone = replace(plan, cheapest_measured=None)
    assert "of the forecast speed, it is enough. It can " in details(alone)


def test_a_fleet_that_is_sure_beyond_the_largest_error_asks_for_the_speed_of_that_one() -> None:
    # Whether a fleet bears more than 4 sd is not known: exp(-4 x 0.0927) = 69 %
    certain = replace(A100.probability, volume=1.0, latency=None)
    idle = replace(A100, basis="extrapolated", provenance=None, probability=certain)
    assert idle.without_spares.work == 1.0
    assert "at least 69 % of the forecast speed" in details(
        replace(FEASIBLE_PLAN, recommended=idle)
    )


def test_something_cheaper_that_nobody_measured_is_named_beside_what_was() -> None:
    cheaper = replace(
        A100, basis="extrapolated", provenance=None, cost_usd_per_year=25_000.0, fleet=L4.fleet
    )
    plan = replace(FEASIBLE_PLAN, cheapest_sure=cheaper)
    assert details(plan).startswith(
        "5 x L4 would cost $4,756 less, but nobody has measured its kind. If ten minutes of "
        "planner calibrate measure at least 87 % of the forecast speed, it is enough. It can "
    )
    assert recommendation_label(plan, A100) == "Recommended"


def test_with_a_machine_down_a_fleet_is_less_sure() -> None:
    fleet = (replace(A100.fleet[0], replicas=2, instances=2),)
    left = replace(A100.probability, volume=0.4)
    pair = replace(A100, fleet=fleet, availability=0.99, one_down=lambda: left)
    assert machine_down_sentence(pair) == (
        "Its 2 machines all run 99 % of the time; with one down it is 40 % sure."
    )


def test_with_its_spare_machine_down_a_fleet_is_still_sure() -> None:
    fleet = (replace(A100.fleet[0], replicas=2, instances=2, spare_instances=1),)
    spare = replace(A100, fleet=fleet, availability=0.99997, one_down=lambda: A100.probability)
    assert machine_down_sentence(spare) == (
        "With its spare machine down it is 93 % sure; the machines that it needs run over 99.99 % "
        "of the time."
    )


def test_a_verdict_is_the_limits_missed_before_what_is_lacking() -> None:
    other = replace(A100, cost_usd_per_year=30_000.0)
    unmeasured = replace(other, basis="extrapolated", provenance=None)
    assert verdict_of(FEASIBLE_PLAN, A100) == "recommended"
    assert verdict_of(FEASIBLE_PLAN, other) == "meets all limits"
    assert verdict_of(FEASIBLE_PLAN, T4) == "misses volume and answer time"
    assert verdict_of(FEASIBLE_PLAN, less_sure(A100, 0.56)) == "not sure enough"
    assert verdict_of(FEASIBLE_PLAN, unmeasured) == "not measured"
    assert verdict_of(FEASIBLE_PLAN, less_sure(unmeasured, 0.56)) == "not sure enough"


@pytest.mark.parametrize("limit", get_args(BindingLimit))
def test_every_bottleneck_has_its_sentence(limit: BindingLimit) -> None:
    assert bottleneck_sentence(replace(A100, binding_limit=limit)).endswith(".")


def test_replicas_of_several_gpus_are_told_apart_from_single_ones() -> None:
    [item] = A100.fleet
    pair = replace(A100, fleet=(replace(item, gpu_count=2, replicas=3),))
    assert configuration(A100) == "1 x A100 80GB"
    assert configuration(pair) == "3 replicas of 2 x A100 80GB"
    lone = replace(pair, fleet=(replace(item, gpu_count=2, replicas=1),))
    assert configuration(lone) == "1 replica of 2 x A100 80GB"


def test_documents_that_wait_do_so_for_minutes_or_hours_and_kinds_without_a_limit_too() -> None:
    claims, letters = (
        DocumentClass(
            name=name, documents_per_year=1, input_tokens=1, output_tokens=1, targets=targets
        )
        for name, targets in (("Claims", Targets(done_within_h=14)), ("Letters", Targets()))
    )
    short = replace(A100, backlog=Backlog(2_310.4, 0.335))
    assert backlog_sentence(Scenario(classes=(claims,)), short) == (
        "Up to 2,310 documents wait at once, and each is done within 20.1 minutes of its arrival."
    )
    mails, notes = (letters.model_copy(update={"name": name}) for name in ("Mails", "Notes"))
    four = Scenario(classes=(claims, letters, mails, notes))
    assert (backlog_sentence(four, short) or "").endswith(
        "; Letters, Mails and Notes may wait too, as no limit is set for them."
    )
    night = replace(short, backlog=Backlog(2_310.4, 14.0))
    assert backlog_sentence(Scenario(classes=(claims, letters)), night) == (
        "Up to 2,310 documents wait at once, and each is done within 14 hours of its arrival; "
        "Letters may wait too, as no limit is set for them."
    )
