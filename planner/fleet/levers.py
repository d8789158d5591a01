"""The changes of a scenario that save most, each planned again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, get_args

from planner.catalog.price_offer import Terms
from planner.fleet.answer_targets import StatedTarget, stated_targets, with_limits
from planner.fleet.busiest_hour import busiest_month, may_wait
from planner.fleet.plan import Lever, LeverChange, Option
from planner.fleet.replanning import Replan, with_change
from planner.fleet.scenario import Scenario
from planner.fleet.scenario_work import classes_of
from planner.money.hosted_lever import LEAST_SAVING_USD
from planner.workload.weekly_hours import HOURS_PER_WEEK

MOST = 3
A_DAY_H = 24.0
ABOUT_AS_CHEAP = 0.9
"""Share of a saving that one gives up for knowing how long documents wait: a judgement."""

SLOWER = 2.0
"""Twice the limit on answer times is enough to see what the limit costs."""


def levers(
    scenario: Scenario, recommended: Option, replan: Replan, others: Iterable[Lever] = ()
) -> tuple[Lever, ...]:
    """The three changes that save most, the largest saving first; fewer if fewer save.

    ``others`` are changes of the fleet itself that were planned already.
    """
    found = [one for one in others if one.saves_usd_per_year >= LEAST_SAVING_USD]

    def planned(
        change: LeverChange, fields: dict[str, Any], target: StatedTarget | None = None
    ) -> Lever | None:
        other = with_change(scenario, fields)
        option = None if other is None else replan(other).chosen
        if other is None or option is None:
            return None
        if change == "reserve_base" and not any(item.reserved_instances for item in option.fleet):
            return None  # it is another lever
        saves = recommended.cost_usd_per_year - option.cost_usd_per_year
        enough = saves >= LEAST_SAVING_USD
        return Lever(change, option, saves, other, target) if enough else None

    found += filter(None, (planned(*change) for change in _changes(scenario, recommended)))
    targets = stated_targets(scenario)
    looser = {one: min(SLOWER * one.limit, one.longest) for one in targets}
    if len(targets) == 1 or planned("looser_target", with_limits(scenario, looser)) is not None:
        found += filter(
            None,
            (
                planned("looser_target", with_limits(scenario, {one: limit}), one)
                for one, limit in looser.items()
            ),
        )
    ranked = sorted(_with_one_wait(found), key=lambda lever: -lever.saves_usd_per_year)
    return tuple(ranked[:MOST])


def _with_one_wait(found: list[Lever]) -> list[Lever]:
    """Without the change that waits as long as it takes if a day is about as cheap, else without
    the one that waits for a day.
    """
    saves = {lever.change: lever.saves_usd_per_year for lever in found}
    a_day = saves.get("wait_a_day", 0.0) >= ABOUT_AS_CHEAP * saves.get("around_the_clock", 0.0)
    needless: LeverChange = "around_the_clock" if a_day else "wait_a_day"
    return [lever for lever in found if lever.change != needless]


def _changes(
    scenario: Scenario, recommended: Option
) -> Iterator[tuple[LeverChange, dict[str, Any]]]:
    """What can be changed, as far as it is not so already."""
    limit_s = scenario.latency_p95_s
    part_time = scenario.hours_per_week < HOURS_PER_WEEK
    waits = any(one.targets.asks_for_answers for one in classes_of(scenario))
    if not waits and (part_time or scenario.peak_factor > 1.0):
        always = {"processing_hours_per_week": HOURS_PER_WEEK, "processing_hours": None}
        yield "around_the_clock", always
        deadlines_h = (one.targets.done_within_h for one in classes_of(scenario))
        if any(stated is None or stated > A_DAY_H for stated in deadlines_h):
            yield "wait_a_day", always | _done_within(scenario, A_DAY_H)
    if part_time and not scenario.pay_only_for_hours:
        yield "switch_off", {"pay_only_for_hours": True}
    peaks = scenario.peak_factor > 1.0 and not may_wait(scenario)
    follows: dict[str, Any] = {}
    if not scenario.follow_load and (peaks or busiest_month(scenario) > 1.0):
        follows = {"follow_load": True}
        yield "follow_load", follows
    reserved = tuple(terms for terms in get_args(Terms) if terms.startswith("reserved"))
    if not set(reserved) <= set(scenario.terms):
        all_terms = {"terms": tuple(dict.fromkeys((*scenario.terms, *reserved)))}
        yield "reserve", all_terms
        if follows:
            yield "reserve_base", follows | all_terms
    # A search for a fleet of several kinds on any GPU in any format takes seconds.
    of_models = recommended.of_models or (recommended,)
    widens = all(len(one.fleet) == 1 for one in of_models) or bool(scenario.fleet)
    if widens and scenario.quantization is not None:
        yield "any_quantization", {"quantization": None}
    if scenario.kv_cache_dtype == "auto":
        yield "fp8_kv_cache", {"kv_cache_dtype": "fp8"}
    if widens and scenario.gpus:
        yield "any_gpu", {"gpus": ()}
    premium = scenario.spread_over is None  # no other fleet is preferred for what was measured
    if premium and recommended.is_measured and not scenario.accept_extrapolated:
        yield "no_premium", {"accept_extrapolated": True}
    if scenario.spare_replicas:
        yield "no_spare", {"spare_replicas": 0}
    if scenario.spread_over is not None:
        yield "no_spread", {"spread_over": None}
    if limit_s is not None:
        yield "slower_answers", {"latency_p95_s": SLOWER * limit_s}


def _done_within(scenario: Scenario, hours: float) -> dict[str, Any]:
    """The fields with which each document is done within so many hours, or sooner as stated."""

    def least(stated: float | None) -> float:
        return hours if stated is None else min(stated, hours)

    if not scenario.classes:
        return {"done_within_h": least(scenario.done_within_h)}
    classes = [one.model_dump(exclude_unset=True) for one in scenario.classes]
    for one in classes:
        targets = one.get("targets", {})
        one["targets"] = targets | {"done_within_h": least(targets.get("done_within_h"))}
    return {"classes": classes}
