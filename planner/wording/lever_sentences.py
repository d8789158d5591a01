"""The changes that would save most, each with its price and its risk."""

from __future__ import annotations

from typing import assert_never

from planner.fleet.plan import Lever, LeverChange, Plan
from planner.fleet.scenario_defaults import HOURS_PER_WEEK
from planner.wording.explanation import describe
from planner.wording.formatting import count, usd

_RISK: dict[LeverChange, str] = {
    "around_the_clock": "documents wait for hours until a machine is free",
    "switch_off": "nothing runs outside the working hours",
    "reserve": "you pay for the whole term, needed or not",
    "any_quantization": "check the quality of the answers",
    "fp8_kv_cache": "check the quality of the answers",
    "any_gpu": "another GPU than you asked for",
    "no_premium": "nobody has measured it; measure it first",
    "no_spare": "a failure costs capacity until it is repaired",
    "slower_answers": "people wait longer",
}


def what_would_save(plan: Plan) -> tuple[str, ...]:
    """One sentence for each lever of a plan, without its full stop."""
    return tuple(
        f"{lever_change(plan, lever)} saves {usd(lever.saves_usd_per_year)}: "
        f"{describe(lever.option)}; {lever_risk(lever)}"
        for lever in plan.levers
    )


def lever_change(plan: Plan, lever: Lever) -> str:
    """The change, as what one does."""
    item, hours = lever.option.fleet[0], plan.scenario.hours_per_week
    match lever.change:
        case "around_the_clock":
            if hours == HOURS_PER_WEEK:
                return "levelling the busiest hour"
            return f"processing day and night instead of {count(hours)} hours a week"
        case "switch_off":
            return "switching the machines off outside the working hours"
        case "reserve":
            return f"reserving ({item.price_offer.terms})"
        case "any_quantization":
            if item.quantization == "none":
                return "using 16-bit weights"
            return f"using {item.quantization} weights"
        case "fp8_kv_cache":
            return "keeping the KV cache in FP8"
        case "any_gpu":
            return f"taking {item.gpu}"
        case "no_premium":
            return f"taking {item.gpu} unmeasured"
        case "no_spare":
            return "going without spare machines"
        case "slower_answers":
            return f"allowing answers up to {lever.scenario.latency_p95_s or 0:,.15g} s"
        case _:
            assert_never(lever.change)


def lever_risk(lever: Lever) -> str:
    """What one gives up for the saving."""
    return _RISK[lever.change]
