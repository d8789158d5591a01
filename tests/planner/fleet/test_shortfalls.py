"""What a configuration within every limit still lacks."""

from __future__ import annotations

from dataclasses import replace

from sample_plan import A100, SCENARIO

from planner.fleet.shortfalls import gravity, shortfalls


def test_what_is_sure_enough_and_measured_lacks_nothing() -> None:
    assert shortfalls(SCENARIO, A100) == ()
    assert gravity(SCENARIO, A100) == (False, False)
    assert shortfalls(SCENARIO, replace(A100, probability_meets_volume=0.8)) == ()


def test_an_unsure_forecast_is_graver_than_an_unmeasured_gpu() -> None:
    unmeasured = replace(A100, basis="extrapolated")
    unsure = replace(A100, probability_meets_volume=0.79)
    assert shortfalls(SCENARIO, replace(unmeasured, probability_meets_volume=0.79)) == (
        "unsure",
        "unmeasured",
    )
    assert gravity(SCENARIO, unmeasured) < gravity(SCENARIO, unsure)


def test_unmeasured_gpus_may_be_accepted() -> None:
    allowed = SCENARIO.model_copy(update={"accept_extrapolated": True})
    assert shortfalls(allowed, replace(A100, basis="extrapolated")) == ()
