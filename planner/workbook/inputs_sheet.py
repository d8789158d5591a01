"""The Assumptions sheet: the inputs that formulas rest on, then all others of the plan."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from planner.catalog.price_offer import HOURS_PER_YEAR
from planner.fleet.busiest_hour import (
    busiest_month,
    deadline_h,
    load_of,
    may_wait,
    processing_hours_per_week,
    working_shifts,
)
from planner.fleet.plan import Option, Plan
from planner.fleet.scenario import MAX_DOCUMENTS_PER_YEAR, Scenario
from planner.fleet.scenario_defaults import DISCOUNT_RATE, MINIMUM_BILLED_H
from planner.learning.throughput import Z90
from planner.money.cost_of_items import BYTES_PER_TOKEN
from planner.report.pdf_assumptions_and_spares import Assumption
from planner.workbook.cell_formula import (
    Number,
    largest,
    number,
    smallest,
    sum_of,
    when,
)
from planner.workbook.fleet_inputs import (
    ItemInputs,
    LoadToFollow,
    PartInputs,
    item_inputs,
    part_inputs,
)
from planner.workbook.input_rows import HEADS, InputRows, reason_of_row
from planner.workbook.planned_parts import planned_parts
from planner.workbook.worksheet import Book, Look
from planner.workload.weekly_hours import FIVE_DAYS_UP_TO, HOURS_PER_WEEK

_WIDTHS = (44, 24, 26, 12, 70)

NOTE = (
    "Yellow cells are inputs: change one, and the cost lines, totals, years and present value "
    "follow. Grey cells come from the plan's forecast or its other inputs; only a new plan changes "
    "them. All other figures are computed."
)


NOTE_WITHOUT_FORMULAS = (
    "Documents of some models may wait and those of others may not, or not as long, so that no "
    "formula holds for all: the figures are those of the plan. The workbook of a scenario with the "
    "classes of one model has formulas."
)


@dataclass(frozen=True, slots=True)
class Inputs:
    """The cells of the Assumptions sheet that formulas refer to.

    ``peak`` is the busiest hour's documents over those of the average hour of arrival.
    """

    documents: Number
    tokens_in: Number
    tokens_out: Number
    bytes_per_token: Number
    arrival_hours: Number
    working_hours: Number
    peak: Number
    growth: Number
    discount_rate: Number
    max_utilization: Number
    confidence: Number
    eviction_share: Number
    budget: Number | None
    parts: tuple[PartInputs, ...]
    items: tuple[ItemInputs, ...]
    capacity_per_hour: Number
    log_sd: Number


def write_inputs(book: Book, plan: Plan, assumed: Sequence[Assumption]) -> Inputs | None:
    """The Assumptions sheet; None if no fleet runs, or its models have loads of their own, so that
    no formula computes it.
    """
    sheet = book.sheet("Assumptions", _WIDTHS)
    sheet.text(0, "Assumptions", "title")
    sheet.next_row()
    sheet.paragraph(note_of(plan))
    sheet.heads(HEADS)
    sheet.freeze(1)
    rows = InputRows(sheet, assumed)
    computed = plan.nearest is not None and has_one_load(plan.scenario, plan.nearest)
    found = _inputs(rows, plan, plan.nearest) if plan.nearest and computed else None
    _others(rows)
    return found


def note_of(plan: Plan) -> str:
    """A note on the cells that may be changed in the workbook, or the reason that none may."""
    computed = plan.nearest is None or has_one_load(plan.scenario, plan.nearest)
    return NOTE if computed else NOTE_WITHOUT_FORMULAS


def has_one_load(scenario: Scenario, option: Option) -> bool:
    """False if the documents of some models may wait, and those of others not, or not as long."""
    loads = set()
    for one in option.of_models:
        served = {part.name for item in one.fleet for part in item.serves}
        classes = tuple(part for part in scenario.classes if part.name in served)
        own = scenario.model_copy(update={"classes": classes})
        loads.add((may_wait(own), deadline_h(own)) if may_wait(own) else (False, None))
    return len(loads) <= 1


def _inputs(rows: InputRows, plan: Plan, option: Option) -> Inputs:
    s = plan.scenario
    rows.group("Volume and hours")
    documents = rows.entered(
        "Documents", s.documents_per_year, most=MAX_DOCUMENTS_PER_YEAR, least=1.0
    )
    tokens_in = rows.entered("Document size, in", float(s.input_tokens), look="fixed")
    tokens_out = rows.entered("Answer size, out", float(s.output_tokens), look="fixed")
    growth = rows.entered("Growth", s.growth_per_year, "percent", least=-0.9, most=10)
    arrival_hours, working_hours, hours_on, least_share = _hours(rows, s)
    peak = _peak(rows, s)
    rows.group("Fleet")
    pay_only = rows.choice("Pay for working hours only", s.pay_only_for_hours)
    working = hours_on * HOURS_PER_YEAR / HOURS_PER_WEEK
    by_use = when(pay_only.equals("yes"), working, number(HOURS_PER_YEAR))
    followed = None
    if s.follow_load:
        by_use = working_hours * HOURS_PER_YEAR / HOURS_PER_WEEK
        followed = LoadToFollow(number(busiest_month(s)) if may_wait(s) else peak, least_share)
    eviction = number(s.spot_eviction_share)
    planned = planned_parts(plan, option)
    if any(part.item.price_offer.terms == "spot" for part in planned):
        eviction = rows.entered("Spot taken back", s.spot_eviction_share, "percent", most=1.0)
    parts = tuple(part_inputs(rows, plan, part, by_use, followed) for part in planned)
    items = item_inputs(rows, s)
    rows.group("Money and sureness")
    rate = rows.entered(
        "Cost of capital", s.discount_rate, "percent", most=1.0, unit="a year",
        default=DISCOUNT_RATE,
    )  # fmt: skip
    budget = None
    if s.budget_usd_per_year is not None:
        budget = rows.entered("Budget a year", s.budget_usd_per_year, "usd", unit="USD")
    utilization = rows.entered("Utilization, at most", s.max_utilization, "percent", "fixed")
    confidence = rows.entered("Recommended from", s.confidence, "percent", "fixed")
    rows.group("Forecast")
    capacity, log_sd = _forecast(rows, s, option)
    bytes_per_token = rows.row(
        "Text of a token", BYTES_PER_TOKEN, "bytes", "default", "OpenAI: about 4 characters of "
        "English", look="fixed",
    )  # fmt: skip
    return Inputs(
        documents=documents,
        tokens_in=tokens_in,
        tokens_out=tokens_out,
        bytes_per_token=bytes_per_token,
        arrival_hours=arrival_hours,
        working_hours=working_hours,
        peak=peak,
        growth=growth,
        discount_rate=rate,
        max_utilization=utilization,
        confidence=confidence,
        eviction_share=eviction,
        budget=budget,
        parts=parts,
        items=items,
        capacity_per_hour=capacity,
        log_sd=log_sd,
    )


def _hours(rows: InputRows, s: Scenario) -> tuple[Number, Number, Number, Number | None]:
    """Hours a week in which documents arrive, are processed, and machines are billed, and the
    least share of a shift that is billed; None if there is none.

    If documents may wait, or arrive at stated times, the hours change what a machine must do in a
    way that only a new plan knows.
    """
    free = not may_wait(s) and not s.hour_profile and s.arrival_hours is None
    look: Look = "input" if free else "fixed"
    arrival = rows.entered(
        "Hours of arrival", s.hours_per_week, "plain", look, most=HOURS_PER_WEEK, least=1.0
    )
    working = arrival
    if may_wait(s):
        working = rows.entered(
            "Hours of processing", processing_hours_per_week(s), "plain", "fixed", unit="a week"
        )
    shortest = rows.entered(
        "Billed at least", s.minimum_billed_h, "plain", most=HOURS_PER_WEEK,
        unit="hours each time that machines are switched on", default=MINIMUM_BILLED_H,
    )  # fmt: skip
    if free:
        days = when(arrival.at_most(FIVE_DAYS_UP_TO), number(5.0), number(7.0))
        billed = days * largest(arrival / days, shortest)
    else:
        shifts = Counter(shift.hours for shift in working_shifts(s))
        days = number(shifts.total())
        billed = sum_of([number(n) * largest(hours, shortest) for hours, n in shifts.items()])
    on = when(shortest.equals(0.0), working, smallest(HOURS_PER_WEEK, billed))
    least_share = smallest(shortest, number(HOURS_PER_WEEK) / days) * days / working
    cell = rows.row(
        "Hours that a machine must be switched on",
        on,
        "a week",
        "",
        "computed",
        "decimal",
        "computed",
    )
    return arrival, working, cell, least_share if s.minimum_billed_h else None


def _peak(rows: InputRows, s: Scenario) -> Number:
    """Documents of the busiest hour over those of the average hour of arrival."""
    month = busiest_month(s)
    if may_wait(s):
        arriving = s.documents_per_year / (HOURS_PER_YEAR * s.hours_per_week / HOURS_PER_WEEK)
        pace = load_of(s).busiest_per_s * 3600.0 / arriving
        return rows.row(
            "Pace at which documents must be processed", pace, "× average hour of arrival", "",
            "from the hours of arrival and processing and the deadline", "decimal", "fixed",
        )  # fmt: skip
    hour = rows.entered("Busiest hour", s.peak_factor, "plain", least=1.0, most=1000.0)
    if month == 1.0:
        return hour
    return hour * rows.row(
        "Busiest month", month, "× average month", "you", "season", "decimal", "fixed"
    )


def _forecast(rows: InputRows, s: Scenario, option: Option) -> tuple[Number, Number]:
    """Documents an hour of a replica, or of a fleet of several parts, and its standard deviation.

    The interval of the forecast is log-normal.
    """
    capacity = option.capacity_documents_per_year
    per_hour = capacity.value / load_of(s).working_hours_per_year
    unit = "documents an hour"
    if len(option.fleet) == 1:
        per_hour, unit = per_hour / option.fleet[0].replicas, f"{unit} and replica"
    why = f"forecast, {option.basis}"
    speed = rows.row("Capacity", per_hour, unit, "plan", why, "decimal", "fixed")
    log_sd = math.log(capacity.high / capacity.value) / Z90
    spread = rows.row(
        "Error of the forecast", log_sd, "standard deviation of the log", "plan", why, "decimal",
        "fixed",
    )  # fmt: skip
    return speed, spread


def _others(rows: InputRows) -> None:
    """What only a new plan can change, as text."""
    rows.group("All other inputs of the plan: a change needs a new plan")
    for row in rows.assumed:
        if row.label not in rows.written:
            rows.sheet.text(1, row.value)
            rows.texts(row.label, row.unit, row.set_by, reason_of_row(row))
