"""Why a configuration or a GPU is not feasible, and what would make it so."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sample_plan import A100, FEASIBLE_PLAN, L4, RTX_3090, SCENARIO, T4, V100_REFUSAL, less_sure

from planner.catalog.lookup import load_catalog
from planner.fleet.plan import Infeasible, MissesLimits, WhyNot
from planner.fleet.refusals import DoesNotFit, NoPriceOffer
from planner.report.pdf_evidence import evidence_for
from planner.report.pdf_summary import summary
from planner.wording.why_not import (
    gpus_of,
    infeasible_reason,
    infeasible_remedy,
    infeasible_sentence,
    reason_of,
    remedy_of,
    why_not_rows,
)


def test_what_misses_no_limit_has_no_reason() -> None:
    assert reason_of(SCENARIO, A100) is None
    assert remedy_of(SCENARIO, A100) is None


def test_each_limit_that_is_missed_has_its_reason_and_its_remedy() -> None:
    # 5 L4 at 0.8048 USD an hour: 5 x 0.8048 x 8760 = 35,250 USD a year
    assert reason_of(SCENARIO, L4) == (
        "answer time: 95 % of answers take up to 61 s in the busiest hour; the limit is 30 s; "
        "budget: costs $35,250 a year, $5,250 over the budget of $30,000"
    )
    assert remedy_of(SCENARIO, L4) == "more replicas and a larger budget"


def test_a_fleet_that_cannot_keep_up_needs_more_replicas() -> None:
    assert reason_of(SCENARIO, T4) == (
        "volume: it cannot keep up with the documents; answer time: in the busiest hour documents "
        "arrive faster than they are processed"
    )
    assert remedy_of(SCENARIO, T4) == "more replicas"


def test_more_replicas_than_the_budget_pays_take_a_larger_budget() -> None:
    # one A100 costs $29,756 a year, a second one as much again
    unsure = less_sure(A100, 0.6)
    with_budget = SCENARIO.model_copy(update={"budget_usd_per_year": 59_500})
    assert remedy_of(with_budget, unsure) == "more replicas and a larger budget"
    with_budget = SCENARIO.model_copy(update={"budget_usd_per_year": 59_512})
    assert remedy_of(with_budget, unsure) == "more replicas"
    assert remedy_of(SCENARIO.model_copy(update={"budget_usd_per_year": None}), unsure) == (
        "more replicas"
    )


def test_the_probability_with_a_provider_down_is_told_as_such() -> None:
    down = replace(A100.probability, volume=0.6)
    spare = replace(A100.fleet[0], spare_instances=1)
    unsure = replace(less_sure(A100, 0.9), fleet=(spare,), one_down=lambda: A100.probability)
    spread = replace(unsure, probability_place_down=down)
    scenario = SCENARIO.model_copy(update={"spread_over": "provider"})
    assert reason_of(scenario, spread) == (
        "volume: it is 60 % sure with one provider down instead of 80 % to keep up"
    )
    spares_missed_more = replace(spread, one_down=lambda: replace(down, volume=0.5))
    assert reason_of(scenario, spares_missed_more) == (
        "volume: it is 50 % sure without spare machines instead of 80 % to keep up"
    )
    plan = replace(FEASIBLE_PLAN, scenario=scenario, recommended=spread, options=(spread,))
    volume = summary(plan, evidence_for(plan, load_catalog(), ()))["verdicts"][0]
    assert volume["figure"] == "60 % sure with one provider down"


def test_a_limit_under_the_time_of_a_lone_document_is_told_as_such() -> None:
    slow = replace(RTX_3090, unloaded_latency_s=40.0)
    assert reason_of(SCENARIO, slow) == (
        "answer time: a document takes 40 s even if it is alone; the limit is 30 s"
    )
    assert remedy_of(SCENARIO, slow) == "an answer-time limit above 40 s, or shorter documents"


def test_what_would_be_enough_by_the_central_forecast_is_told_with_its_probability() -> None:
    unsure = less_sure(A100, 0.6)
    assert reason_of(SCENARIO, unsure) == "volume: it is 60 % sure instead of 80 % to keep up"
    in_time = replace(A100.probability, latency=0.56)
    late = replace(A100, probability=in_time, meets=replace(A100.meets, latency=False))
    assert reason_of(SCENARIO, late) == (
        "answer time: it is 56 % sure instead of 80 % to answer within 30 s"
    )


def test_a_budget_is_printed_so_that_it_pays_for_the_configuration() -> None:
    # 29,755.97 USD a year
    dear = replace(A100, meets=replace(A100.meets, budget=False))
    assert remedy_of(SCENARIO, dear) == "a budget of $29,756"


@pytest.mark.parametrize(
    ("why", "reason", "remedy"),
    [
        (
            NoPriceOffer(()),
            "no current price offer with terms on-demand",
            "add a price offer for it",
        ),
        (
            NoPriceOffer((("reserved-1y", "list"), ("spot", "marketplace"))),
            "no current price offer with terms on-demand",
            "consider reserved-1y (list), spot (marketplace)",
        ),
        (DoesNotFit("No available memory", "more GPUs"), "No available memory", "more GPUs"),
        (
            MissesLimits(RTX_3090),
            "answer time: 95 % of answers take up to 48 s in the busiest hour; the limit is 30 s",
            "more replicas",
        ),
    ],
)
def test_every_kind_of_obstacle_is_put_in_words(why: WhyNot, reason: str, remedy: str) -> None:
    entry = Infeasible("L4", 2, "awq", why)
    assert infeasible_reason(SCENARIO, entry) == reason
    assert infeasible_sentence(SCENARIO, entry) == f"{reason}."
    assert infeasible_remedy(SCENARIO, entry) == remedy
    assert gpus_of(entry) == "2 x L4"


def test_vllms_refusal_is_quoted_as_the_sentence_that_it_is() -> None:
    refusal = "AWQ needs compute capability 7.5 in vLLM 0.11.0; this card has 7.0."
    assert infeasible_reason(SCENARIO, V100_REFUSAL) == refusal
    assert infeasible_sentence(SCENARIO, V100_REFUSAL) == refusal
    assert infeasible_remedy(SCENARIO, V100_REFUSAL) == "GPTQ, or another card"
    assert gpus_of(V100_REFUSAL) == "V100 16GB"


def test_gpus_with_the_same_reason_share_a_row() -> None:
    unpriced = [
        Infeasible(gpu, None, None, NoPriceOffer(())) for gpu in ("V100S", "L2", "A2", "A30")
    ]
    small = [Infeasible(gpu, 1, "awq", DoesNotFit("too small", "L40S")) for gpu in ("T4", "A10")]
    rows = why_not_rows(SCENARIO, [V100_REFUSAL, *unpriced[:2], *small, *unpriced[2:]])
    assert [(row.gpus, row.quantization, row.reason, row.remedy) for row in rows] == [
        (
            "V100 16GB",
            "awq",
            "AWQ needs compute capability 7.5 in vLLM 0.11.0; this card has 7.0.",
            "GPTQ, or another card",
        ),
        (
            "4 GPUs",
            None,
            "V100S, L2, A2, A30: no current price offer with terms on-demand.",
            "add a price offer for it",
        ),
        ("T4, A10", "awq", "too small.", "L40S"),
    ]
