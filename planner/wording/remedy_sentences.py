"""What would make something feasible if nothing is, in a phrase each."""

from __future__ import annotations

from planner.catalog.gpu import gpu_group
from planner.fleet.plan import Plan, Remedy
from planner.wording.explanation import configuration, shortfall_phrases
from planner.wording.formatting import large, seconds, usd


def what_would_help(plan: Plan) -> tuple[str, ...]:
    """One phrase for each remedy of a plan, with what the remedied option would still lack."""
    return tuple(_phrase(plan, remedy) for remedy in plan.remedies)


def _phrase(plan: Plan, remedy: Remedy) -> str:
    lacking = shortfall_phrases(plan.scenario, remedy.lacks)
    return f"{_change(remedy)}, though {lacking}" if lacking else _change(remedy)


def _change(remedy: Remedy) -> str:
    if remedy.limit == "budget":
        budget = usd(remedy.value)
        return f"raise the budget to {budget} a year: {configuration(remedy.option)}"
    if remedy.limit == "latency":
        limit = seconds(remedy.value)
        return f"allow answers up to {limit}: {configuration(remedy.option)}"
    item = remedy.option.fleet[0]
    return (
        f"reduce the volume to about {large(remedy.value)} documents a year: the budget pays for "
        f"{remedy.replicas} of the {item.replicas} replicas ({gpu_group(item.gpu_count, item.gpu)} "
        "each)"
    )
