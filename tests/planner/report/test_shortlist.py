"""The options that a reader compares."""

from __future__ import annotations

from dataclasses import replace

from sample_plan import A100, FEASIBLE_PLAN, INFEASIBLE_PLAN, L40S

from planner.report.shortlist import advised_fleet, shortlist


def gpus(options) -> list[str]:
    return [option.fleet[0].gpu for option in options]


def test_the_shortlist_starts_with_the_recommended_option_then_the_fewest_misses() -> None:
    assert gpus(shortlist(FEASIBLE_PLAN)) == ["A100 80GB", "RTX 3090", "L40S", "H100 SXM", "T4"]


def test_each_card_is_listed_once_with_its_best_option() -> None:
    dear = replace(L40S, cost_usd_per_year=90_000.0)
    plan = replace(FEASIBLE_PLAN, options=(A100, dear, L40S))
    assert shortlist(plan) == (A100, L40S)


def test_what_the_recommended_one_is_weighed_against_stands_beside_it() -> None:
    cheaper = replace(A100, cost_usd_per_year=26_000.0, basis="extrapolated", provenance=None)
    plan = replace(FEASIBLE_PLAN, options=(cheaper, A100, L40S), cheapest_sure=cheaper)
    assert shortlist(plan) == (A100, cheaper, L40S)


def test_without_a_feasible_option_the_nearest_is_the_one_to_deploy() -> None:
    assert advised_fleet(INFEASIBLE_PLAN) == INFEASIBLE_PLAN.options[0].fleet
    assert advised_fleet(replace(INFEASIBLE_PLAN, options=())) == ()
