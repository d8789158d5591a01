"""How the recommended configuration keeps the targets of each class."""

from __future__ import annotations

from planner.fleet.answer_targets import TargetKept
from planner.fleet.plan import Plan
from planner.wording.formatting import probability, significant

_NAME = {
    "e2e_p50_s": "answer time (50 %)",
    "e2e_p95_s": "answer time (95 %)",
    "e2e_p99_s": "answer time (99 %)",
    "ttft_p95_s": "first token (95 %)",
    "tpot_p95_ms": "time per token (95 %)",
}


def target_sentences(plan: Plan) -> tuple[str, ...]:
    """One sentence for each target, if there are others than one limit on the answer time."""
    is_plain = len(plan.targets) == 1 and plan.scenario.latency_p95_s is not None
    return () if is_plain else tuple(_sentence(plan, target) for target in plan.targets)


def _sentence(plan: Plan, target: TargetKept) -> str:
    unit = "ms" if target.target.endswith("_ms") else "s"
    of_class = f"{target.class_name}, " if plan.scenario.classes else ""
    what = f"{of_class}{_NAME[target.target]}"
    return (
        f"{what[0].upper()}{what[1:]}: {significant(target.value)} {unit} ({_interval(target)}), "
        f"limit {significant(target.limit)} {unit}, {probability(target.probability)} sure."
    )


def _interval(target: TargetKept) -> str:
    """No highest figure is known if documents queue up at the slow end of the forecast."""
    low = significant(target.low)
    if target.high is None:
        return f"90 % interval from {low} without end: a fleet as slow as that falls behind"
    return f"90 % interval {low} to {significant(target.high)}"
