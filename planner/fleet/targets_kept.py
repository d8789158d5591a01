"""How well the recommended fleet keeps each target of each class."""

from __future__ import annotations

from planner.fleet.answer_targets import (
    AnswerTarget,
    TargetKept,
    every_target,
    target_figure_s,
)
from planner.fleet.plan import Option
from planner.fleet.scenario import Scenario
from planner.fleet.sized_candidate import SizedCandidate
from planner.fleet.sizing import Demand, errors_borne
from planner.learning.throughput import Z90


def targets_kept(scenario: Scenario, one: SizedCandidate, option: Option) -> tuple[TargetKept, ...]:
    """Each target with all of the option's replicas running."""
    replicas, longest = option.fleet[0].replicas, option.fleet[0].max_model_len
    if longest is None:
        return ()
    return tuple(_kept(target, one, replicas) for target in every_target(scenario, longest))


def _kept(target: AnswerTarget, one: SizedCandidate, replicas: int) -> TargetKept:
    pace, per_s = one.replica.pace, one.demand.busiest_per_s
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
