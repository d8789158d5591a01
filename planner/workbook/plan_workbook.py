"""A plan as a workbook: its decision, inputs, cost lines, options and years, with formulas."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path

from planner.catalog.lookup import Catalog
from planner.files import replace_file
from planner.fleet.plan import Plan
from planner.forecast.forecaster import Forecaster
from planner.report.pdf_assumptions_and_spares import Assumption, assumptions, of_plan
from planner.workbook.carried_volumes import CarriedVolumes, carried_volumes
from planner.workbook.computed_sheets import write_computed
from planner.workbook.decision_sheet import WIDTHS, write_decision
from planner.workbook.inputs_sheet import write_inputs
from planner.workbook.options_sheet import write_hosted, write_options
from planner.workbook.worksheet import Book


def plan_workbook(
    plan: Plan,
    *,
    created: datetime.date,
    carried: CarriedVolumes | None = None,
    assumed: Sequence[Assumption] | None = None,
) -> bytes:
    """The plan as an XLSX file. The same plan and date give the same bytes.

    Formulas compute the nearest option's cost, capacity and years from the input cells; each has
    its value beside it. Text is text, whatever it begins with. With ``carried`` the machines of
    later years follow the documents although answers must be in time. ``assumed`` are the
    scenario's inputs as they were entered.
    """
    book = Book(plan.scenario.name, created)
    decision = book.sheet("Decision", WIDTHS, portrait=True)
    rows = assumptions(plan.scenario) if assumed is None else assumed
    inputs = write_inputs(book, plan, of_plan(rows, plan))
    results = None
    if plan.nearest is not None and inputs is not None:
        results = write_computed(book, plan, plan.nearest, inputs, carried)
    write_options(book, plan)
    write_hosted(book, plan, results)
    write_decision(decision, plan, created, results)
    return book.content()


def write_plan_workbook(path: Path, plan: Plan, forecaster: Forecaster, catalog: Catalog) -> None:
    """Write the workbook, dated today. Raises InputError if the file cannot be written."""
    carried = carried_volumes(plan, forecaster, catalog)
    replace_file(path, plan_workbook(plan, created=datetime.date.today(), carried=carried))
