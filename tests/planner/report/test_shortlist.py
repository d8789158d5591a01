"""The options that a reader compares."""

from __future__ import annotations

from dataclasses import replace

from sample_plan import A100, FEASIBLE_PLAN, INFEASIBLE_PLAN, L40S, RTX_3090, T4, less_sure

from planner.fleet.sizing import Latency
from planner.report.shortlist import advised_fleet, every_option, in_report, shortlist


def gpus(options) -> list[str]:
    return [option.fleet[0].gpu for option in options]


def test_the_shortlist_starts_with_the_recommended_option_then_the_fewest_misses() -> None:
    # One limit is missed: of the budget the cheapest first, of the answer time after that.
    listed = ["A100 80GB", "L40S", "H100 SXM", "RTX 3090", "L4", "T4"]
    assert gpus(shortlist(FEASIBLE_PLAN)) == listed
    assert in_report(FEASIBLE_PLAN) == shortlist(FEASIBLE_PLAN)[:5]


def test_each_card_is_listed_once_with_its_best_option() -> None:
    dear = replace(L40S, cost_usd_per_year=90_000.0)
    plan = replace(FEASIBLE_PLAN, options=(A100, L40S, dear))
    assert shortlist(plan) == (A100, L40S)


def test_the_recommended_option_stands_for_its_cards_even_if_another_is_cheaper() -> None:
    unsure = replace(less_sure(A100, 0.55), cost_usd_per_year=20_000.0)
    plan = replace(FEASIBLE_PLAN, options=(unsure, T4, A100), recommended=A100)
    assert shortlist(plan) == (A100, T4)
    assert every_option(plan) == (A100, unsure, T4)


def test_what_the_recommended_one_is_weighed_against_stands_beside_it() -> None:
    cheaper = replace(A100, cost_usd_per_year=26_000.0, basis="extrapolated", provenance=None)
    plan = replace(FEASIBLE_PLAN, options=(cheaper, A100, L40S), cheapest_sure=cheaper)
    assert shortlist(plan) == (A100, cheaper, L40S)


def test_the_nearest_option_is_the_surest_of_what_it_misses_and_not_the_cheapest() -> None:
    hopeless = replace(T4, cost_usd_per_year=1_000.0)
    close = less_sure(A100, 0.7)
    closer = replace(less_sure(A100, 0.78), cost_usd_per_year=40_000.0)
    plan = replace(INFEASIBLE_PLAN, options=(hopeless, close, closer))
    assert plan.nearest is closer
    assert shortlist(plan) == (closer, hopeless)
    slow, slower = RTX_3090, replace(RTX_3090, answers=lambda: Latency(60.0, 90.0))
    assert replace(INFEASIBLE_PLAN, options=(slower, slow)).nearest is slow


def test_without_a_feasible_option_the_nearest_is_first_and_the_one_to_deploy() -> None:
    assert shortlist(INFEASIBLE_PLAN)[0] is INFEASIBLE_PLAN.options[0]
    assert every_option(INFEASIBLE_PLAN) == INFEASIBLE_PLAN.options
    assert advised_fleet(INFEASIBLE_PLAN) == INFEASIBLE_PLAN.options[0].fleet
    nothing = replace(INFEASIBLE_PLAN, options=())
    assert (advised_fleet(nothing), shortlist(nothing), every_option(nothing)) == ((), (), ())
