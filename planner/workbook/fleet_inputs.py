"""Inputs of the fleet and of what it costs: machines, prices, own hardware, cost items."""

from __future__ import annotations

from dataclasses import dataclass

from planner.catalog.gpu import gpu_group
from planner.catalog.price_offer import HOURS_PER_YEAR, PriceOffer
from planner.entered.cost_item import CostItem
from planner.fleet.busiest_hour import load_by_hour, working_shifts
from planner.fleet.costs import BILLED_BY_USE, machines_paid, replicas_on
from planner.fleet.plan import FleetItem, Plan
from planner.fleet.scenario import Scenario
from planner.money.cost_of_items import ENTERED, counted_items
from planner.money.cost_of_owning import OwnedOffer
from planner.money.machines import reserved_beside
from planner.wording.cost_sentences import amount_and_unit
from planner.wording.formatting import machine_of, terms_of
from planner.wording.price_sentences import dated
from planner.workbook.cell_formula import Number, rounded_up
from planner.workbook.followed_load import FollowedInputs
from planner.workbook.input_rows import MOST, InputRows
from planner.workbook.planned_parts import PlannedPart
from planner.workbook.worksheet import Figures


@dataclass(frozen=True, slots=True)
class OwnedInputs:
    """What a machine of one's own costs, and what it draws."""

    price_usd: Number
    age_years: Number | None
    depreciation_years: Number
    residual_share: Number
    cost_of_capital: Number
    watts: Number
    pue: Number
    usd_per_kwh: Number
    usd_per_kw_month: Number
    maintenance_share: Number
    available: int


@dataclass(frozen=True, slots=True)
class LoadToFollow:
    """The busiest hour over the mean, and the least share of the working hours that is billed.

    The share is None if machines are billed for as long as they are needed.
    """

    peak_factor: Number
    least_share: Number | None


@dataclass(frozen=True, slots=True)
class PartInputs:
    """Machines of one kind, as ``planned``; ``replicas`` are those on all of them in year 1.

    ``hours_billed`` are those of a machine that runs in all working hours if the load is
    ``followed``, of which there is one for each year; empty if it is not.
    """

    planned: PlannedPart
    machines: Number
    replicas: Number
    replicas_per_machine: Number
    gpus_per_machine: Number
    usd_per_hour: Number | None
    fallback_usd_per_hour: Number | None
    hours_billed: Number
    followed: tuple[FollowedInputs, ...]
    owned: OwnedInputs | None

    @property
    def item(self) -> FleetItem:
        """The first of these machines in any year."""
        return self.planned.item


@dataclass(frozen=True, slots=True)
class ItemInputs:
    """A cost item. ``quantity`` is None if it is the text of the documents or answers."""

    item: CostItem
    amount: Number
    quantity: Number | None
    source: str


def machines_label(offer: PriceOffer) -> str:
    """The word for those counted: machines, or sets of those that a replica spans."""
    return "Machines" if offer.machines == 1 else f"Sets of {offer.machines} machines"


def one_of(offer: PriceOffer) -> str:
    """The word for one that is counted and priced."""
    return "machine" if offer.machines == 1 else f"set of {offer.machines} machines"


def part_inputs(
    rows: InputRows, plan: Plan, part: PlannedPart, by_use: Number, load: LoadToFollow | None
) -> PartInputs:
    item, there = part.item, part.machines(1)
    offer, judged = item.price_offer, bool(plan.scenario.fleet)
    owned = isinstance(offer, OwnedOffer)
    name = f"{offer.provider} {machine_of(offer)}, {terms_of(offer)}"
    most = float(offer.available) if isinstance(offer, OwnedOffer) else 1e6
    holds = replicas_on(1, item.gpu_count, offer)
    one, unit = one_of(offer), "machines" if offer.machines == 1 else "sets"
    rows.group(f"{name}: {gpu_group(item.gpu_count, item.gpu)} for each replica")
    gpus = rows.row(
        f"GPUs of a {one}", float(offer.gpu_count), "GPUs", "", offer.source, look="fixed"
    )
    per_machine = rows.row(
        f"Replicas on a {one}", float(holds), "replicas", "", "as many as its GPUs hold",
        look="fixed",
    )  # fmt: skip
    if judged:
        replicas = rows.row(
            "Replicas", float(item.replicas), "replicas", "you", "fleet to judge", least=1.0,
            whole=True,
        )  # fmt: skip
        machines = rows.row(
            machines_label(offer), rounded_up(replicas / per_machine), unit, "", "computed",
            look="computed",
        )  # fmt: skip
    else:
        spare = item.spare_instances if there else 0
        spares = f", {spare} of them spare" if spare else ""
        machines = rows.row(
            machines_label(offer), float(there), f"{unit}{spares}", "plan",
            _reason_of_machines(plan, there), look="input" if there else "fixed",
            least=1.0, most=most, whole=True,
        )  # fmt: skip
        replicas = rows.row(
            "Replicas", machines * per_machine, "replicas", "", "computed", look="computed"
        )
    if offer.machines > 1:
        rows.row(
            "Machines of all sets", machines * float(offer.machines), "machines", "", "computed",
            look="computed",
        )  # fmt: skip
    price = fallback = None
    if not owned:
        set_by = "you" if offer.added_by == "user" else "price list"
        source = f"{offer.source}, {dated(offer, item.standing)}"
        price = rows.row(
            f"Price of a {one}", offer.usd_per_hour, "USD an hour", set_by, source,
            "unit_usd",
        )  # fmt: skip
        if offer.terms == "spot" and offer.fallback_usd_per_hour is not None:
            fallback = rows.row(
                "Price on demand while evicted", offer.fallback_usd_per_hour, "USD an hour",
                set_by, source, "unit_usd",
            )  # fmt: skip
    may_stop = offer.terms in BILLED_BY_USE
    followed = load if may_stop else None
    hours = rows.row(
        f"Hours that a {one} is {'switched on' if owned else 'billed'}",
        by_use if may_stop else HOURS_PER_YEAR, "a year", "",
        "computed" if may_stop else "reserved machines are billed all year",
        look="computed" if may_stop else "fixed",
    )  # fmt: skip
    return PartInputs(
        planned=part,
        machines=machines,
        replicas=replicas,
        replicas_per_machine=per_machine,
        gpus_per_machine=gpus,
        usd_per_hour=price,
        fallback_usd_per_hour=fallback,
        hours_billed=hours,
        followed=() if followed is None else _followed(rows, plan.scenario, part, followed),
        owned=_owned(rows, offer) if isinstance(offer, OwnedOffer) else None,
    )


