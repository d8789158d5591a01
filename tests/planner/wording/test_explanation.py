"""The answer of a plan in sentences, and where a recommendation falls short."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest
from sample_plan import A100, EMPTY_PLAN, FEASIBLE_PLAN, INFEASIBLE_PLAN, SCENARIO, T4

from planner.fleet.bottleneck import BindingLimit
from planner.wording.explanation import (
    bottleneck_sentence,
    configuration,
    details,
    explain,
    headline,
    recommendation_label,
    shortfall_phrases,
    verdict_of,
)


def test_a_recommendation_is_told_with_its_cost_its_capacity_and_its_bottleneck() -> None:
    assert explain(FEASIBLE_PLAN) == (
        "1 x A100 80GB at $29,756 a year, 93 % sure to keep up. It can process about 26.1 million "
        "such documents a year (22 to 30.4 million); its utilization is 77 %. Prompt processing "
        "is the bottleneck. Faster arithmetic, shorter prompts or prefix caching would help; more "
        "than 16 parallel requests would not."
    )
    assert recommendation_label(FEASIBLE_PLAN, A100) == "Recommended"


def test_without_a_feasible_option_the_closest_is_named() -> None:
    assert headline(INFEASIBLE_PLAN) == "No configuration meets every limit"
    assert details(INFEASIBLE_PLAN) == (
        "The closest is 1 x A100 80GB at $29,756 a year, 93 % sure to keep up."
    )


def test_without_any_option_the_reasons_are_pointed_to() -> None:
    assert explain(EMPTY_PLAN) == (
        "None of the GPUs considered can run this model. The reasons are listed below."
    )


def test_less_sure_than_asked_for_is_said_before_anything_else() -> None:
    unsure = replace(A100, probability_meets_volume=0.56)
    plan = replace(FEASIBLE_PLAN, recommended=unsure)
    assert details(plan).startswith(
        "It falls short of what was asked for: it is less than 80 % sure to keep up. It can "
    )
    assert recommendation_label(plan, unsure) == "Closest to what was asked"


def test_a_gpu_that_nobody_measured_is_named_as_such() -> None:
    assert shortfall_phrases(SCENARIO, ("unsure", "unmeasured")) == (
        "it is less than 80 % sure to keep up and nobody has measured this GPU with these weights"
    )
    assert shortfall_phrases(SCENARIO, ()) == ""


def test_a_verdict_is_the_limits_missed_before_what_is_lacking() -> None:
    unsure = replace(A100, probability_meets_volume=0.56)
    assert verdict_of(SCENARIO, A100) == "meets all limits"
    assert verdict_of(SCENARIO, T4) == "misses volume and answer time"
    assert verdict_of(SCENARIO, unsure) == "not sure enough"
    assert verdict_of(SCENARIO, replace(A100, basis="extrapolated")) == "not measured"
    assert verdict_of(SCENARIO, replace(unsure, basis="extrapolated")) == "not sure enough"


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
