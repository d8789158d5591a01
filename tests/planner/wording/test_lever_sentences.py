"""The changes that would save most, with price and risk."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import get_args

from sample_plan import A100, FEASIBLE_PLAN, INFEASIBLE_PLAN, SCENARIO

from planner.catalog.price_offer import PriceOffer
from planner.fleet.answer_targets import StatedTarget
from planner.fleet.plan import Lever, LeverChange
from planner.money.hosted_alternative import Hosted, Likeness
from planner.money.hosted_bill import Bill
from planner.money.machines import FollowingOffer
from planner.report.json_output import plan_json
from planner.wording.lever_sentences import lever_change, lever_risk, what_would_save


def test_each_change_is_told_with_its_saving_its_option_and_its_risk() -> None:
    first, _, slower = what_would_save(FEASIBLE_PLAN)
    assert first == (
        "reserving (on-demand) saves $11,756: 1 x A100 80GB at $18,000 a year, 93 % sure to keep "
        "up and answer in time; you pay for the whole term, needed or not"
    )
    assert slower.startswith("allowing answers up to 60 s saves $11,756: ")
    assert what_would_save(INFEASIBLE_PLAN) == ()


def test_every_change_has_its_words() -> None:
    for change in get_args(LeverChange):
        lever = Lever(change, A100, 1.0, SCENARIO)
        assert lever_change(FEASIBLE_PLAN, lever)
        assert lever_risk(FEASIBLE_PLAN, lever)


def test_a_looser_target_is_told_as_the_changed_scenario_has_it() -> None:
    # twice 100 h is more than the 168 h of a week, the longest deadline that may be entered
    week = SCENARIO.model_copy(update={"done_within_h": 168.0})
    deadline = StatedTarget(None, "done_within_h", 100.0)
    lever = Lever("looser_target", A100, 1.0, week, deadline)
    assert lever_change(FEASIBLE_PLAN, lever) == (
        "letting each document take up to 168 h instead of 100 h (--done-within-h 168)"
    )
    later = SCENARIO.model_copy(update={"done_within_h": 120.0})
    assert "take up to 120 h" in lever_change(FEASIBLE_PLAN, replace(lever, scenario=later))


def test_hours_and_peaks_are_told_apart() -> None:
    office = replace(FEASIBLE_PLAN, scenario=SCENARIO.model_copy(update={"hours_per_week": 50.0}))
    lever = Lever("around_the_clock", A100, 1.0, SCENARIO)
    assert lever_change(office, lever) == "processing day and night instead of 50 hours a week"
    assert lever_change(FEASIBLE_PLAN, lever) == "levelling the busiest hour"


def test_a_base_that_a_change_reserves_is_told_with_its_terms_and_its_risk() -> None:
    item = A100.fleet[0]
    stated = {field.name: getattr(item.price_offer, field.name) for field in fields(PriceOffer)}
    base = FollowingOffer(**stated, reserved=replace(item.price_offer, terms="reserved-1y"))
    option = replace(A100, fleet=(replace(item, price_offer=base, reserved_instances=1),))
    reserve = Lever("reserve", option, 1.0, SCENARIO)
    assert lever_change(FEASIBLE_PLAN, reserve) == "reserving (reserved-1y)"
    follow = Lever("follow_load", option, 1.0, SCENARIO)
    assert lever_change(FEASIBLE_PLAN, follow).startswith("reserving the base and switching")
    assert lever_risk(FEASIBLE_PLAN, follow).startswith("you pay for the whole term")


def api(usd_per_year: float, likeness: Likeness = "like size", batch: bool = False) -> Hosted:
    return Hosted(likeness, "org/m-8b", Bill("Prov", usd_per_year, batch, "2026-11-10", "a page"))


def test_a_hosted_api_that_saves_is_ranked_among_the_levers() -> None:
    plan = replace(FEASIBLE_PLAN, hosted=(api(900, "GPT-4 class"), api(20_000)))
    said = what_would_save(plan)  # a GPT-4 class model is another kind of answer
    assert said[-1] == (
        "sending the documents to a hosted API saves $9,756: m-8b at Prov, price of 2026-11-10, "
        "for $20,000 a year; an open model of like size, so check the quality of the answers; "
        "your documents go to the provider, and its answer times are not forecast; "
        "the bill is that of the API alone"  # the fleet's cost holds other items
    )
    found = plan_json(plan)["hosted_lever"]
    assert (found["rank"], found["cost_usd_per_year"]) == (4, 20_000)
    assert found["hosted"]["provider"] == "Prov"
    assert len(plan_json(plan)["levers"]) == 3


def test_a_hosted_api_stands_first_if_it_saves_most_and_is_left_out_if_it_saves_nothing() -> None:
    first = replace(FEASIBLE_PLAN, hosted=(api(33.0, "same model", batch=True),))
    assert what_would_save(first)[0].endswith(
        "the same model; your documents go to the provider, and answers may take a day; "
        "the bill is that of the API alone"
    )
    assert plan_json(first)["hosted_lever"]["rank"] == 1
    dearer = replace(FEASIBLE_PLAN, hosted=(api(29_755.5),))  # the fleet costs $29,755.97
    assert plan_json(dearer)["hosted_lever"] is None
    assert what_would_save(dearer) == what_would_save(FEASIBLE_PLAN)
    nothing = replace(INFEASIBLE_PLAN, hosted=(api(33.0),))
    assert plan_json(nothing)["hosted_lever"] is None
