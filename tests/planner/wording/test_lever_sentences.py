"""The changes that would save most, with price and risk."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

from sample_plan import A100, FEASIBLE_PLAN, INFEASIBLE_PLAN, SCENARIO

from planner.fleet.plan import Lever, LeverChange
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
        assert lever_risk(lever)


def test_hours_and_peaks_are_told_apart() -> None:
    office = replace(FEASIBLE_PLAN, scenario=SCENARIO.model_copy(update={"hours_per_week": 50.0}))
    lever = Lever("around_the_clock", A100, 1.0, SCENARIO)
    assert lever_change(office, lever) == "processing day and night instead of 50 hours a week"
    assert lever_change(FEASIBLE_PLAN, lever) == "levelling the busiest hour"
