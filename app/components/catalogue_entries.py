"""One kind of catalogue entries: a table to search, and the user's own to add, change, remove."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import pandas as pd
import streamlit as st

from app.components.catalogue_kinds import EntryKind, Kind
from app.components.entry_form import clear_form, entry_form, fill_form, key_of, set_wrong, texts_of
from app.html_pieces import paragraph, problem, table
from app.services import own_catalogue
from app.services.own_catalogue import Row, Stated, name_of
from planner.catalog.price_offer import PriceOffer
from planner.errors import InputError, PlannerError
from planner.wording.formatting import capitalized, counted

Save = Callable[[Stated], Row]

_ROW_PX, _MOST_ROWS = 35, 10


def entries(
    kind: EntryKind[Kind],
    save: Save,
    more_of: Callable[[Kind], None] | None = None,
    more_fields: Callable[[], None] | None = None,
) -> None:
    """The table, the entry that is chosen, and the form.

    ``more_of`` draws more of the chosen entry, ``more_fields`` more fields of the form.
    """
    _chosen(kind, _table(kind), more_of)
    _undo_offer(kind)
    st.header(f"Add or change a {kind.noun}")
    _what_is_changed(kind)
    entry_form(kind.form, kind.fields)
    if more_fields is not None:
        more_fields()
    st.button(
        f"Save {kind.noun}",
        type="primary",
        key=key_of(kind.form, "save"),
        on_click=_save,
        args=(kind, save),
    )
    _outcome(kind.form)


def _table(kind: EntryKind[Kind]) -> list[Kind]:
    """Draw the table of the entries that are looked for, and return them."""
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    with left:
        words = st.text_input(
            f"Search {kind.noun}s",
            key=key_of(kind.form, "search"),
            placeholder="any words of a row",
        )
    with right:
        listed = st.segmented_control(
            f"{capitalized(kind.noun)}s to list",
            list(kind.shown),
            default=next(iter(kind.shown)),
            required=True,
            key=key_of(kind.form, "shown"),
        )
    every, rows, texts = _listed(kind, listed)
    found = _has_words(texts, words)
    frame = every[found]
    if frame.empty:
        st.html(paragraph(f"No {kind.noun} here. Search for other words, or add one below."))
        return []
    st.dataframe(
        frame,
        hide_index=True,
        height=_ROW_PX * (min(len(frame), _MOST_ROWS) + 1) + 3,
        row_height=_ROW_PX,
        alt=f"{counted(len(frame), kind.noun)}. " + "; ".join(
            ", ".join(row[:4]) for row in frame.head(3).itertuples(index=False)
        ),
    )  # fmt: skip
    st.caption(f"{counted(len(frame), kind.noun)} of {len(kind.rows):,}")
    return [row for row, is_found in zip(rows, found, strict=True) if is_found]


@lru_cache(maxsize=8)
def _listed(
    kind: EntryKind[Kind], shown: str
) -> tuple[pd.DataFrame, tuple[Kind, ...], tuple[str, ...]]:
    """The table of the rows to list, the rows, and the text of each that is searched.

    A catalogue may have thousands of prices, and every rerun of the page asks for them.
    """
    rows = tuple(row for row in kind.rows if kind.shown[shown](row))
    cells = [[cell(row) for cell in kind.columns.values()] for row in rows]
    frame = pd.DataFrame(cells, columns=list(kind.columns), dtype=str)
    return frame, rows, tuple(" ".join(row).casefold() for row in cells)


def _has_words(texts: Sequence[str], words: str | None) -> list[bool]:
    wanted = (words or "").casefold().split()
    return [all(word in text for word in wanted) for text in texts]


def _chosen(
    kind: EntryKind[Kind], listed: Sequence[Kind], more_of: Callable[[Kind], None] | None
) -> None:
    """Let the reader choose one of the listed entries; what was chosen before stays chosen."""
    key = key_of(kind.form, "chosen")
    before: list[Kind] = [row for row in kind.rows if name_of(row) == st.session_state.get(key)]
    if not before:
        st.session_state.pop(key, None)
    by_name = {name_of(row): row for row in before} | {name_of(row): row for row in listed}
    chosen = st.selectbox(
        f"{capitalized(kind.noun)} to look at",
        list(by_name),
        index=None,
        key=key,
        placeholder="Choose one to see all of it, change it or remove it",
    )
    if chosen is None:
        return
    row = by_name[chosen]
    st.html(table(chosen, ("Figure", "Value"), kind.figures(row)))
    if more_of is not None:
        more_of(row)
    with st.container(horizontal=True):
        st.button(
            "Change it below" if row.added_by == "user" else "Replace it by your own below",
            key=key_of(kind.form, "change"),
            on_click=_change,
            args=(kind, row),
        )
        if row.added_by == "user":
            st.button(
                "Remove it", key=key_of(kind.form, "remove"), on_click=_remove, args=(kind, row)
            )


def _undo_offer(kind: EntryKind[Kind]) -> None:
    removed: Row | None = st.session_state.get(key_of(kind.form, "removed"))
    if removed is None:
        return
    left, right = st.columns([3, 1], vertical_alignment="center")
    left.html(paragraph(f"Removed: {name_of(removed)}", "note"))
    right.button(
        "Undo", key=key_of(kind.form, "undo"), on_click=_undo, args=(kind,), type="tertiary"
    )


def _what_is_changed(kind: EntryKind[Kind]) -> None:
    # Streamlit drops the fields while another page is shown; an empty form changes no entry.
    if not any(key_of(kind.form, field.name) in st.session_state for field in kind.fields):
        st.session_state.pop(key_of(kind.form, "changed"), None)
    changed: str | None = st.session_state.get(key_of(kind.form, "changed"))
    if changed is None:
        return
    left, right = st.columns([3, 1], vertical_alignment="center")
    left.html(paragraph(f"You are changing {changed}.", "note"))
    right.button(
        "Add a new one",
        key=key_of(kind.form, "new"),
        on_click=_clear,
        args=(kind,),
        type="tertiary",
    )


def _change(kind: EntryKind[Kind], row: Kind) -> None:
    fill_form(kind.form, kind.texts(row))
    # An earlier price stays as it is: the form starts a new one from it.
    earlier = isinstance(row, PriceOffer) and row.tier == "stale"
    st.session_state[key_of(kind.form, "changed")] = None if earlier else name_of(row)


def _clear(kind: EntryKind[Kind]) -> None:
    clear_form(kind.form, kind.fields)
    st.session_state.pop(key_of(kind.form, "changed"), None)


def _outcome(form: str) -> None:
    told = st.session_state.pop(key_of(form, "outcome"), None)
    if told is not None:
        done, text = told
        st.html(paragraph(text) if done else problem(text))


def _save(kind: EntryKind[Kind], save: Save) -> None:
    stated = texts_of(kind.form, kind.fields)
    if missing := _missing(kind, stated):
        set_wrong(kind.form, missing)
        _tell(kind.form, False, "Not saved: fill in each marked field.")
        return
    set_wrong(kind.form, {})
    changed: str = st.session_state.get(key_of(kind.form, "changed")) or ""
    try:
        row = save(stated | {"id": changed})
    except PlannerError as error:
        field = error.field if isinstance(error, InputError) else None
        if field in stated:
            set_wrong(kind.form, {field: str(error)})
            _tell(kind.form, False, "An entry is wrong; see the marked field.")
        else:
            _tell(kind.form, False, str(error))
        return
    _clear(kind)
    removed: Row | None = st.session_state.get(key_of(kind.form, "removed"))
    if removed is not None and name_of(removed) == name_of(row):
        del st.session_state[key_of(kind.form, "removed")]
    st.session_state[key_of(kind.form, "chosen")] = name_of(row)
    told = f"Saved: {name_of(row)}. Plans use it from now on."
    if changed not in ("", name_of(row)):
        told += f" It has another name than {changed}, which stays beside it."
    _tell(kind.form, True, told)


def _missing(kind: EntryKind[Kind], stated: Stated) -> dict[str, str]:
    """A message for each required field that is empty."""
    return {
        field.name: f"{field.label} is missing, and every {kind.noun} must state it."
        for field in kind.fields
        if field.is_required and not stated[field.name]
    }


def _remove(kind: EntryKind[Kind], row: Row) -> None:
    try:
        own_catalogue.remove(row)
    except PlannerError as error:
        _tell(kind.form, False, str(error))
        return
    st.session_state[key_of(kind.form, "removed")] = row


def _undo(kind: EntryKind[Kind]) -> None:
    try:
        own_catalogue.put_back(st.session_state[key_of(kind.form, "removed")])
    except PlannerError as error:
        _tell(kind.form, False, str(error))
        return
    del st.session_state[key_of(kind.form, "removed")]


def _tell(form: str, done: bool, text: str) -> None:
    st.session_state[key_of(form, "outcome")] = (done, text)
