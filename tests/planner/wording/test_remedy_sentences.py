"""What would make something feasible, in a phrase each."""

from __future__ import annotations

from sample_plan import FEASIBLE_PLAN, INFEASIBLE_PLAN

from planner.wording.remedy_sentences import what_would_help


def test_each_change_names_its_option_and_what_that_still_lacks() -> None:
    assert what_would_help(INFEASIBLE_PLAN) == (
        "raise the budget to $29,756 a year: 1 x A100 80GB",
        "allow answers up to 48 s: 4 x RTX 3090, though it is less than 80 % sure to keep up",
        "reduce the volume to about 3 million documents a year: the budget pays for 1 of the 2 "
        "replicas (1 x L40S each), though nobody has measured this GPU with these weights",
    )


def test_a_feasible_plan_needs_no_help() -> None:
    assert what_would_help(FEASIBLE_PLAN) == ()
