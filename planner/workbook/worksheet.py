"""A sheet that is written from top to bottom: looks, number formats, texts that stay texts."""

from __future__ import annotations

import datetime
import io
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from planner.report.pdf_safe_text import literal
from planner.workbook.cell_formula import Number, Words, number

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format

Look = Literal[
    "title", "note", "head", "text", "input", "fixed", "computed", "total", "group", "line"
]
"""``input`` is for cells that a reader may change, ``computed`` for those that follow from them,
``fixed`` for figures that only a new plan changes."""

Figures = Literal["count", "decimal", "usd", "unit_usd", "percent", "probability", "plain", "date"]
"""How a number is written."""

LONGEST_TEXT = 32_767
"""Characters of a cell, counted in units of UTF-16: "Excel specifications and limits"."""

_FIGURES: dict[Figures, str] = {
    "count": "#,##0",
    "decimal": "#,##0.00",
    "usd": "$#,##0.00",
    "unit_usd": "$#,##0.00####",
    "percent": "0.0#%",
    "probability": '[>0.99]"over 99 %";[<0.01]"under 1 %";0 %',
    "plain": "General",
    "date": "yyyy-mm-dd",
}
_GREY, _BLUE, _YELLOW, _RED, _DARK_RED = "#F2F2F2", "#1F4E79", "#FFF2CC", "#FFC7CE", "#9C0006"
_LOOKS: dict[Look, dict[str, Any]] = {
    "title": {"bold": True, "font_size": 14},
    "note": {"italic": True, "text_wrap": True},
    "head": {"bold": True, "bg_color": _BLUE, "font_color": "#FFFFFF", "text_wrap": True},
    "text": {"text_wrap": True, "align": "left", "indent": 1},
    "input": {"bg_color": _YELLOW, "border": 1, "font_color": "#0000FF"},
    "fixed": {"bg_color": _GREY},
    "computed": {},
    "total": {"bold": True, "top": 1},
    "group": {"bold": True, "font_color": _BLUE},
    "line": {"bottom": 1},
}
_ALIGNED = {"valign": "top", "font_name": "Calibri"}
_A4 = 9
_LINE, _HIGHEST_ROW = 15.0, 409.0  # points
_FILLED = 1.0
"""Characters for each unit of a column's width before words wrap, on average."""


class Book:
    """A workbook in memory. The same contents and date give the same bytes."""

    def __init__(self, title: str, created: datetime.date) -> None:
        from xlsxwriter import Workbook  # 50 ms that `planner --help` need not wait for

        self._bytes = io.BytesIO()
        self._book: Workbook = Workbook(self._bytes, {"in_memory": True})
        self._formats: dict[tuple[Look, Figures], Format] = {}
        self.warning = self._book.add_format({"bg_color": _RED, "font_color": _DARK_RED})
        midnight = datetime.datetime.combine(created, datetime.time())
        self._book.set_properties({"title": safe_text(title), "created": midnight})

    def sheet(self, name: str, widths: Sequence[float], portrait: bool = False) -> Sheet:
        """A new sheet with columns of these widths in characters."""
        return Sheet(self, self._book, name, widths, portrait)

    def format(self, look: Look, figures: Figures) -> Format:
        """The format of a cell, made once."""
        key = look, figures
        if key not in self._formats:
            wanted = _ALIGNED | _LOOKS[look] | {"num_format": _FIGURES[figures]}
            self._formats[key] = self._book.add_format(wanted)
        return self._formats[key]

    def content(self) -> bytes:
        """The file. Nothing can be written afterwards."""
        self._book.close()
        return self._bytes.getvalue()


