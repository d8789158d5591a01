"""What would make something feasible, in a phrase each."""

from __future__ import annotations

from sample_plan import FEASIBLE_PLAN, INFEASIBLE_PLAN

from planner.wording.remedy_sentences import what_would_help


def test_each_change_is_printed_as_it_has_to_be_entered_with_the_option_that_it_leads_to() -> None:
    assert what_would_help(INFEASIBLE_PLAN) == (
        "raise the budget to $29,756 a year: 1 x A100 80GB, 93 % sure",
        "allow answers up to 48 s: 4 x RTX 3090, 10 % sure",
        "reduce the volume to 3,020,000 documents a year: 2 x L40S, 88 % sure",
    )


def test_a_feasible_plan_needs_no_help() -> None:
    assert what_would_help(FEASIBLE_PLAN) == ()
