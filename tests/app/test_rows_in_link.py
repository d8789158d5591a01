"""The table of kinds in a link."""

from __future__ import annotations

from urllib.parse import parse_qs, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.document_classes import COLUMNS, EXAMPLE, Row
from app.rows_in_link import KIND, rows_of_texts, texts_of
from planner.errors import InputError

CELLS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
ROWS = st.lists(
    st.lists(CELLS, min_size=len(COLUMNS), max_size=len(COLUMNS)).map(tuple), max_size=4
)


def test_a_row_is_short_and_can_be_read() -> None:
    assert texts_of(EXAMPLE) == ["Claims;8,000,000;8,000;;150", "Invoices;12,000,000;2,000;;100"]


@given(ROWS)
def test_rows_come_back_from_a_link_as_they_were_typed(rows: list[Row]) -> None:
    texts = texts_of(rows)
    assert texts is not None
    link = parse_qs(urlencode({KIND: texts}, doseq=True), keep_blank_values=True)
    assert rows_of_texts(link.get(KIND, [])) == tuple(row for row in rows if any(row))


def test_a_table_that_makes_a_link_too_long_is_in_none() -> None:
    row = ("n" * 200, *[""] * (len(COLUMNS) - 1))
    assert texts_of([row] * 19) is not None  # 19 x (5 + 200 + 1) = 3,914 of 4,000 bytes
    assert texts_of([row] * 20) is None
    assert texts_of([("a", *row[1:])] * 200) is not None
    assert texts_of([("a", *row[1:])] * 201) is None


def test_a_cell_that_a_link_may_not_have_is_put_into_none() -> None:
    rest = [""] * (len(COLUMNS) - 1)
    assert rows_of_texts(texts_of([("n" * 300, *rest)]) or ()) == (("n" * 300, *rest),)
    assert texts_of([("n" * 301, *rest)]) is None


BREAKS = ["\n", "\r", "\r\n", "two\nlines"]


@pytest.mark.parametrize("text", [";" * 11, '"open', "n" * 301, "", *BREAKS])
def test_what_is_no_row_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="The link states kind 2 as"):
        rows_of_texts(["Claims", text])


def test_too_many_rows_are_refused() -> None:
    with pytest.raises(InputError, match="The link states 201 kinds; 200 are allowed"):
        rows_of_texts(["Claims"] * 201)
