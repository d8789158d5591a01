"""The table of the kinds of documents, which needs more room than the panel with the inputs."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd
import streamlit as st

from app.components.fields import Fields, is_wrong_in_link, note_wrong_in_link
from app.components.history import is_step_in_history
from app.components.parts import run_whole_page
from app.document_classes import COLUMNS, EXAMPLE, Row
from app.field_parsers import TOKENS_PER_PAGE
from app.html_pieces import paragraph
from app.rows_in_link import KIND, rows_of_texts, texts_of
from planner.errors import InputError

CLASS_ROWS = "class_rows"
_START, _DRAWN = "class_rows_at_first", "class_tables_drawn"
_REQUIRED = ("name", "documents", "input", "output")


def class_table(fields: Fields, unlinked: tuple[Row, ...]) -> None:
    """Draw the table and keep its rows, in the link too, if they are not the ``unlinked`` ones.

    Those are what a link without any stands for.
    """
    _take_from_link(unlinked)
    table_key = f"class_table_{st.session_state.get(_DRAWN, 0)}"
    if table_key not in st.session_state:
        st.session_state[_START] = st.session_state.get(CLASS_ROWS) or EXAMPLE
    st.markdown("**Kinds of documents**")
    edited = st.data_editor(
        _frame(st.session_state[_START]),
        key=table_key,
        on_change=run_whole_page,
        alt="Kinds of documents, a row for each",
        num_rows="dynamic",
        hide_index=True,
        placeholder="",
        column_config={
            key: st.column_config.TextColumn(
                heading, required=key in _REQUIRED, pinned=key == "name"
            )
            for key, heading in COLUMNS.items()
        },
    )
    note = (
        "A row for each kind; it counts once its kind, documents and tokens are filled in. Tokens "
        f"in may be pages: 2 pages are taken as {2 * TOKENS_PER_PAGE:,.0f} tokens, an assumption. "
        "Leave a p95 empty for the usual spread, a limit for none, and model and weights if they "
        "are those chosen for all."
    )
    st.html(paragraph(note, "note"))  # Streamlit's captions are too pale for WCAG on white
    rows = fields.entered[CLASS_ROWS] = st.session_state[CLASS_ROWS] = _rows(edited)
    if is_wrong_in_link(CLASS_ROWS, rows):
        pass  # the link stays, so that a reload tells what is wrong in it again
    elif not _put_into_link(rows, unlinked):
        st.html(
            paragraph("The table is too long for a link; save the scenario to keep it.", "note")
        )
    fields.places[CLASS_ROWS] = st.empty()


def redraw_class_table() -> None:
    """Let the next drawing of the table start from the rows in the session."""
    st.session_state[_DRAWN] = st.session_state.get(_DRAWN, 0) + 1


def leave_link() -> None:
    """Take the rows out of the link if the table is not shown."""
    if KIND in st.query_params:
        del st.query_params[KIND]


def _take_from_link(unlinked: tuple[Row, ...]) -> None:
    """Start from the rows of the link when it is opened, and at a step back or forward."""
    stepped = is_step_in_history()
    if CLASS_ROWS in st.session_state and not stepped:
        return
    try:
        stated = rows_of_texts(st.query_params.get_all(KIND))
    except InputError as error:
        note_wrong_in_link(CLASS_ROWS, str(error))
        return
    rows = stated or unlinked or EXAMPLE
    if rows != st.session_state.get(CLASS_ROWS):
        st.session_state[CLASS_ROWS] = rows
        redraw_class_table()


def _put_into_link(rows: tuple[Row, ...], unlinked: tuple[Row, ...]) -> bool:
    """Put the rows into the link, if it needs any; False if they are too long for one."""
    texts = [] if rows == unlinked else texts_of(rows)
    if not texts:
        leave_link()
    elif texts != st.query_params.get_all(KIND):
        st.query_params[KIND] = texts
    return texts is not None


def _frame(rows: Iterable[Row]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=list(COLUMNS), dtype=str)


def _rows(frame: pd.DataFrame) -> tuple[Row, ...]:
    return tuple(
        tuple(str(cell) if cell is not None and cell == cell else "" for cell in row)
        for row in frame.itertuples(index=False)
    )
