"""Why a configuration or a GPU is not feasible, and what would make it so."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import assert_never

from planner.catalog.gpu import gpu_group
from planner.fleet.busiest_hour import load_of
from planner.fleet.plan import Infeasible, MissesLimits, Option, Plan
from planner.fleet.refusals import (
    DoesNotFit,
    NoMachineSoLarge,
    NoPriceOffer,
    RefusedByVllm,
    TooFewOwned,
)
from planner.fleet.remedies import rounded_up_usd
from planner.fleet.scenario import Scenario
from planner.fleet.scenario_limits import Limit
from planner.money.own_stock import most_machines, single_machines
from planner.networks.quantization import Quantization
from planner.wording.formatting import counted, machine_of, percent, probability, seconds, usd


def reason_of(scenario: Scenario, option: Option) -> str | None:
    """The limits that an option misses, without a full stop; None if it misses none."""
    return "; ".join(reason for reason, _ in _obstacles(scenario, option)) or None


def remedy_of(scenario: Scenario, option: Option) -> str | None:
    """What would lift the limits that an option misses; None if it misses none."""
    remedies = dict.fromkeys(remedy for _, remedy in _obstacles(scenario, option))
    return " and ".join(remedies) or None


def infeasible_reason(scenario: Scenario, entry: Infeasible) -> str:
    """The reason that a GPU is not among the feasible options, or those of one model."""
    if entry.asked is not None:
        reason = infeasible_reason(entry.asked, replace(entry, asked=None))
        return f"for {entry.asked.model}: {reason}"
    why = entry.why
    match why:
        case NoPriceOffer():
            return f"no current price offer with terms {' or '.join(scenario.terms)}"
        case NoMachineSoLarge():
            return (
                f"a replica takes {counted(why.gpus, 'GPU')}, and the largest machine on offer "
                f"has {why.largest}"
            )
        case TooFewOwned() if why.needed is not None:
            spare = f", {why.spares} of them spare" if why.spares else ""
            owned = f"{counted(why.machines, 'machine')} owned"
            return f"{owned}, and the fleet takes {why.needed}{spare}"
        case TooFewOwned():
            return (
                f"{counted(why.machines, 'machine')} owned, and {counted(why.spares, 'spare one')} "
                "asked for: none is left to work"
            )
        case RefusedByVllm():
            return " ".join(why.reasons)
        case DoesNotFit():
            return why.reason
        case MissesLimits():
            return reason_of(scenario, why.nearest) or ""
        case _:
            assert_never(why)


MOST_GPUS_NAMED = 3
"""GPUs that the first cell of a row names; more are counted there and named with the reason."""


@dataclass(frozen=True, slots=True)
class WhyNotRow:
    """GPUs that are not feasible for one reason, which is a sentence, and what would help."""

    gpus: str
    quantization: Quantization | None
    reason: str
    remedy: str | None


def why_not_rows(scenario: Scenario, entries: Iterable[Infeasible]) -> tuple[WhyNotRow, ...]:
    """One row for each reason, in the order of ``entries``: GPUs that share it share a row."""
    alike: dict[tuple[Quantization | None, str, str | None], list[str]] = {}
    for entry in entries:
        reason, remedy = infeasible_sentence(scenario, entry), infeasible_remedy(scenario, entry)
        alike.setdefault((entry.quantization, reason, remedy), []).append(gpus_of(entry))
    return tuple(_row(gpus, *shared) for shared, gpus in alike.items())


def _row(
    gpus: list[str], quantization: Quantization | None, reason: str, remedy: str | None
) -> WhyNotRow:
    names = ", ".join(gpus)
    if len(gpus) <= MOST_GPUS_NAMED:
        return WhyNotRow(names, quantization, reason, remedy)
    return WhyNotRow(f"{len(gpus)} GPUs", quantization, f"{names}: {reason}", remedy)


def infeasible_sentence(scenario: Scenario, entry: Infeasible) -> str:
    """The reason with a full stop; vLLM's refusals are sentences already."""
    reason = infeasible_reason(scenario, entry)
    return reason if isinstance(entry.why, RefusedByVllm) else f"{reason}."


