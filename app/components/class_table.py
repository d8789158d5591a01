"""The table of the kinds of documents, which needs more room than the panel with the inputs."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd
import streamlit as st

from app.components.fields import Fields
from app.document_classes import COLUMNS, EXAMPLE, Row
from app.html_pieces import paragraph

CLASS_ROWS = "class_rows"
_START, _DRAWN = "class_rows_at_first", "class_tables_drawn"
_REQUIRED = ("name", "documents", "input", "output")


def class_table(fields: Fields) -> None:
    """Draw the table and keep its rows, which outlive a visit to another page."""
    table_key = f"class_table_{st.session_state.get(_DRAWN, 0)}"
    if table_key not in st.session_state:
        st.session_state[_START] = st.session_state.get(CLASS_ROWS) or EXAMPLE
    st.markdown("**Kinds of documents**")
    edited = st.data_editor(
        _frame(st.session_state[_START]),
        key=table_key,
        alt="Kinds of documents, a row for each",
        num_rows="dynamic",
        hide_index=True,
        column_config={
            key: st.column_config.TextColumn(heading, required=key in _REQUIRED)
            for key, heading in COLUMNS.items()
        },
    )
    note = "A row for each kind. Leave a p95 empty for the usual spread, a limit for none."
    st.html(paragraph(note, "note"))  # Streamlit's captions are too pale for WCAG on white
    fields.entered[CLASS_ROWS] = st.session_state[CLASS_ROWS] = _rows(edited)
    fields.places[CLASS_ROWS] = st.empty()


def redraw_class_table() -> None:
    """Let the next drawing of the table start from the rows in the session."""
    st.session_state[_DRAWN] = st.session_state.get(_DRAWN, 0) + 1


def _frame(rows: Iterable[Row]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=list(COLUMNS), dtype=str)


def _rows(frame: pd.DataFrame) -> tuple[Row, ...]:
    return tuple(
        tuple(str(cell) if cell is not None and cell == cell else "" for cell in row)
        for row in frame.itertuples(index=False)
    )
