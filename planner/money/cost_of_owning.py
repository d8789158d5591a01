"""What a machine that is owned costs in a year: losing its value, capital, power, room, repair."""

from __future__ import annotations

from dataclasses import dataclass, replace

from planner.catalog import price_age
from planner.catalog.gpu import GPU, gpu_group
from planner.catalog.price_offer import HOURS_PER_YEAR, PriceOffer
from planner.entered.owned_hardware import OwnedHardware
from planner.errors import InputError
from planner.money.cost_line import CostLine
from planner.money.cost_of_items import MONTHS

PROVIDER = "Own hardware"


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnedOffer(PriceOffer):
    """Machines that are owned, as an offer beside rented ones, with the lines of one for a year.

    ``power`` is paid for the hours in which a machine is on, ``standing`` whether it is on or
    not. There are ``available`` machines and no more, each of which holds ``replicas``. A machine
    of the ``hardware`` that was entered draws ``watts``. ``purchase_usd`` is the price of one that
    is to be bought, 0 if it is there; ``value_usd`` is its price, or what is left of that on the
    books if it is there. ``value_lost_usd_per_year`` is at most what is left to lose.
    ``capital_usd_per_year`` of the standing costs is the loss of value and the cost of capital,
    which ``value_usd`` itself takes the place of in a present value.
    """

    available: int
    hardware: OwnedHardware
    watts: float
    power: CostLine
    standing: tuple[CostLine, ...]
    purchase_usd: float
    value_usd: float
    residual_usd: float
    value_lost_usd_per_year: float
    capital_usd_per_year: float
    replicas: int = 1

    def book_value_usd(self, years: float) -> float:
        """The value of a machine after so many years; never less than its residual value."""
        return max(self.residual_usd, self.value_usd - years * self.value_lost_usd_per_year)


def depreciation_usd_per_year(price_usd: float, residual_share: float, years: float) -> float:
    """The same loss each year, down to the residual value (straight line)."""
    return price_usd * (1.0 - residual_share) / years


def capital_usd_per_year(value_usd: float, residual_usd: float, rate: float) -> float:
    """Interest on the mean of the value and the residual value, which is bound on average."""
    return rate * (value_usd + residual_usd) / 2.0


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
    residual, age = price * hardware.residual_share, hardware.age_years or 0.0
    lost = depreciation_usd_per_year(price, hardware.residual_share, hardware.depreciation_years)
    if age >= hardware.depreciation_years:
        lost, value = 0.0, residual
    else:
        value = price - age * lost
        lost = min(lost, value - residual)  # what is left, if that is less than a year's loss
    interest = capital_usd_per_year(value, residual, hardware.cost_of_capital)
    power = CostLine(
        "electricity",
        power_usd_per_year(watts, hardware.pue, hardware.usd_per_kwh),
        f"{watts:,.0f} W ({_watts_source(hardware, gpu)}) x PUE {hardware.pue:g} "
        f"({hardware.source('pue')}) x {hardware.usd_per_kwh:g} USD/kWh "
        f"({hardware.source('usd_per_kwh')})",
    )
    lines = (
        CostLine(
            "depreciation",
            lost,
            f"{hardware.depreciation_years:g} years ({hardware.source('depreciation_years')}), "
            f"{100 * hardware.residual_share:g} % left ({hardware.source('residual_share')})"
            + ("" if hardware.age_years is None else f", bought {age:g} years ago"),
        ),
        CostLine(
            "cost of capital",
            interest,
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
        region=f"own {number}",
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
        purchase_usd=price if hardware.age_years is None else 0.0,
        value_usd=value,
        residual_usd=residual,
        value_lost_usd_per_year=lost,
        capital_usd_per_year=lost + interest,
    )


def _watts_source(hardware: OwnedHardware, gpu: GPU) -> str:
    return "entered by you" if hardware.watts else f"rated, {gpu.source_date} datasheet"


def owned_lines(offer: OwnedOffer, machines: int, share_of_year: float) -> tuple[CostLine, ...]:
    """The lines of so many machines that are on for a share of the year."""
    name = f"{machines:,} x own {offer.instance}"
    power = _times(offer.power, name, machines * share_of_year)
    return (power, *(_times(line, name, machines) for line in offer.standing))


def _times(line: CostLine, name: str, times: float) -> CostLine:
    return replace(line, name=f"{name}, {line.name}", usd_per_year=line.usd_per_year * times)
