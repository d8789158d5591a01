"""The sheets with formulas, and those of their cells that other sheets repeat."""

from __future__ import annotations

from dataclasses import dataclass

from planner.fleet.plan import Option, Plan
from planner.workbook.carried_volumes import CarriedVolumes
from planner.workbook.cell_formula import Number
from planner.workbook.cost_lines_sheet import (
    FirstYearCost,
    YearCost,
    cost_lines_sheet,
    write_cost_lines,
)
from planner.workbook.inputs_sheet import Inputs
from planner.workbook.worksheet import Book
from planner.workbook.years_sheet import YearCells, YearsSheet


@dataclass(frozen=True, slots=True)
class Results:
    """The cells for the inputs as they stand; ``present_value`` is None if no years are planned."""

    inputs: Inputs
    years: tuple[YearCells, ...]
    costs: tuple[YearCost, ...]
    of_one: FirstYearCost
    present_value: Number | None


def write_computed(
    book: Book, plan: Plan, option: Option, inputs: Inputs, carried: CarriedVolumes | None
) -> Results:
    """The sheets Cost lines and Years for an option's fleet."""
    sheet = cost_lines_sheet(book, plan)
    years = YearsSheet(book, plan, option, inputs, carried)
    costs, of_one = write_cost_lines(sheet, plan, inputs, [year.quantities for year in years.years])
    value = years.write_costs(costs)
    return Results(inputs, tuple(years.years), tuple(costs), of_one, value)
