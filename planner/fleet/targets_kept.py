"""How well the recommended fleet keeps each target of each class."""

from __future__ import annotations

from planner.fleet.answer_targets import (
    AnswerTarget,
    TargetKept,
    every_target,
    target_figure_s,
)
from planner.fleet.scenario import Scenario
from planner.fleet.sized_candidate import SizedCandidate
from planner.fleet.sizing import Demand, errors_borne
from planner.learning.throughput import Z90


def targets_kept(
    scenario: Scenario, one: SizedCandidate, replicas: int, longest: int, share: float = 1.0
) -> tuple[TargetKept, ...]:
    """Each target with so many replicas running, to which a share of the documents comes."""
    per_s = share * one.demand.busiest_per_s
    return tuple(_kept(target, one, replicas, per_s) for target in every_target(scenario, longest))


def _kept(target: AnswerTarget, one: SizedCandidate, replicas: int, per_s: float) -> TargetKept:
    pace = one.replica.pace
    unit = 1e3 if target.name.endswith("_ms") else 1.0

    def figure(error: float) -> float | None:
        seconds = target_figure_s(target, pace, error, per_s, replicas)
        return None if seconds is None else seconds * unit

    alone = Demand(per_s, one.demand.max_utilization, None, (target,))
    probability = errors_borne(alone, pace, replicas, one.error).probability(None).latency
    return TargetKept(
        target.class_name,
        target.name,
        target.limit_s * unit,
        figure(0.0),
        figure(-Z90),
        figure(Z90),
        0.0 if probability is None else probability,
    )
