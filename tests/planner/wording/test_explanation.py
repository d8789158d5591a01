"""A plan says where its recommendation falls short of what was asked for."""

from __future__ import annotations

from dataclasses import replace

from sample_plan import A100, FEASIBLE_PLAN, SCENARIO, T4

from planner.report.shortlist import shortlist
from planner.report.summary import _label
from planner.wording.explanation import explain, unmet, verdict_of


def test_what_is_sure_enough_and_measured_lacks_nothing() -> None:
    assert unmet(SCENARIO, A100) == ()
    assert "Nothing here is all" not in explain(SCENARIO, A100, [A100])
    assert _label(FEASIBLE_PLAN) == "Recommended"


def test_less_sure_than_asked_for_is_said_before_anything_else() -> None:
    unsure = replace(A100, probability_meets_volume=0.56)
    sentences = explain(SCENARIO, unsure, [unsure]).split(". ")
    assert sentences[1] == (
        "Nothing here is all that was asked for: it is less than 80 % sure to keep up"
    )
    plan = replace(FEASIBLE_PLAN, recommended=unsure)
    assert _label(plan) == "Nearest to what was asked"


def test_a_card_that_nobody_measured_is_named_as_such_unless_that_was_allowed() -> None:
    unmeasured = replace(A100, basis="extrapolated")
    assert unmet(SCENARIO, unmeasured) == ("nobody has measured this card with these weights",)
    allowed = SCENARIO.model_copy(update={"accept_extrapolated": True})
    assert unmet(allowed, unmeasured) == ()


def test_a_verdict_is_the_limits_missed_before_what_is_lacking() -> None:
    unsure = replace(A100, probability_meets_volume=0.56)
    assert verdict_of(SCENARIO, A100) == "meets all limits"
    assert verdict_of(SCENARIO, T4) == "misses volume and latency"
    assert verdict_of(SCENARIO, unsure) == "not sure enough"
    assert verdict_of(SCENARIO, replace(A100, basis="extrapolated")) == "not measured"
    assert verdict_of(SCENARIO, replace(unsure, basis="extrapolated")) == "not sure enough"


def test_among_cards_within_the_limits_measured_ones_are_shown_first() -> None:
    cheap = replace(
        A100,
        fleet=(replace(A100.fleet[0], gpu="A40"),),
        basis="extrapolated",
        cost_usd_per_year=9_000.0,
    )
    dear = replace(A100, fleet=(replace(A100.fleet[0], gpu="L4"),), cost_usd_per_year=29_000.0)
    plan = replace(FEASIBLE_PLAN, options=(A100, cheap, dear), recommended=A100)
    assert [o.fleet[0].gpu for o in shortlist(plan)] == ["A100 80GB", "L4", "A40"]
