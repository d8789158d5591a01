"""The Years sheet: documents and machines of each year, whether they are enough, and their cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from planner.catalog.price_offer import HOURS_PER_YEAR
from planner.fleet.busiest_hour import SECONDS_PER_HOUR, load_of
from planner.fleet.plan import Option, Plan
from planner.fleet.scenario_limits import ROUNDING
from planner.workbook.carried_volumes import CarriedVolumes, waits_for_answers
from planner.workbook.cell_formula import (
    Number,
    Words,
    cells_below,
    exponential,
    largest,
    logarithm,
    normal_error,
    normal_probability,
    number,
    rounded_up,
    smallest,
    sum_of,
    sum_of_column,
    when,
)
from planner.workbook.cost_lines_sheet import (
    YearCost,
    YearQuantities,
)
from planner.workbook.fleet_inputs import machines_label
from planner.workbook.inputs_sheet import Inputs
from planner.workbook.own_books import OwnBooks
from planner.workbook.worksheet import Book, Figures, Look, Sheet
from planner.workbook.year_verdict import exact_verdict, planned_year, verdict_as_planned
from planner.workload.weekly_hours import HOURS_PER_WEEK

_NEEDED = "Replicas needed, without spares"
_PLANNED = "Planned capacity, documents an hour"

_NOTE_EXACT = (
    "Replicas needed are computed as the planner does, with the confidence asked for. Change the "
    "documents, the growth, the busiest hour or the hours on the sheet Assumptions, and the "
    "machines of later years follow; those of the first are an input there."
)
_NOTE_PLANNED = (
    "The machines of later years are those of the plan: {why}, so no formula says how many another "
    "volume takes. The column Enough says if the documents are more than was planned for."
)


@dataclass(frozen=True, slots=True)
class YearCells:
    """The cells of a year that other sheets show."""

    quantities: YearQuantities
    capacity: Number
    utilization: Number
    sure: Number | None
    enough: Words


class YearsSheet:
    """Written in two steps: the fleets of the years, then, once these are known, what they cost."""

    def __init__(
        self,
        book: Book,
        plan: Plan,
        option: Option,
        inputs: Inputs,
        carried: CarriedVolumes | None,
    ) -> None:
        self._plan, self._option, self._inputs = plan, option, inputs
        self._number = max(1, len(plan.years))
        self._single = len(inputs.parts) == 1
        listed = carried is not None or not waits_for_answers(plan.scenario)
        self._exact = self._single and listed
        self._owned = [n for n, part in enumerate(inputs.parts) if part.owned is not None]
        self._columns = self._heads()
        self._sheet: Sheet = book.sheet("Years", [10.0, *(16.0 for _ in self._columns[1:])])
        self._sheet.text(0, "Years", "title")
        self._sheet.next_row()
        self._sheet.paragraph(self._note())
        self._sheet.next_row()
        self._sheet.heads(self._columns)
        self._sheet.freeze(1)
        self._first = self._sheet.row
        self._carried = [] if carried is None else self._write_carried(carried)
        self.years: list[YearCells] = []
        for year in range(1, self._number + 1):
            self.years.append(self._write_fleet(year))
            self._sheet.next_row()

    def _write_carried(self, carried: CarriedVolumes) -> list[Number]:
        """The list below the years; returns its cells."""
        self._sheet.row = self._first + self._number + 2
        label = machines_label(self._inputs.parts[0].item.price_offer)
        self._sheet.heads((f"{label}, no spares", "carry in the busiest hour, documents"))
        cells = []
        for machines, documents in enumerate(carried.documents_per_h, start=1):
            self._sheet.number(0, float(machines))
            cells.append(self._sheet.number(1, documents, look="fixed"))
            self._sheet.next_row()
        self._sheet.row = self._first
        return cells

    def write_costs(self, costs: Sequence[YearCost]) -> Number | None:
        """The cost of each year and the present value; returns the latter's cell."""
        self._sheet.row = self._first
        paid: list[Number] = []
        values: list[Number] = []
        for year, cost in enumerate(costs, start=1):
            paid.append(self._put("Cost, USD", cost.total, "usd"))
            if self._plan.present_value_usd is not None:
                values.append(self._write_payments(year, paid[-1]))
            self._sheet.next_row()
        self._sheet.text(0, "All years", "total")
        self._put("Cost, USD", sum_of_column(paid), "usd", "total")
        if not values:
            return None
        return self._put("Present value, USD", sum_of_column(values), "usd", "total")

    def _heads(self) -> list[str]:
        machines = [self._machines_head(n) for n in range(len(self._inputs.parts))]
        bought = ["Bought at its start, USD", "Paid at its end, USD", "Left in the end, USD"]
        valued = self._plan.present_value_usd is not None
        return [
            "Year",
            "Documents a year",
            "Documents in the busiest hour",
            *([_NEEDED] if self._single else []),
            *machines,
            "Replicas",
            *([] if self._single else [_PLANNED]),
            "Capacity, documents a year",
            "Utilization",
            *(["Sure to keep up"] if self._single else []),
            "Enough?",
            "Cost, USD",
            *(bought if valued and self._owned else []),
            *(["Present value, USD"] if valued else []),
        ]

    def _machines_head(self, which: int) -> str:
        if self._single:
            return machines_label(self._inputs.parts[0].item.price_offer)
        offer = self._inputs.parts[which].item.price_offer
        kind = f"{offer.provider} {offer.instance}"
        if offer.machines > 1:
            return f"Sets {which + 1}, each of {offer.machines} machines: {kind}"
        return f"Machines {which + 1}: {kind}"

    def _note(self) -> str:
        if self._exact:
            return _NOTE_EXACT
        why = (
            "answer times depend on how documents queue"
            if self._single
            else ("machines of several kinds share the documents")
        )
        return _NOTE_PLANNED.format(why=why)

    def _put(
        self, head: str, value: Number | float, figures: Figures = "count", look: Look = "computed"
    ) -> Number:
        return self._sheet.number(self._columns.index(head), value, figures, look)

    def _write_fleet(self, year: int) -> YearCells:
        inputs = self._inputs
        self._sheet.number(0, float(year), "plain")
        factor = (inputs.growth + 1.0) ** (year - 1)
        documents = self._put(
            "Documents a year", inputs.documents if year == 1 else inputs.documents * factor
        )
        arriving = documents / (inputs.arrival_hours * HOURS_PER_YEAR / HOURS_PER_WEEK)
        busiest = self._put("Documents in the busiest hour", arriving * inputs.peak)
        needed = self._needed(busiest)
        machines = tuple(self._machines(year, n, needed) for n in range(len(inputs.parts)))
        each = [self._replicas_of(year, n, there) for n, there in enumerate(machines)]
        replicas = self._put("Replicas", _sum(each))
        each = [replicas] if self._single else each
        hourly = self._capacity_per_hour(year, each)
        hours = inputs.working_hours * HOURS_PER_YEAR / HOURS_PER_WEEK
        capacity = self._put("Capacity, documents a year", hourly * hours)
        used = self._put("Utilization", documents / capacity, "percent")
        sure = self._sure(replicas, busiest)
        verdict = self._verdict(year, needed, machines, each, busiest, hourly)
        column = self._columns.index("Enough?")
        enough = self._sheet.words(column, verdict)
        self._sheet.mark_unless_yes(column)
        return YearCells(YearQuantities(documents, machines), capacity, used, sure, enough)

    def _needed(self, busiest: Number) -> Number | None:
        """Replicas that are enough, as ``sizing.replicas_for``; None for several parts.

        Without a list of what machines carry, those that keep up, however long answers take.
        """
        if not self._single:
            return None
        inputs, fewest = self._inputs, float(self._plan.scenario.min_replicas)
        if self._carried:
            machines = cells_below(self._carried, busiest) + 1.0
            found = machines * inputs.parts[0].replicas_per_machine
            return self._put(_NEEDED, largest(fewest, found) if fewest > 1 else found)
        slowdown = exponential(normal_error(inputs.confidence) * inputs.log_sd)
        per_replica = inputs.capacity_per_hour * inputs.max_utilization
        needed = rounded_up(busiest * slowdown * (1.0 - ROUNDING) / per_replica)
        return self._put(_NEEDED, largest(fewest, needed))

    def _machines(self, year: int, which: int, needed: Number | None) -> Number:
        """The first year's are an input. Later ones follow from the need, or are the plan's."""
        part = self._inputs.parts[which]
        column = self._columns.index(self._machines_head(which))
        if year == 1:
            return self._sheet.number(column, part.machines)
        if self._exact and needed is not None and not self._plan.scenario.fleet:
            machines = rounded_up(needed / part.replicas_per_machine)
            spares = float(part.item.spare_instances)
            if part.owned is not None:
                machines = smallest(machines, part.owned.available - spares)
            return self._sheet.number(column, machines + spares if spares else machines)
        planned = part.planned.machines(year)
        self._sheet.allow(column, min(1.0, planned), 1e6, whole=True)
        return self._sheet.number(column, float(planned), look="input")

    def _replicas_of(self, year: int, which: int, machines: Number) -> Number:
        """Those of a part: as planned on the planned machines, else as many as machines hold."""
        part = self._inputs.parts[which]
        if year == 1:
            return part.replicas
        full = machines * part.replicas_per_machine
        there, planned = part.planned.machines(year), part.planned.replicas(year)
        if planned == there * part.replicas_per_machine.value:
            return full
        return when(machines.equals(float(there)), number(float(planned)), full)

    def _capacity_per_hour(self, year: int, replicas: Sequence[Number]) -> Number:
        """Of the central forecast. Several parts carry as much as their most reduced one allows."""
        inputs = self._inputs
        if self._single:
            return replicas[0] * inputs.capacity_per_hour
        if year == 1:
            planned = self._put(_PLANNED, inputs.capacity_per_hour)
        else:
            hours = load_of(self._plan.scenario).working_hours_per_year
            per_hour = self._plan.years[year - 1].capacity_documents_per_year / hours
            planned = self._put(_PLANNED, per_hour, look="fixed")
        shares = [
            now / float(part.planned.replicas(year))
            for now, part in zip(replicas, inputs.parts, strict=True)
            if part.planned.replicas(year)
        ]
        return planned * smallest(*shares)

    def _sure(self, replicas: Number, busiest: Number) -> Number | None:
        """The probability of keeping up, as ``sizing.errors_borne``."""
        if not self._single:
            return None
        inputs = self._inputs
        usable = replicas * inputs.capacity_per_hour * inputs.max_utilization
        if inputs.log_sd.value == 0.0:
            found = when(busiest.at_most(usable), number(1.0), number(0.0))
        else:
            found = normal_probability(logarithm(usable / busiest) / inputs.log_sd)
        return self._put("Sure to keep up", found, "probability")

    def _verdict(
        self,
        year: int,
        needed: Number | None,
        machines: Sequence[Number],
        replicas: Sequence[Number],
        busiest: Number,
        hourly: Number,
    ) -> Words:
        parts = self._inputs.parts
        if self._exact and needed is not None:
            owned = parts[0].owned
            ends = self._carried and (owned is None or len(self._carried) < owned.available)
            known = busiest.at_most(self._carried[-1]) if ends else None
            return exact_verdict(self._option, parts[0], machines[0], replicas[0], needed, known)
        now = load_of(self._plan.scenario).busiest_per_s * SECONDS_PER_HOUR
        planned = planned_year(self._plan, self._option, year, now)
        usable = hourly * self._inputs.max_utilization
        return verdict_as_planned(planned, parts, machines, replicas, busiest, needed, usable)

    def _write_payments(self, year: int, cost: Number) -> Number:
        """The year's present value, as ``growth.present_value_usd``.

        What is bought is paid at the start of its year instead of its loss of value and the
        interest, and its value at the end of the last year comes back.
        """
        rate = self._inputs.discount_rate + 1.0
        if not self._owned:
            return self._put("Present value, USD", cost / rate**year, "usd")
        bought: list[Number] = []
        capital: list[Number] = []
        left: list[Number] = []
        for n in self._owned:
            own = self._inputs.parts[n].owned
            if own is None:
                continue
            books = OwnBooks(own, [one.quantities.machines[n] for one in self.years[:year]])
            more, machines = books.bought(year - 1), books.machines[-1]
            of_each = books.loss(year - 1) + books.interest(year - 1)
            bought.append(more * books.value(year - 1))
            capital.append(machines * of_each)
            left.append(more * books.value(year - 1, self._number - year + 1))
        start = self._put("Bought at its start, USD", _sum(bought), "usd")
        end = self._put("Paid at its end, USD", cost - _sum(capital), "usd")
        back = self._put("Left in the end, USD", _sum(left), "usd")
        value_today = end / rate**year + (start / rate ** (year - 1) if year > 1 else start)
        value_today = value_today - back / rate**self._number
        return self._put("Present value, USD", value_today, "usd")


def _sum(numbers: Sequence[Number]) -> Number:
    return numbers[0] if len(numbers) == 1 else sum_of(numbers)
