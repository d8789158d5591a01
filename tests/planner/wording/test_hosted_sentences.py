"""What is said about hosted APIs, and when it is said first."""

from __future__ import annotations

from dataclasses import replace

from sample_plan import EMPTY_PLAN, FEASIBLE_PLAN, INFEASIBLE_PLAN

from planner.fleet.plan import Plan
from planner.money.hosted_alternative import Hosted, Likeness
from planner.money.hosted_bill import Bill
from planner.report.json_output import plan_json
from planner.wording.explanation import explain
from planner.wording.hosted_sentences import (
    hosted_first,
    hosted_line,
    hosted_rows,
    hosted_sentences,
)


def api(usd: float, provider: str = "Cloud", likeness: Likeness = "same model") -> Hosted:
    return Hosted(likeness, "org/model-7b", Bill(provider, usd, False, "2026-11", "fixture"))


def with_apis(*hosted: Hosted, plan: Plan = FEASIBLE_PLAN) -> Plan:
    return replace(plan, hosted=hosted)


def test_an_api_that_is_ten_times_cheaper_is_said_first() -> None:
    # The fleet costs 3.3968 x 8,760 = $29,756 a year.
    cheap, dear = with_apis(api(2975)), with_apis(api(2976))
    assert hosted_first(dear) is None
    assert explain(cheap).startswith(
        "A hosted API would cost $2,975 a year instead of $29,756: the same model, model-7b at "
        "Cloud, price of 2026-11. The bill is that of the API alone; the fleet's cost holds other "
        "items too. 1 x A100 80GB at $29,756 a year"
    )


def test_a_fleet_of_gpus_alone_is_told_beside_the_bill_without_more_words() -> None:
    scenario = FEASIBLE_PLAN.scenario.model_copy(update={"other_costs": ()})
    said = hosted_first(with_apis(api(10), plan=replace(FEASIBLE_PLAN, scenario=scenario)))
    assert said == (
        "A hosted API would cost $10.00 a year instead of $29,756: the same model, model-7b at "
        "Cloud, price of 2026-11."
    )


def test_the_gpt_4_class_never_comes_first() -> None:
    assert hosted_first(with_apis(api(10, likeness="GPT-4 class"))) is None


def test_the_range_of_the_providers_and_the_break_even_are_said() -> None:
    plan = with_apis(api(20_000), api(40_000, "Dear"), api(400_000, "OpenAI", "GPT-4 class"))
    # 29,756 / 20,000 x 20 million = 29.8 million documents, of a capacity of 26.1 million 114 %.
    assert hosted_sentences(plan) == (
        "Hosted APIs would process the same documents for $20,000 a year with the same model "
        "(model-7b at Cloud, price of 2026-11), for $20,000 to $40,000 with the same model at 2 "
        "providers, and for $400,000 with model-7b at OpenAI, price of 2026-11. Against the "
        "cheapest of these, this fleet costs more even if it is fully used: it would "
        "need 29.8 million documents a year to cost the same, 114 % of its capacity."
    )


def test_the_page_has_it_in_one_line() -> None:
    assert hosted_line(with_apis(api(20_000))) == (
        "Hosted API: $20,000 a year with the same model; break-even at 29.8 million documents."
    )
    assert hosted_line(with_apis()) is None


def test_a_fleet_that_is_cheaper_says_from_which_volume_on() -> None:
    # 29,756 / 60,000 x 20 million = 9.92 million, 38 % of 26.1 million.
    said = hosted_sentences(with_apis(api(60_000)))
    assert said is not None
    assert said.endswith(
        "This fleet costs less than the cheapest of these from 9.92 million documents "
        "a year on, 38 % of its capacity."
    )


def test_apis_are_named_if_no_fleet_is_feasible_or_none_can_run() -> None:
    said = explain(with_apis(api(2000), plan=INFEASIBLE_PLAN))
    assert said.startswith("A hosted API would cost $2,000 a year instead of $29,756")
    assert "for $2,000 a year with the same model" in explain(with_apis(api(2000), plan=EMPTY_PLAN))


def test_rows_and_json_have_the_break_even() -> None:
    plan = with_apis(api(20_000), api(60_000, "Dear"))
    assert [row[-1] for row in hosted_rows(plan)] == [
        "never",
        "9.92 million, 38 %",
    ]
    first = plan_json(plan)["hosted"][0]
    assert (first["provider"], first["model"], first["usd_per_year"], first["as_of"]) == (
        "Cloud", "org/model-7b", 20_000, "2026-11",
    )  # fmt: skip
    assert round(first["break_even_documents_per_year"]) == 29_755_968
    assert (
        plan_json(with_apis(api(1), plan=INFEASIBLE_PLAN))["hosted"][0][
            "break_even_documents_per_year"
        ]
        is None
    )
