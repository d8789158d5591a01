"""The Cost lines sheet: what each year's fleet and everything beside it cost, as formulas.

The formulas are those of ``planner.fleet.costs`` and ``planner.money``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from planner.catalog.price_offer import HOURS_PER_YEAR
from planner.fleet.plan import Plan
from planner.money.cost_of_items import MONTHS
from planner.wording.cost_sentences import not_counted_sentence
from planner.workbook.cell_formula import (
    Number,
    number,
    sum_of,
    sum_of_column,
)
from planner.workbook.fleet_inputs import ItemInputs, PartInputs, machines_label
from planner.workbook.followed_load import FollowedInputs
from planner.workbook.inputs_sheet import Inputs
from planner.workbook.machine_rows import CostRow, PaidMachines, machine_name, machine_rows
from planner.workbook.worksheet import Book, Figures, Sheet

MILLION = 1e6
BYTES_PER_GB = 1e9
_FIRST, _YEAR, _UNIT, _SOURCE = 48.0, 15.0, 16.0, 70.0


@dataclass(frozen=True, slots=True)
class YearQuantities:
    """The documents of a year, and the machines of each part."""

    documents: Number
    machines: tuple[Number, ...]


@dataclass(frozen=True, slots=True)
class YearCost:
    """The total of a year, and the part of it that rises with the documents."""

    total: Number
    of_documents: Number


@dataclass(frozen=True, slots=True)
class FirstYearCost:
    """The first year's total per document and token."""

    per_1000_documents: Number
    per_million_tokens: Number


@dataclass(frozen=True, slots=True)
class _Usage:
    """The quantities of a year that cost items are multiplied by."""

    documents: Number
    gpus: Number
    gpu_hours: Number
    text_gb: Number
    answers_gb: Number


def cost_lines_sheet(book: Book, plan: Plan) -> Sheet:
    """The empty sheet, with a column for each year planned for."""
    years = max(1, len(plan.years))
    return book.sheet("Cost lines", (_FIRST, *(_YEAR for _ in range(years)), _UNIT, _UNIT, _SOURCE))


def write_cost_lines(
    sheet: Sheet, plan: Plan, inputs: Inputs, years: Sequence[YearQuantities]
) -> tuple[list[YearCost], FirstYearCost]:
    """Fill the sheet; returns the cells of each year's total."""
    sheet.text(0, "Cost lines, USD a year", "title")
    sheet.next_row()
    sheet.paragraph(
        f"All figures are computed from the inputs. {not_counted_sentence(plan.scenario)}"
    )
    names = ["A year"] if len(years) == 1 else [f"Year {n}" for n in range(1, len(years) + 1)]
    sheet.heads(["Quantity", *names])
    sheet.freeze(1)
    paid = _write_machines(sheet, inputs, years)
    usage = _write_usage(sheet, inputs, years, paid)
    sheet.next_row()
    sheet.heads(["Cost", *names, "per 1,000 documents", "per million tokens", "Source"])
    machines = [
        line
        for n, part in enumerate(inputs.parts)
        for line in machine_rows(plan, inputs, part, paid[n])
    ]
    rented = _write(sheet, machines, inputs, years)
    machines_usd = [sum_of_column([row[year] for row in rented]) for year in range(len(years))]
    items = [one for one in inputs.items if one.item.unit != "percent_tax"]
    taxes = [one for one in inputs.items if one.item.unit == "percent_tax"]
    besides = [_item_line(one, usage, machines_usd) for one in items]
    written = _write(sheet, besides, inputs, years)
    taxed_rows = [
        row for row, one in zip(written, items, strict=True) if one.item.unit != "usd_per_fte_year"
    ]
    taxed = [sum_of([usd, *(row[n] for row in taxed_rows)]) for n, usd in enumerate(machines_usd)]
    tax_rows = _write(sheet, [_tax_line(one, taxed) for one in taxes], inputs, years)
    rising = [row for row, line in zip(written, besides, strict=True) if line.rises]
    return _write_totals(sheet, inputs, years, [*rented, *written, *tax_rows], rising, taxes)


def _write_machines(
    sheet: Sheet, inputs: Inputs, years: Sequence[YearQuantities]
) -> list[list[PaidMachines]]:
    """The machines of each part in each year."""
    found: list[list[PaidMachines]] = []
    for n, part in enumerate(inputs.parts):
        name, followed = machine_name(part), part.followed
        sets = "" if part.item.price_offer.machines == 1 else " sets"
        machines = _row(
            sheet,
            f"{machines_label(part.item.price_offer)}: {name}",
            [year.machines[n] for year in years],
        )
        if not followed:
            found.append([PaidMachines(one, one) for one in machines])
            continue
        price, reserved = part.usd_per_hour, [number(0.0)] * len(years)
        if price is not None and followed[0].reserved_usd_per_hour is not None:
            of_each = [
                year.reserved(one, part.hours_billed, price)
                for year, one in zip(followed, machines, strict=True)
            ]
            reserved = _row(sheet, f"Reserved{sets}: {name}", of_each)
        hours = [part.hours_billed] * len(years)
        billed = list(map(FollowedInputs.billed, followed, machines, reserved, hours))
        others = _row(sheet, f"Billed{sets} in the mean working hour: {name}", billed, "decimal")
        found.append(list(map(PaidMachines, machines, others, reserved)))
    return found


