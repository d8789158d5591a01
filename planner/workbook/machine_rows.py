"""Formulas for what machines cost in each year: rented, reserved beside others, or owned."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from planner.catalog.price_offer import HOURS_PER_YEAR, PriceOffer
from planner.fleet import costs
from planner.fleet.plan import Plan
from planner.money.cost_of_items import MONTHS
from planner.money.cost_of_owning import CAPITAL, DEPRECIATION, OwnedOffer
from planner.money.machines import reserved_beside
from planner.workbook.cell_formula import Number, number
from planner.workbook.fleet_inputs import OwnedInputs, PartInputs
from planner.workbook.followed_load import FollowedInputs
from planner.workbook.inputs_sheet import Inputs
from planner.workbook.own_books import OwnBooks

WATTS_PER_KW = 1000.0


@dataclass(frozen=True, slots=True)
class PaidMachines:
    """The machines of a part in a year; ``on`` are billed by use, ``reserved`` all year."""

    all: Number
    on: Number
    reserved: Number | None = None


@dataclass(frozen=True, slots=True)
class CostRow:
    """A row: its name, source, and its formula for each year; ``rises`` with the documents."""

    name: str
    source: str
    usd: Callable[[int], Number]
    rises: bool = False


def machine_name(part: PartInputs) -> str:
    offer = part.item.price_offer
    return f"{offer.provider} {offer.instance}"


def machine_rows(
    plan: Plan, inputs: Inputs, part: PartInputs, machines: Sequence[PaidMachines]
) -> list[CostRow]:
    """The lines of ``costs.machine_lines``, and those that cost nothing as the inputs stand."""
    offer = part.item.price_offer
    product = costs.machine_lines(plan.scenario, part.item.machines)
    counted = f"{offer.machines_in(part.item.instances):,} x "
    if part.owned is not None and isinstance(offer, OwnedOffer):
        return _owned_lines(part, part.owned, offer, machines)
    price, hours = part.usd_per_hour, part.hours_billed
    if price is None:
        raise TypeError(f"{offer.id} is rented without a price")
    base = reserved_beside(offer)
    if base is not None and part.followed:
        return _blended_lines(part, part.followed[0], base, price, machines)
    names, source = [line.name.removeprefix(counted) for line in product], product[0].source
    if part.fallback_usd_per_hour is None:
        amounts = [lambda n: machines[n].on * hours * price]
    else:
        fallback, evicted = part.fallback_usd_per_hour, inputs.eviction_share
        amounts = [
            lambda n: machines[n].on * hours * price * (1.0 - evicted),
            lambda n: machines[n].on * hours * fallback * evicted,
        ]
        if len(product) == 1:  # none are taken back as planned
            names.append(f"{machine_name(part)}, on-demand while evicted")
    return [CostRow(name, source, usd) for name, usd in zip(names, amounts, strict=True)]


def _blended_lines(
    part: PartInputs,
    followed: FollowedInputs,
    base: PriceOffer,
    price: Number,
    machines: Sequence[PaidMachines],
) -> list[CostRow]:
    """The reserved machines, and those on demand that follow the load."""
    offer, hours = part.item.price_offer, part.hours_billed

    def reserved_usd(n: int) -> Number:
        reserved, usd_per_hour = machines[n].reserved, followed.reserved_usd_per_hour
        if reserved is None or usd_per_hour is None:
            return number(0.0)
        return reserved * HOURS_PER_YEAR * usd_per_hour

    name = machine_name(part)
    return [
        CostRow(f"{name}, {base.terms}", f"{base.source}, {base.as_of}", reserved_usd),
        CostRow(
            f"{name}, {offer.terms}, while the load needs them",
            f"{offer.source}, {offer.as_of}",
            lambda n: machines[n].on * hours * price,
        ),
    ]


def _owned_lines(
    part: PartInputs,
    own: OwnedInputs,
    offer: OwnedOffer,
    machines: Sequence[PaidMachines],
) -> list[CostRow]:
    sources = {line.name: line.source for line in (offer.power, *offer.standing)}
    kw = own.watts / WATTS_PER_KW
    books = OwnBooks(own, [year.all for year in machines])
    power = kw * own.pue * own.usd_per_kwh * part.hours_billed
    colocation = kw * own.usd_per_kw_month * MONTHS
    maintenance = own.price_usd * own.maintenance_share
    of_year: dict[str, Callable[[int], Number]] = {
        "electricity": lambda n: machines[n].on * power,
        DEPRECIATION: lambda n: machines[n].all * books.loss(n),
        CAPITAL: lambda n: machines[n].all * books.interest(n),
        "colocation": lambda n: machines[n].all * colocation,
        "maintenance": lambda n: machines[n].all * maintenance,
    }
    return [
        CostRow(f"own {offer.instance}, {name}", sources.get(name, "nothing, as entered"), usd)
        for name, usd in of_year.items()
    ]
