"""Rows of the Assumptions sheet: a label, a value, its unit, who set it, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from planner.report.pdf_assumptions_and_spares import Assumption
from planner.workbook.cell_formula import Number, Words, words
from planner.workbook.worksheet import Figures, Look, Sheet

HEADS = ("Assumption", "Value", "Unit", "Set by", "Source or reason")
MOST = 1e12
"""No input may be larger."""


class InputRows:
    """Writes rows of the sheet; an input of the scenario has the words of the report."""

    def __init__(self, sheet: Sheet, assumed: Sequence[Assumption]) -> None:
        self.sheet, self.assumed = sheet, assumed
        self.stated: dict[str, Assumption] = {}
        for row in assumed:
            self.stated.setdefault(row.label, row)
        self.written = Counter[str]()

    def group(self, title: str) -> None:
        """A heading between rows."""
        self.sheet.next_row()
        self.sheet.text(0, title, "group")
        self.sheet.next_row()

    def entered(
        self,
        label: str,
        value: float | Number,
        figures: Figures = "count",
        look: Look = "input",
        most: float = MOST,
        least: float = 0.0,
        unit: str | None = None,
        default: float | None = None,
    ) -> Number:
        """An input of the scenario that the report calls ``label``.

        The report leaves some out that do not matter to it: then it is seen whether the value is
        the ``default``.
        """
        row = self.stated.get(label)
        self.written[label] += 1
        by, why = ("default" if value == default else "you"), ""
        if row is not None:
            by, why = row.set_by, reason_of_row(row)
        stated = unit if unit is not None else "" if row is None else row.unit
        return self.row(label, value, stated, by, why, figures, look, most, least)

    def row(
        self,
        label: str,
        value: float | Number,
        unit: str,
        set_by: str,
        source: str,
        figures: Figures = "count",
        look: Look = "input",
        most: float = MOST,
        least: float = 0.0,
        whole: bool = False,
    ) -> Number:
        """One row with a number; returns its cell."""
        if look == "input":
            self.sheet.allow(1, least, most, whole)
        cell = self.sheet.number(1, value, figures, look)
        self.texts(label, unit, set_by, source)
        return cell

    def choice(self, label: str, yes: bool) -> Words:
        """A row in which one chooses yes or no."""
        row = self.stated.get(label)
        self.written[label] += 1
        self.sheet.allow_only(1, ("yes", "no"))
        cell = self.sheet.words(1, words("yes" if yes else "no"), "input")
        self.texts(label, "", "" if row is None else row.set_by, reason_of_row(row) if row else "")
        return cell

    def texts(self, label: str, unit: str, set_by: str, source: str) -> None:
        """All of the row but its value."""
        for column, text in ((0, label), (2, unit), (3, set_by), (4, source)):
            self.sheet.text(column, text)
        self.sheet.next_row()


def reason_of_row(row: Assumption) -> str:
    """The reason of a row, and the source of its effect."""
    return "; ".join(filter(None, (row.reason, row.source)))