def infeasible_remedy(scenario: Scenario, entry: Infeasible) -> str | None:
    """What would make a GPU feasible; None if nothing is known."""
    scenario = entry.asked or scenario
    why = entry.why
    match why:
        case NoPriceOffer():
            if not why.others:
                return "add a price offer for it"
            return f"consider {', '.join(f'{terms} ({tier})' for terms, tier in why.others)}"
        case NoMachineSoLarge():
            return "fewer pipeline stages, or a price offer for a larger machine"
        case TooFewOwned() if why.needed is not None and not why.spares:
            return "fewer replicas, or more machines of your own"
        case TooFewOwned():
            return "fewer spare machines, or more of your own"
        case RefusedByVllm():
            return why.instead
        case DoesNotFit():
            return why.remedy
        case MissesLimits():
            return remedy_of(scenario, why.nearest)
        case _:
            assert_never(why)


def gpus_of(entry: Infeasible) -> str:
    """The GPUs of a replica that is not feasible, ``2 x L4`` or ``L4``."""
    return entry.gpu if entry.gpu_count in (None, 1) else gpu_group(entry.gpu_count, entry.gpu)


def _obstacles(scenario: Scenario, option: Option) -> Iterator[tuple[str, str]]:
    """Reason and remedy of each limit that is missed."""
    for limit in option.obstacles:
        if limit == "volume":
            yield (
                _overloaded(scenario, option) + _all_owned(option),
                _more_replicas(scenario, option),
            )
        elif limit == "latency":
            yield _late(scenario, option)
        elif limit == "replicas":
            yield _too_few(scenario) + _all_owned(option), _more_replicas(scenario, option)
        elif limit == "spread":
            yield f"spread: one {scenario.spread_over} carries all", "machines at a second one"
        else:
            yield _too_dear(scenario, option)


def _all_owned(option: Option) -> str:
    """That no more are owned, if that is what stops a fleet."""
    item = option.fleet[0]
    if item.instances < most_machines(item.price_offer):
        return ""
    number = item.price_offer.machines_in(item.instances)
    machines = f"{counted(number, 'machine')} of {machine_of(item.price_offer)}"
    return f", and no more than {machines} can be used of what is owned"


def _more_replicas(scenario: Scenario, option: Option) -> str:
    if _all_owned(option):
        return "rented machines, or more of your own"
    machines = sum(item.instances for item in option.fleet)
    with_one_more = option.cost_usd_per_year * (machines + 1) / machines
    budget = scenario.budget_usd_per_year
    if budget is None or with_one_more <= budget or "budget" in option.obstacles:
        return "more replicas"
    return "more replicas and a larger budget"


def _overloaded(scenario: Scenario, option: Option) -> str:
    if option.capacity_documents_per_year.value < load_of(scenario).busiest_per_year:
        return "volume: it cannot keep up with the documents"
    return f"volume: it is {_unsure(scenario, option, 'volume')} to keep up"


def _too_few(scenario: Scenario) -> str:
    return f"replicas: fewer than the {scenario.min_replicas} asked for, spare ones not counted"


def _unsure(scenario: Scenario, option: Option, limit: Limit) -> str:
    """How sure it is of a limit; spare machines do not count, nor a place that may be down."""
    sure = probability(getattr(option.without_spares, limit))
    without = " without spare machines" if any(i.spare_instances for i in option.fleet) else ""
    if option.place_down_decides:
        without = f" with one {scenario.spread_over} down"
    return f"{sure} sure{without} instead of {percent(scenario.confidence)}"