class Sheet:
    """A worksheet and the row that is written next. Columns are counted from 0."""

    def __init__(
        self,
        book: Book,
        workbook: Workbook,
        name: str,
        widths: Sequence[float],
        portrait: bool = False,
    ) -> None:
        self.name, self.row, self._book = name, 0, book
        self._widths, self._lines = widths, 1
        self._sheet = workbook.add_worksheet(name)
        for column, width in enumerate(widths):
            self._sheet.set_column(column, column, width)
        if not portrait:
            self._sheet.set_landscape()
        self._sheet.set_paper(_A4)
        self._sheet.fit_to_pages(1, 0)
        self._sheet.set_footer("&L&A&RPage &P of &N")
        self._sheet.hide_gridlines(2)

    def next_row(self, rows: int = 1) -> None:
        """Go on further down; the row so far becomes as high as its texts need."""
        if self._lines > 1:
            self._sheet.set_row(self.row, min(_HIGHEST_ROW, _LINE * self._lines))
        self.row, self._lines = self.row + rows, 1

    def text(self, column: int, text: str, look: Look = "text") -> None:
        """A text, whatever its first character is."""
        shown = safe_text(text)
        if look in ("text", "head"):
            self._make_room(shown, self._widths[column])
        self._sheet.write_string(self.row, column, shown, self._book.format(look, "plain"))

    def number(
        self,
        column: int,
        value: Number | float,
        figures: Figures = "count",
        look: Look = "computed",
    ) -> Number:
        """A number, or a formula with the value that it has now; returns the cell."""
        written = self._book.format(look, figures)
        if isinstance(value, Number):
            self._formula(column, value, written)
        else:
            self._sheet.write_number(self.row, column, value, written)
        return Number(self._reference(column), number(value).value)

    def words(self, column: int, value: Words, look: Look = "computed") -> Words:
        """A formula with text, or a text that formulas compare; returns the cell."""
        written = self._book.format(look, "plain")
        if value.text.startswith('"'):
            self._sheet.write_string(self.row, column, value.value, written)
        else:
            self._formula(column, value, written)
        return Words(self._reference(column), value.value)

    def either(self, column: int, value: Words | Number, figures: Figures) -> None:
        """A formula with a number, or with a word in its place."""
        self._formula(column, value, self._book.format("computed", figures))

    def date(self, column: int, iso: str, look: Look = "computed") -> None:
        """A date; what is none, such as a year alone, stays text."""
        try:
            day = datetime.date.fromisoformat(iso)
        except ValueError:
            self.text(column, iso, look)
        else:
            midnight = datetime.datetime.combine(day, datetime.time())
            self._sheet.write_datetime(self.row, column, midnight, self._book.format(look, "date"))

    def allow(self, column: int, at_least: float, at_most: float, whole: bool = False) -> None:
        """Refuse other numbers than these in the cell of this row."""
        self._sheet.data_validation(
            self.row,
            column,
            self.row,
            column,
            {
                "validate": "integer" if whole else "decimal",
                "criteria": "between",
                "minimum": at_least,
                "maximum": at_most,
            },
        )

    def allow_only(self, column: int, choices: Sequence[str]) -> None:
        """Offer these texts in the cell of this row, and refuse others."""
        self._sheet.data_validation(
            self.row, column, self.row, column, {"validate": "list", "source": list(choices)}
        )

    def mark_unless_yes(self, column: int) -> None:
        """Colour the cell of this row while it does not say yes."""
        rule = {"type": "cell", "criteria": "!=", "value": '"yes"', "format": self._book.warning}
        self._sheet.conditional_format(self.row, column, self.row, column, rule)

    def heads(self, labels: Sequence[str]) -> None:
        """A row of column heads."""
        for column, label in enumerate(labels):
            self.text(column, label, "head")
        self.next_row()

    def freeze(self, columns: int) -> None:
        """Keep the rows so far, and so many columns, in sight; print the last row on each page."""
        self._sheet.freeze_panes(self.row, columns)
        self._sheet.repeat_rows(self.row - 1)

    def paragraph(self, text: str, look: Look = "note") -> None:
        """A text over all columns."""
        self.wide_text(0, text, look)
        self.next_row()

    def wide_text(self, column: int, text: str, look: Look = "text") -> None:
        """A text over all columns from this one on, in a row as high as it needs."""
        shown, last = safe_text(text), len(self._widths) - 1
        self._make_room(shown, sum(self._widths[column:]))
        written = self._book.format(look, "plain")
        self._sheet.merge_range(self.row, column, self.row, last, "", written)
        self._sheet.write_string(self.row, column, shown, written)

    def _make_room(self, text: str, width: float) -> None:
        """Programs do not make rows higher for text in merged cells, and some for none."""
        self._lines = max(self._lines, math.ceil(len(text) / (width * _FILLED)))

    def _formula(self, column: int, value: Number | Words, written: Format) -> None:
        text = value.text.replace(f"'{self.name}'!", "")
        self._sheet.write_formula(self.row, column, f"={text}", written, value.value)

    def _reference(self, column: int) -> str:
        from xlsxwriter.utility import xl_rowcol_to_cell

        return f"'{self.name}'!{xl_rowcol_to_cell(self.row, column)}"


def safe_text(text: str) -> str:
    """The text as it was typed, cut to what a cell holds; controls become U+FFFD."""
    shown = literal(text)
    units = shown.encode("utf-16-le")
    if len(units) <= 2 * LONGEST_TEXT:
        return shown
    return units[: 2 * (LONGEST_TEXT - 1)].decode("utf-16-le", errors="ignore") + "…"
