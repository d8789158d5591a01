"""A workbook that is read back, changed and calculated anew, as a spreadsheet program does."""

from __future__ import annotations

import datetime
import io
import itertools
import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import formulas
import numpy as np
from openpyxl import load_workbook

from planner.fleet.plan import Plan
from planner.workbook.carried_volumes import CarriedVolumes
from planner.workbook.plan_workbook import plan_workbook

CREATED = datetime.date(2026, 11, 27)

Cell = tuple[str, str]
"""The sheet and the reference, ``("Years", "B5")``."""


class RecalculatedWorkbook:
    """The cells of an XLSX file; formulas are calculated by the package ``formulas``."""

    def __init__(self, content: bytes) -> None:
        self.book = load_workbook(io.BytesIO(content))
        self._stated = load_workbook(io.BytesIO(content), data_only=True)
        self._found: dict[Cell, Any] = {}

    def enter(self, label: str, value: float | str, nth: int = 0) -> None:
        """Change the input of that label on the Assumptions sheet."""
        rows = [row for row in self.book["Assumptions"].rows if row[0].value == label]
        cell = rows[nth][1]
        assert cell.fill.fgColor.rgb == "FFFFF2CC", f"{label} is no input"
        assert cell.data_type != "f", f"{label} is a formula"
        cell.value = value
        self._found.clear()

    def row(self, sheet: str, label: str | int) -> list[Any]:
        """The calculated values of the first row that begins with the label."""
        for row in self.book[sheet].rows:
            if row[0].value == label:
                return [self.value((sheet, cell.coordinate)) for cell in row]
        raise AssertionError(f"{sheet} has no row {label!r}")

    def column(self, sheet: str, head: str, rows: int) -> list[Any]:
        """The calculated values below a head."""
        cells = [cell for row in self.book[sheet].rows for cell in row if cell.value == head]
        first = cells[0]
        return [self.value((sheet, first.offset(n, 0).coordinate)) for n in range(1, rows + 1)]

    def stated(self, cell: Cell) -> Any:
        """The value that the file has beside the formula."""
        return self._stated[cell[0]][cell[1]].value

    def formulas(self) -> Iterator[Cell]:
        """All cells with a formula."""
        for sheet in self.book.worksheets:
            for row in sheet.rows:
                for cell in row:
                    if cell.data_type == "f":
                        yield sheet.title, cell.coordinate

    def value(self, cell: Cell) -> Any:
        """The value of a cell, calculated if it is a formula."""
        if cell not in self._found:
            self._found[cell] = self._calculated(cell)
        return self._found[cell]

    def _calculated(self, cell: Cell) -> Any:
        content = self.book[cell[0]][cell[1]]
        if content.data_type != "f":
            return content.value
        names = [found[0] for found in _REFERENCE.finditer(content.value)]
        numbers = itertools.count(1)
        shape = _REFERENCE.sub(lambda _: f"A{next(numbers)}", content.value)
        return _scalar(_compiled(shape)(*(self._input(cell[0], name) for name in names)))

    def _input(self, sheet: str, name: str) -> Any:
        """The value of a cell or a column of cells that a formula names."""
        of, _, reference = name.rpartition("!")
        title = self._title(of.strip("'")) if of else sheet
        first, _, last = reference.replace("$", "").partition(":")
        cells = self.book[title][f"{first}:{last}"] if last else ((self.book[title][first],),)
        found = [[self.value((title, one.coordinate)) for one in row] for row in cells]
        return np.array(found, dtype=object) if last else found[0][0]

    def _title(self, name: str) -> str:
        return next(t for t in self.book.sheetnames if t.casefold() == name.casefold())


_REFERENCE = re.compile(r"('[^']+'!)?[A-Z]{1,2}\d+(:[A-Z]{1,2}\d+)?")


@cache
def _compiled(shape: str) -> Callable[..., Any]:
    """The function of a formula in which each reference has another name, A1, A2 and so on.

    Most formulas differ in their references alone, and compiling one takes 20 ms.
    """
    function = formulas.Parser().ast(shape)[1].compile()
    order = [int(name.removeprefix("A")) - 1 for name in function.inputs]
    return lambda *values: function(*(values[n] for n in order))


def _scalar(value: Any) -> Any:
    found = np.asarray(value).ravel()[0]
    return found.item() if isinstance(found, np.generic) else found


def opened(plan: Plan, carried: CarriedVolumes | None = None) -> RecalculatedWorkbook:
    """The workbook of a plan."""
    return RecalculatedWorkbook(plan_workbook(plan, created=CREATED, carried=carried))