def _late(scenario: Scenario, option: Option) -> tuple[str, str]:
    limit_s, alone_s, p95_s = (
        scenario.latency_p95_s,
        option.unloaded_latency_s,
        option.latency_s.p95,
    )
    if limit_s is not None and alone_s > limit_s:
        return (
            f"answer time: a document takes {seconds(alone_s)} even if it is alone; the limit is "
            f"{seconds(limit_s)}",
            f"an answer-time limit above {seconds(alone_s)}, or shorter documents",
        )
    if p95_s is None:
        return (
            "answer time: in the busiest hour documents arrive faster than they are processed",
            _more_replicas(scenario, option),
        )
    helps = _faster_answers(scenario, option)
    if limit_s is None:
        sure = _unsure(scenario, option, "latency")
        return f"answer time: it is {sure} to keep every limit of its classes", helps
    if p95_s <= limit_s:
        sure = _unsure(scenario, option, "latency")
        return f"answer time: it is {sure} to answer within {seconds(limit_s)}", helps
    return (
        f"answer time: 95 % of answers take up to {seconds(p95_s)} in the busiest hour; the limit "
        f"is {seconds(limit_s)}",
        helps,
    )


def _faster_answers(scenario: Scenario, option: Option) -> str:
    """More replicas, unless as many as can help were tried: an idle one is too slow, too."""
    bounded = scenario.budget_usd_per_year is not None or bool(scenario.fleet)
    if bounded or math.isfinite(most_machines(option.fleet[0].price_offer)):
        return _more_replicas(scenario, option)
    return "a looser limit on answers, shorter documents, or a faster GPU"


def _too_dear(scenario: Scenario, option: Option) -> tuple[str, str]:
    cost, budget = option.cost_usd_per_year, scenario.budget_usd_per_year or 0.0
    return (
        f"budget: costs {usd(cost)} a year, {usd(cost - budget)} over the budget of {usd(budget)}",
        f"a budget of {usd(rounded_up_usd(cost))}"
        if option.obstacles == ("budget",)
        else "a larger budget",
    )


def own_hardware_sentences(plan: Plan) -> tuple[str, ...]:
    """How much of the work the user's own GPUs carry by themselves, if they are not enough.

    One sentence for each GPU of which no fleet of own machines alone keeps every limit.
    """
    if plan.scenario.fleet:
        return ()
    own: dict[str, list[Option]] = {}
    for option in plan.options:
        if all(item.price_offer.terms == "owned" for item in option.fleet):
            own.setdefault(" and ".join(dict.fromkeys(i.gpu for i in option.fleet)), []).append(
                option
            )
    return tuple(
        _own_gpus(plan.scenario, max(fleets, key=_carried))
        for fleets in own.values()
        if all(option.obstacles for option in fleets)
    )


def _carried(option: Option) -> float:
    return option.capacity_documents_per_year.value


def _own_gpus(scenario: Scenario, option: Option) -> str:
    owned = [(item.instances * item.price_offer.gpu_count, item.gpu) for item in option.fleet]
    is_one = sum(count for count, _ in owned) == 1
    gpus = " + ".join(gpu_group(count, gpu) for count, gpu in owned)
    beside = _left_over(option)
    short = f"Your own {gpus} {'is' if is_one else 'are'} not enough alone{beside}"
    share = _carried(option) / load_of(scenario).busiest_per_year
    if share >= 1.0:
        return f"{short}: {reason_of(scenario, option)}."
    process = "it processes" if is_one else "they process"
    return (
        f"{short}: of the documents of the busiest hour {process} {percent(share)}, and other "
        "machines must take the rest."
    )


def _left_over(option: Option) -> str:
    """The machines that make no whole set of those that a replica spans; empty if none do."""
    offers = [item.price_offer for item in option.fleet]
    if len(offers) > 1 or offers[0].machines == 1:
        return ""
    [offer] = offers
    left = int(single_machines(offer)) - offer.machines_in(int(most_machines(offer)))
    if not left:
        return ""
    return f" ({counted(left, 'machine')} left over, as a replica spans {offer.machines})"
