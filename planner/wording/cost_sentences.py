"""What the yearly cost consists of, what all years come to today, and what is not counted."""

from __future__ import annotations

from dataclasses import dataclass

from planner.entered.cost_item import STANDARD_COSTS, CostItem, CostUnit, StandardCost
from planner.entered.owned_hardware import OwnedHardware
from planner.fleet import costs
from planner.fleet.busiest_hour import load_by_hour
from planner.fleet.plan import Option, Plan
from planner.fleet.scenario import Scenario
from planner.fleet.scenario_limits import ROUNDING
from planner.wording.formatting import count, counted, percent, significant, usd

_UNITS: dict[CostUnit, str] = {
    "usd_per_year": "a year",
    "usd_per_month": "a month",
    "usd_per_gpu_hour": "per GPU hour",
    "usd_per_gpu_year": "per GPU and year",
    "share_of_gpu_cost": "of the GPU cost",
    "usd_per_fte_year": "per full-time year",
    "usd_per_gb_month": "per GB and month",
    "usd_per_gb": "per GB",
    "usd_per_1000_documents": "per 1,000 documents",
    "percent_tax": "on all costs but people",
}

_UNIT_OF: dict[StandardCost, CostUnit] = {
    "people": "usd_per_fte_year",
    "storage": "usd_per_gb_month",
    "egress": "usd_per_gb",
    "tax": "percent_tax",
}
"""Units that tell what an item is for, whatever its name."""

NEVER_COUNTED = (
    "monitoring",
    "building the system once",
    "currency risk",
    "price changes during a commitment",
)
"""What no item stands for unless the user enters one."""


@dataclass(frozen=True, slots=True)
class BuildUpRow:
    """One line of the cost build-up, as text."""

    name: str
    usd_per_year: str
    usd_per_1000_documents: str
    usd_per_million_tokens: str
    source: str


HEADS = ("Cost", "USD a year", "per 1,000 documents", "per million tokens", "Source")


def build_up(scenario: Scenario, option: Option) -> tuple[BuildUpRow, ...]:
    """The lines of an option's cost and their total; a single line needs no total."""
    rows = [_row(scenario, line.name, line.usd_per_year, line.source) for line in option.cost_lines]
    if len(rows) > 1:
        rows.append(_row(scenario, "Total", option.cost_usd_per_year, ""))
    return tuple(rows)


def _row(scenario: Scenario, name: str, usd_per_year: float, source: str) -> BuildUpRow:
    per_1000 = costs.cost_usd_per_1000_documents(usd_per_year, scenario.documents_per_year)
    per_million = costs.cost_usd_per_million_tokens(usd_per_year, scenario)
    return BuildUpRow(name, usd(usd_per_year), usd(per_1000), usd(per_million), source)


def amount_and_unit(item: CostItem) -> tuple[str, str]:
    """The amount of an item and what it is for, such as ``$0.023`` and ``per GB and month``."""
    if item.unit == "percent_tax":
        amount = f"{count(item.amount)} %"
    elif item.unit == "share_of_gpu_cost":
        amount = percent(item.amount)
    else:
        amount = usd(item.amount)
    times = "" if item.quantity is None else f", × {count(item.quantity)}"
    return amount, f"{_UNITS[item.unit]}{times}"


def price_of(hardware: OwnedHardware) -> str:
    """The price of a GPU of one's own."""
    return "paid for" if hardware.price_usd is None else f"{usd(hardware.price_usd)} each"


def costs_not_counted(scenario: Scenario) -> tuple[str, ...]:
    """The names of costs that finance reviewers ask for and that the total leaves out."""
    named = {item.name.casefold() for item in scenario.other_costs}
    units = {item.unit for item in scenario.other_costs}
    standard = (
        name
        for name in STANDARD_COSTS
        if name not in scenario.standard_costs and _UNIT_OF.get(name) not in units
    )
    return tuple(name for name in (*standard, *NEVER_COUNTED) if name not in named)


def counts_more(scenario: Scenario) -> bool:
    """True if the cost is not that of the machines alone."""
    return bool(scenario.other_costs or scenario.standard_costs)


def not_counted_sentence(scenario: Scenario) -> str:
    """The costs that come on top of the yearly cost, by name."""
    counted_so_far = (
        "Besides the GPUs, the cost holds only the items named with it"
        if counts_more(scenario)
        else "The cost is that of the GPUs alone"
    )
    return f"{counted_so_far}. Not counted: {', '.join(costs_not_counted(scenario))}."


def following_load_sentence(plan: Plan) -> str | None:
    """The saving of switching machines off while the load is low; None if it is level, if they
    are all paid for all year, or if it saves nothing.
    """
    following = plan.following_load
    if plan.scenario.follow_load and plan.recommended is not None:
        return _followed(plan.scenario, plan.recommended)
    if following is None:
        return None
    said = []
    if following.share_of_cost < 1.0 - ROUNDING:
        alone = following.machines == 1
        said.append(
            "If machines are switched off while the load is low, "
            f"{counted(following.machines, 'machine')} on demand cost{'s' if alone else ''} "
            f"{usd(following.usd_per_year)} a year, {percent(following.share_of_cost)} of what "
            f"{'it costs' if alone else 'they cost'} around the clock; "
            f"{_assumed_load(plan.scenario)}, and machines that start in time."
        )
    blend = following.blend
    if blend is not None and blend.reserved and blend.usd_per_year < following.usd_per_year - 1.0:
        rest = f" and {count(blend.following)} on demand" if blend.following else ""
        said.append(
            f"The cheapest mix is {count(blend.reserved)} {following.reserved_terms}{rest}, at "
            f"{usd(blend.usd_per_year)}: a machine is worth reserving if it is needed for more "
            f"than {percent(blend.critical_ratio)} of the year."
        )
    return " ".join(said) or None


def _assumed_load(scenario: Scenario) -> str:
    """The assumed load by hour."""
    if load_by_hour(scenario) is not None:
        return "this assumes the load of each hour of the week as stated"
    return "this assumes a load that falls evenly from its busiest hour"


def _followed(scenario: Scenario, option: Option) -> str | None:
    """Machines of a fleet that follows the load that run on average; None if all of them do."""
    by_use = [one for one in option.fleet if one.price_offer.terms in costs.BILLED_BY_USE]
    reserved = sum(one.price_offer.machines_in(one.reserved_instances) for one in by_use)
    others = sum(one.price_offer.machines_in(one.instances) for one in by_use) - reserved
    running = sum(
        costs.machines_billed(scenario, one.machines).mean_running(one.reserved_instances)
        * one.price_offer.machines
        for one in by_use
    )
    if running >= others - ROUNDING:
        return None
    beside = f" beside the {count(reserved)} reserved" if reserved else ""
    return (
        f"Of {counted(others, 'machine')}{beside} {significant(running)} run on average in the "
        "working hours, as they are switched off while the load is low; "
        f"{_assumed_load(scenario)}, and machines that start in time."
    )


def present_value_sentence(plan: Plan) -> str | None:
    """The cost of all years planned for in today's money; None for a single year."""
    if plan.present_value_usd is None or len(plan.years) < 2:
        return None
    return (
        f"{counted(len(plan.years), 'year')} cost {usd(plan.present_value_usd)} in today's money, "
        f"at {percent(plan.scenario.discount_rate)} a year for capital."
    )
