"""Texts stay texts, dates are dates, and the same contents give the same bytes."""

from __future__ import annotations

import datetime
import io
from typing import Any

import pytest
from openpyxl import load_workbook

from planner.workbook.cell_formula import number
from planner.workbook.worksheet import LONGEST_TEXT, Book, safe_text

CREATED = datetime.date(2026, 11, 27)


def written(*texts: str) -> Any:
    book = Book("Title", CREATED)
    sheet = book.sheet("Texts", (20,))
    for text in texts:
        sheet.text(0, text)
        sheet.next_row()
    return load_workbook(io.BytesIO(book.content()))["Texts"]


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        '=HYPERLINK("http://example.org")',
        "+1",
        "-1",
        "@SUM(A1)",
        "{=1}",
        "007",
        "1e5",
        "TRUE",
        "http://example.org/?a=<b>&c",
        "<b>&amp;</b>",
        "'quoted",
        "_x0041_",
        "ﬁ 日本 😀",
    ],
)
def test_a_text_is_written_as_it_was_typed(text: str) -> None:
    cell = written(text)["A1"]
    assert cell.data_type == "s"
    assert cell.hyperlink is None
    assert cell.value == text


def test_what_no_file_can_hold_is_replaced() -> None:
    sheet = written("a\x00b\x1bc", "tab\tline\nend", "half \ud800 pair", "\u202eright to left")
    assert [row[0].value for row in sheet.rows] == [
        "a\ufffdb\ufffdc",
        "tab line end",
        "half \ufffd pair",
        "\ufffdright to left",
    ]


@pytest.mark.parametrize("letter", ["a", "😀"])
def test_a_text_is_cut_to_what_a_cell_holds(letter: str) -> None:
    text = safe_text(letter * 40_000)
    assert len(text.encode("utf-16-le")) // 2 <= LONGEST_TEXT
    assert len(text.encode("utf-16-le")) // 2 >= LONGEST_TEXT - 1
    assert text.endswith("…")
    assert written(letter * 40_000)["A1"].value == text


def test_a_date_is_a_date_and_a_year_alone_is_text() -> None:
    book = Book("Title", CREATED)
    sheet = book.sheet("Dates", (20,))
    sheet.date(0, "2026-07-20")
    sheet.date(1, "2024")
    cells = load_workbook(io.BytesIO(book.content()))["Dates"]
    assert cells["A1"].value == datetime.datetime(2026, 7, 20)
    assert cells["A1"].number_format == "yyyy-mm-dd"
    assert cells["B1"].value == "2024"


def test_a_formula_names_no_sheet_but_others_and_has_its_value_beside_it() -> None:
    book = Book("Title", CREATED)
    first, second = book.sheet("First", (20,)), book.sheet("Second one", (20,))
    price = first.number(0, 2.5, "usd", "input")
    twice = first.number(1, price * 2.0)
    second.number(0, twice + price)
    content = book.content()
    formulas, values = (load_workbook(io.BytesIO(content), data_only=d) for d in (False, True))
    assert formulas["First"]["B1"].value == "=A1*2"
    assert formulas["Second one"]["A1"].value == "='First'!B1+'First'!A1"
    assert values["First"]["B1"].value == 5
    assert values["Second one"]["A1"].value == 7.5


def test_the_same_contents_and_date_give_the_same_bytes() -> None:
    def content() -> bytes:
        book = Book("Title", CREATED)
        book.sheet("One", (20,)).number(0, number(1.0) + 2.0)
        return book.content()

    assert content() == content()
