"""What a machine that is owned costs in a year: losing its value, capital, power, room, repair."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from planner.catalog import price_age
from planner.catalog.gpu import GPU, gpu_group
from planner.catalog.price_offer import HOURS_PER_YEAR, PriceOffer
from planner.entered.owned_hardware import OwnedHardware
from planner.errors import InputError
from planner.money.books import Books
from planner.money.cost_line import CostLine
from planner.money.cost_of_items import MONTHS

PROVIDER = "Own hardware"

DEPRECIATION, CAPITAL = "depreciation", "cost of capital"
"""The lines that change as a machine ages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnedOffer(PriceOffer):
    """Machines that are owned, as an offer beside rented ones, with the lines of one for a year.

    ``power`` is paid for the hours in which a machine is on, ``standing`` whether it is on or
    not. There are ``available`` machines and no more, each of which holds ``replicas``. A machine
    of the ``hardware`` that was entered draws ``watts``. ``purchase_usd`` is the price of one that
    is to be bought, 0 if it is there. ``capital_usd_per_year`` of the standing costs is the loss of
    value and the cost of capital, which the value on the ``books`` takes the place of in a present
    value.
    """

    available: int
    hardware: OwnedHardware
    watts: float
    power: CostLine
    standing: tuple[CostLine, ...]
    purchase_usd: float
    books: Books
    capital_usd_per_year: float
    replicas: int = 1


def stock_name(number: int) -> str:
    """The name of the stock that the hardware of this number in a scenario is, from 1 on."""
    return f"own {number}"


def power_usd_per_year(watts: float, pue: float, usd_per_kwh: float) -> float:
    """Watts x PUE x tariff for 8,760 hours."""
    return watts / 1000.0 * pue * usd_per_kwh * HOURS_PER_YEAR


def owned_offer(hardware: OwnedHardware, gpu: GPU, size: int, number: int) -> OwnedOffer:
    """Machines of ``size`` GPUs as an offer; ``number`` tells the hardware of a scenario apart.

    Raises InputError if neither the user nor the datasheet states what the GPU draws.
    """
    rated = hardware.watts or gpu.tdp_w
    if rated is None:
        raise InputError(
            f"the rated power of {gpu.name} is not known; enter watts for the GPUs that you own",
            field="owned",
        )
    watts = rated * size + hardware.host_watts
    price = (hardware.price_usd or 0.0) * size
    age = hardware.age_years
    books = Books(
        price_usd=price,
        residual_usd=price * hardware.residual_share,
        depreciation_years=hardware.depreciation_years,
        rate=hardware.cost_of_capital,
        age_years=age,
    )
    power = CostLine(
        "electricity",
        power_usd_per_year(watts, hardware.pue, hardware.usd_per_kwh),
        f"{watts:,.0f} W ({_watts_source(hardware, gpu)}) x PUE {hardware.pue:g} "
        f"({hardware.source('pue')}) x {hardware.usd_per_kwh:g} USD/kWh "
        f"({hardware.source('usd_per_kwh')})",
    )
    lines = (
        CostLine(
            DEPRECIATION,
            books.loss_usd(),
            f"{hardware.depreciation_years:g} years ({hardware.source('depreciation_years')}), "
            f"{100 * hardware.residual_share:g} % left ({hardware.source('residual_share')})"
            + ("" if age is None else f", bought {age:g} year{'' if age == 1.0 else 's'} ago"),
        ),
        CostLine(
            CAPITAL,
            books.interest_usd(),
            f"{100 * hardware.cost_of_capital:g} % ({hardware.source('cost_of_capital')})",
        ),
        CostLine(
            "colocation",
            watts / 1000.0 * hardware.colocation_usd_per_kw_month * MONTHS,
            hardware.source("colocation_usd_per_kw_month"),
        ),
        CostLine(
            "maintenance", price * hardware.maintenance_share, hardware.source("maintenance_share")
        ),
    )
    standing = tuple(line for line in lines if line.usd_per_year > 0.0)
    per_year = power.usd_per_year + sum(line.usd_per_year for line in standing)
    return OwnedOffer(
        id=f"owned-{number}-{size}",
        provider=PROVIDER,
        instance=gpu.name if size == 1 else gpu_group(size, gpu.name),
        gpu=gpu.name,
        gpu_count=size,
        terms="owned",
        region=stock_name(number),
        usd_per_hour=per_year / HOURS_PER_YEAR,
        usd_per_year=per_year,
        tier="own",
        as_of=price_age.today().isoformat(),
        source="entered by you, with the defaults named in each line",
        added_by="user",
        available=hardware.count // size,
        hardware=hardware,
        watts=watts,
        power=power,
        standing=standing,
        purchase_usd=price if age is None else 0.0,
        books=books,
        capital_usd_per_year=books.loss_usd() + books.interest_usd(),
    )


def _watts_source(hardware: OwnedHardware, gpu: GPU) -> str:
    return "entered by you" if hardware.watts else f"rated, {gpu.source_date} datasheet"


def in_later_year(offer: OwnedOffer, bought: Sequence[int]) -> OwnedOffer:
    """The mean machine in the last of some years, in each of which so many are bought.

    All that are there already are older by as many years.
    """
    last, machines = len(bought) - 1, sum(bought)
    if offer.hardware.age_years is not None:
        of_age = {last: machines}
    else:
        of_age = {last - year: number for year, number in enumerate(bought)}
    if not machines:
        return offer
    lost, interest = (
        sum(number * of_one(float(age)) for age, number in of_age.items()) / machines
        for of_one in (offer.books.loss_usd, offer.books.interest_usd)
    )
    changed = {DEPRECIATION: lost, CAPITAL: interest}
    lines = tuple(
        replace(line, usd_per_year=changed.get(line.name, line.usd_per_year))
        for line in offer.standing
    )
    return replace(offer, standing=lines, capital_usd_per_year=lost + interest)


def owned_lines(offer: OwnedOffer, machines: int, share_of_year: float) -> tuple[CostLine, ...]:
    """The lines of so many machines that are on for a share of the year."""
    name = f"{offer.machines_in(machines):,} x own {offer.instance}"
    power = _times(offer.power, name, machines * share_of_year)
    return (power, *(_times(line, name, machines) for line in offer.standing))


def _times(line: CostLine, name: str, times: float) -> CostLine:
    return replace(line, name=f"{name}, {line.name}", usd_per_year=line.usd_per_year * times)
