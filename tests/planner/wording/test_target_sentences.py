"""How well the recommended fleet keeps each target, in a sentence."""

from __future__ import annotations

from dataclasses import replace

from sample_plan import FEASIBLE_PLAN

from planner.fleet.answer_targets import TargetKept
from planner.fleet.plan import Plan
from planner.wording.target_sentences import target_sentences


def plan_with(kept: TargetKept) -> Plan:
    """A plan whose only limit on answers is this target."""
    scenario = FEASIBLE_PLAN.scenario.model_copy(update={"latency_p95_s": None})
    return replace(FEASIBLE_PLAN, scenario=scenario, targets=(kept,))


def test_each_target_is_told_with_its_interval_its_limit_and_how_sure_it_is() -> None:
    kept = TargetKept("Claims", "ttft_p95_s", 2.0, 1.25, 0.8, 1.9, 0.96)
    assert target_sentences(plan_with(kept)) == (
        "First token (95 %): 1.25 s (90 % interval 0.8 to 1.9), limit 2 s, 96 % sure.",
    )


def test_an_interval_without_an_upper_end_says_why() -> None:
    kept = TargetKept("Claims", "tpot_p95_ms", 60.0, 20.5, 10.0, None, 0.9)
    assert target_sentences(plan_with(kept)) == (
        "Time per token (95 %): 20.5 ms (90 % interval from 10 without end: a fleet as slow as "
        "that falls behind), limit 60 ms, 90 % sure.",
    )