def _followed(
    rows: InputRows, scenario: Scenario, part: PlannedPart, load: LoadToFollow
) -> tuple[FollowedInputs, ...]:
    base, reserved = reserved_beside(part.item.price_offer), None
    uneven = len({shift.hours for shift in working_shifts(scenario)}) > 1
    by_hour = load_by_hour(scenario) is not None
    fixed = by_hour or part.item.may_wait or (uneven and load.least_share is not None)
    if base is not None:
        reserved = rows.row(
            f"Price of a {one_of(base)}, {base.terms}", base.usd_per_hour, "USD an hour",
            "price list", f"{base.source}, {base.as_of}", "unit_usd",
        )  # fmt: skip
    return tuple(
        FollowedInputs(
            load.peak_factor,
            float(item.always_instances),
            float(item.spare_instances),
            load.least_share,
            reserved,
            machines_paid(scenario, item.machines) if fixed else None,
        )
        for item in (item or part.item for item in part.years)
    )


def _reason_of_machines(plan: Plan, there: int) -> str:
    if not there:
        return "none in year 1, see the sheet Years"
    return "recommended" if plan.recommended is not None else "the closest fleet"


def _owned(rows: InputRows, offer: OwnedOffer) -> OwnedInputs:
    hardware = offer.hardware

    def row(
        label: str, field: str, unit: str, figures: Figures = "plain", least: float = 0.0
    ) -> Number:
        source = hardware.source(field)
        by = "you" if source == ENTERED else "default"
        value = float(getattr(hardware, field))
        most = 1.0 if figures == "percent" else MOST
        return rows.row(label, value, unit, by, source, figures, least=least, most=most)

    stated = (hardware.price_usd or 0.0) * offer.gpu_count
    one = one_of(offer)
    bought = "Price it was bought at" if offer.machines == 1 else f"Price a {one} was bought at"
    price = rows.row(
        f"Price of a {one} to buy" if hardware.age_years is None else bought,
        stated, "USD", "you", "0 if it is paid for already", "unit_usd",
    )  # fmt: skip
    age = None
    if hardware.age_years is not None:
        age = rows.row("Age", hardware.age_years, "years", "you", ENTERED, "plain", most=50.0)
    return OwnedInputs(
        price_usd=price,
        age_years=age,
        depreciation_years=row("Loses its value in", "depreciation_years", "years", least=1.0),
        residual_share=row("Value left then", "residual_share", "of the price", "percent"),
        cost_of_capital=row("Interest", "cost_of_capital", "a year", "percent"),
        watts=rows.row(
            f"Power of a {one}", offer.watts, "W", "", offer.power.source, "plain", most=1e7
        ),
        pue=row("PUE", "pue", "× power", least=1.0),
        usd_per_kwh=row("Electricity", "usd_per_kwh", "USD/kWh", "unit_usd"),
        usd_per_kw_month=row(
            "Colocation", "colocation_usd_per_kw_month", "USD per kW and month", "unit_usd"
        ),
        maintenance_share=row(
            "Maintenance", "maintenance_share", "of the price, a year", "percent"
        ),
        available=offer.available,
    )


def item_inputs(rows: InputRows, s: Scenario) -> tuple[ItemInputs, ...]:
    found = counted_items(s.other_costs, s.standard_costs)
    if found:
        rows.group("Costs beside the machines")
    own = {item.name for item in s.other_costs}
    rows.written.update(f"Cost: {name}" for name in own)
    return tuple(_item(rows, item, item.name in own) for item in found)


def _item(rows: InputRows, item: CostItem, own: bool) -> ItemInputs:
    by, source = ("you" if own else "default"), item.source or ENTERED
    _, unit = amount_and_unit(item.model_copy(update={"quantity": None}))
    share = item.unit == "share_of_gpu_cost"
    figures: Figures = "percent" if share else "unit_usd"
    if item.unit == "percent_tax":
        unit, figures = f"% {unit}", "plain"
    amount = rows.row(item.name, item.amount, unit, by, source, figures)
    quantity = None
    if item.quantity is not None or item.unit not in ("usd_per_gb", "usd_per_gb_month"):
        stated = 1.0 if item.quantity is None else item.quantity
        if item.unit != "percent_tax":
            quantity = rows.row(f"{item.name}: how many", stated, "", by, source, "plain")
    return ItemInputs(item, amount, quantity, source)
