"""The changes that would save most, each with its price and its risk."""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never

from planner.fleet.answer_targets import limit_in
from planner.fleet.levers import A_DAY_H
from planner.fleet.plan import FleetItem, Lever, LeverChange, Plan
from planner.fleet.scenario_work import classes_of
from planner.money.hosted_alternative import Hosted
from planner.money.hosted_lever import HostedLever
from planner.money.machines import reserved_beside
from planner.wording.cost_sentences import counts_more
from planner.wording.explanation import describe
from planner.wording.formatting import count, duration, usd
from planner.wording.hosted_sentences import likeness_of, named
from planner.wording.remedy_sentences import other_limit
from planner.workload.weekly_hours import HOURS_PER_WEEK

_RISK: dict[LeverChange, str] = {
    "around_the_clock": "documents wait for hours until a machine is free",
    "wait_a_day": "documents wait up to a day until a machine is free",
    "switch_off": "nothing runs outside the working hours",
    "follow_load": "machines must start in time, and few of them answer later than many",
    "reserve_base": "you pay for the whole term, and the others must start in time",
    "reserve": "you pay for the whole term, needed or not",
    "any_quantization": "check the quality of the answers",
    "fp8_kv_cache": "check the quality of the answers",
    "any_gpu": "another GPU than you asked for",
    "no_premium": "nobody has measured it; measure it first",
    "no_spare": "a failure costs capacity until it is repaired",
    "no_spread": "nothing runs while that one is down",
    "slower_answers": "people wait longer",
    "looser_target": "answers come later",
    "fewer_replicas": "less is left for what the forecast does not know",
    "other_fleet": "machines that you do not have yet",
}


def what_would_save(plan: Plan) -> tuple[str, ...]:
    """One sentence for each lever of a plan, without its full stop."""
    return tuple(
        f"{lever_change(plan, lever)} saves {usd(lever.saves_usd_per_year)}: "
        f"{_outcome(lever)}; {lever_risk(plan, lever)}"
        for lever in plan.ranked_levers
    )


def _outcome(lever: Lever | HostedLever) -> str:
    if isinstance(lever, HostedLever):
        return f"{named(lever.hosted)}, for {usd(lever.cost_usd_per_year)} a year"
    return describe(lever.option)


def lever_change(plan: Plan, lever: Lever | HostedLever) -> str:
    """The change, as what one does."""
    if isinstance(lever, HostedLever):
        return "sending the documents to a hosted API"
    fleet, hours = lever.option.fleet, plan.scenario.hours_per_week
    match lever.change:
        case "around_the_clock":
            if hours == HOURS_PER_WEEK:
                return "levelling the busiest hour"
            return f"processing day and night instead of {count(hours)} hours a week"
        case "wait_a_day":
            deadlines_h = [one.targets.done_within_h for one in classes_of(lever.scenario)]
            sooner = any(stated is not None and stated < A_DAY_H for stated in deadlines_h)
            which = "documents without a shorter deadline" if sooner else "documents"
            return f"letting {which} wait for up to 24 hours, and processing day and night"
        case "switch_off":
            return "switching the machines off outside the working hours"
        case "follow_load":
            if any(item.reserved_instances for item in fleet):
                return "reserving the base and switching the others off while the load is low"
            return "switching machines off while the load is low"
        case "reserve_base":
            return "reserving the base and switching the others off while the load is low"
        case "reserve":
            offers = (reserved_beside(item.price_offer) or item.price_offer for item in fleet)
            terms = dict.fromkeys(one.terms for one in offers)
            reserved = [one for one in terms if one.startswith("reserved")] or terms
            return f"reserving ({' and '.join(reserved)})"
        case "any_quantization":
            weights = _taken(plan, lever, lambda item: item.quantization)
            return f"using {weights.replace('none', '16-bit')} weights"
        case "fp8_kv_cache":
            return "keeping the KV cache in FP8"
        case "any_gpu":
            return f"taking {_taken(plan, lever, lambda item: item.gpu)}"
        case "no_premium":
            return f"taking {_taken(plan, lever, lambda item: item.gpu)} unmeasured"
        case "no_spare":
            return "going without spare machines"
        case "no_spread":
            return f"letting one {plan.scenario.spread_over} carry all documents"
        case "slower_answers":
            return f"allowing answers up to {lever.scenario.latency_p95_s or 0:,.15g} s"
        case "looser_target":
            if lever.target is None:
                return "loosening a target of a class"
            return other_limit(lever.target, limit_in(lever.scenario, lever.target), "letting")
        case "fewer_replicas":
            return "running fewer replicas of your fleet"
        case "other_fleet":
            return "replacing your fleet"
        case _:
            assert_never(lever.change)


def _taken(plan: Plan, lever: Lever, of: Callable[[FleetItem], str]) -> str:
    """Words on the items that only the lever's fleet has; on all of its items if there are none."""
    taken = dict.fromkeys(map(of, lever.option.fleet))
    now = set() if plan.recommended is None else set(map(of, plan.recommended.fleet))
    return " and ".join([name for name in taken if name not in now] or taken)


def lever_risk(plan: Plan, lever: Lever | HostedLever) -> str:
    """What one gives up for the saving."""
    if isinstance(lever, HostedLever):
        return _risk_of_api(plan, lever.hosted)
    waits = lever.option.backlog
    if lever.change in ("around_the_clock", "wait_a_day") and waits is not None:
        within = duration(waits.longest_h)
        return f"documents wait for a machine; by the forecast each is done within {within}"
    reserves = any(item.reserved_instances for item in lever.option.fleet)
    return _RISK["reserve_base" if lever.change == "follow_load" and reserves else lever.change]


def _risk_of_api(plan: Plan, hosted: Hosted) -> str:
    what = likeness_of(hosted)
    checked = "" if hosted.likeness == "same model" else ", so check the quality of the answers"
    wait = "answers may take a day" if hosted.bill.batch else "its answer times are not forecast"
    alone = "; the bill is that of the API alone" if counts_more(plan.scenario) else ""
    return f"{what}{checked}; your documents go to the provider, and {wait}{alone}"
