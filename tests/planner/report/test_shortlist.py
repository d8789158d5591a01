"""The options that a reader compares."""

from __future__ import annotations

from dataclasses import replace

from sample_plan import A100, FEASIBLE_PLAN, INFEASIBLE_PLAN, L40S

from planner.report.shortlist import advised_fleet, shortlist


def gpus(options) -> list[str]:
    return [option.fleet[0].gpu for option in options]


def test_the_shortlist_starts_with_the_recommended_option_then_the_fewest_misses() -> None:
    assert gpus(shortlist(FEASIBLE_PLAN)) == ["A100 80GB", "L40S", "H100 SXM", "RTX 3090", "T4"]


def test_each_card_is_listed_once_with_its_best_option() -> None:
    dear = replace(L40S, cost_usd_per_year=90_000.0)
    plan = replace(FEASIBLE_PLAN, options=(A100, dear, L40S))
    assert shortlist(plan) == (A100, L40S)


def test_a_cheaper_fleet_that_is_less_sure_stands_beside_the_recommended_one() -> None:
    cheaper = replace(A100, cost_usd_per_year=20_000.0, probability_meets_volume=0.6)
    plan = replace(FEASIBLE_PLAN, options=(cheaper, A100, L40S))
    assert shortlist(plan) == (A100, cheaper, L40S)


def test_among_gpus_within_the_limits_measured_ones_are_shown_first() -> None:
    cheap = replace(
        A100,
        fleet=(replace(A100.fleet[0], gpu="A40"),),
        basis="extrapolated",
        cost_usd_per_year=9_000.0,
    )
    dear = replace(A100, fleet=(replace(A100.fleet[0], gpu="L4"),), cost_usd_per_year=29_000.0)
    plan = replace(FEASIBLE_PLAN, options=(A100, cheap, dear), recommended=A100)
    assert gpus(shortlist(plan)) == ["A100 80GB", "L4", "A40"]


def test_without_a_feasible_option_the_nearest_is_the_one_to_deploy() -> None:
    assert advised_fleet(INFEASIBLE_PLAN) == INFEASIBLE_PLAN.options[0].fleet
    assert advised_fleet(replace(INFEASIBLE_PLAN, options=())) == ()