def _row(
    sheet: Sheet, name: str, values: Sequence[Number], figures: Figures = "count"
) -> list[Number]:
    sheet.text(0, name)
    cells = [sheet.number(n, value, figures) for n, value in enumerate(values, start=1)]
    sheet.next_row()
    return cells


def _write_usage(
    sheet: Sheet,
    inputs: Inputs,
    years: Sequence[YearQuantities],
    machines: Sequence[Sequence[PaidMachines]],
) -> list[_Usage]:
    def row(name: str, values: Sequence[Number], figures: Figures = "count") -> list[Number]:
        return _row(sheet, name, values, figures)

    documents = row("Documents", [year.documents for year in years])
    gpus = row("GPUs", [_of_parts(inputs, machines, n, _gpus) for n in range(len(years))])
    hours = row(
        "GPU hours billed", [_of_parts(inputs, machines, n, _gpu_hours) for n in range(len(years))]
    )
    both = inputs.tokens_in + inputs.tokens_out
    gb = [docs * inputs.bytes_per_token / BYTES_PER_GB for docs in documents]
    texts = row("Text of prompts and answers, GB", [one * both for one in gb], "decimal")
    answers = row("Text of answers, GB", [one * inputs.tokens_out for one in gb], "decimal")
    return list(map(_Usage, documents, gpus, hours, texts, answers))


def _of_parts(
    inputs: Inputs,
    machines: Sequence[Sequence[PaidMachines]],
    year: int,
    of: Callable[[PartInputs, PaidMachines], Number],
) -> Number:
    found = [of(part, row[year]) for part, row in zip(inputs.parts, machines, strict=True)]
    return found[0] if len(found) == 1 else sum_of(found)


def _gpus(part: PartInputs, machines: PaidMachines) -> Number:
    return machines.all * part.gpus_per_machine


def _gpu_hours(part: PartInputs, machines: PaidMachines) -> Number:
    by_use = machines.on * part.gpus_per_machine * part.hours_billed
    if machines.reserved is None:
        return by_use
    return by_use + machines.reserved * part.gpus_per_machine * HOURS_PER_YEAR


def _item_line(one: ItemInputs, usage: Sequence[_Usage], machines_usd: Sequence[Number]) -> CostRow:
    def usd(n: int) -> Number:
        year, amount = usage[n], one.amount
        if one.quantity is not None:
            amount = amount * one.quantity
        elif one.item.unit in ("usd_per_gb", "usd_per_gb_month"):
            amount = amount * (year.answers_gb if one.item.unit == "usd_per_gb" else year.text_gb)
        match one.item.unit:
            case "usd_per_month" | "usd_per_gb_month":
                return amount * MONTHS
            case "usd_per_gpu_hour":
                return amount * year.gpu_hours
            case "usd_per_gpu_year":
                return amount * year.gpus
            case "share_of_gpu_cost":
                return amount * machines_usd[n]
            case "usd_per_1000_documents":
                return amount * year.documents / 1000.0
            case _:
                return amount

    rises = one.quantity is None or one.item.unit == "usd_per_1000_documents"
    return CostRow(one.item.name, one.source, usd, rises)


def _tax_line(one: ItemInputs, taxed: Sequence[Number]) -> CostRow:
    return CostRow(one.item.name, one.source, lambda n: taxed[n] * one.amount / 100.0)


def _write(
    sheet: Sheet, lines: Sequence[CostRow], inputs: Inputs, years: Sequence[YearQuantities]
) -> list[list[Number]]:
    return [_write_line(sheet, line, inputs, years) for line in lines]


def _write_line(
    sheet: Sheet, line: CostRow, inputs: Inputs, years: Sequence[YearQuantities]
) -> list[Number]:
    sheet.text(0, line.name)
    cells = [sheet.number(n + 1, line.usd(n), "usd") for n in range(len(years))]
    _write_per_unit(sheet, cells[0], inputs, len(years))
    sheet.text(len(years) + 3, line.source)
    sheet.next_row()
    return cells


def _write_per_unit(sheet: Sheet, usd: Number, inputs: Inputs, years: int) -> FirstYearCost:
    tokens = inputs.documents * (inputs.tokens_in + inputs.tokens_out)
    documents = sheet.number(years + 1, usd / inputs.documents * 1000.0, "unit_usd")
    return FirstYearCost(documents, sheet.number(years + 2, usd / tokens * MILLION, "unit_usd"))


def _write_totals(
    sheet: Sheet,
    inputs: Inputs,
    years: Sequence[YearQuantities],
    rows: Sequence[Sequence[Number]],
    rising: Sequence[Sequence[Number]],
    taxes: Sequence[ItemInputs],
) -> tuple[list[YearCost], FirstYearCost]:
    sheet.text(0, "Total", "total")
    totals = [
        sheet.number(n + 1, sum_of_column([row[n] for row in rows]), "usd", "total")
        for n in range(len(years))
    ]
    of_one = _write_per_unit(sheet, totals[0], inputs, len(years))
    sheet.next_row()
    sheet.text(0, "of which rises with the documents")
    with_tax = sum_of([tax.amount for tax in taxes]) / 100.0 + 1.0
    parts = [
        sheet.number(n + 1, sum_of([row[n] for row in rising]) * with_tax, "usd")
        for n in range(len(years))
    ]
    sheet.next_row()
    return list(map(YearCost, totals, parts)), of_one
