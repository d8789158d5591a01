"""A form for one entry of the catalogue: fields from a description, each with its message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from app.html_pieces import problem


@dataclass(frozen=True, slots=True)
class EntryField:
    """A field of a form: a line of text, or one of several ``choices``."""

    name: str
    label: str
    help: str | None = None
    placeholder: str | None = None
    choices: tuple[str, ...] = ()
    is_required: bool = False


def entry_form(form: str, fields: Sequence[EntryField], columns: int = 3) -> dict[str, str]:
    """Draw the fields side by side and return their texts by name, without outer spaces."""
    texts: dict[str, str] = {}
    wrong = st.session_state.get(_wrong(form), {})
    for start in range(0, len(fields), columns):
        row = zip(st.columns(columns), fields[start : start + columns], strict=False)
        for place, field in row:
            with place:
                texts[field.name] = _draw(form, field)
                if field.name in wrong:
                    st.html(problem(wrong[field.name]))
    return texts


def texts_of(form: str, fields: Sequence[EntryField]) -> dict[str, str]:
    """The texts in the fields of a form, without outer spaces."""
    entered = (st.session_state.get(key_of(form, field.name)) for field in fields)
    return {
        field.name: str(text or "").strip() for field, text in zip(fields, entered, strict=True)
    }


def fill_form(form: str, texts: Mapping[str, str]) -> None:
    """Put texts into the fields of a form before it is drawn, and forget its messages."""
    for name, text in texts.items():
        st.session_state[key_of(form, name)] = text
    set_wrong(form, {})


def clear_form(form: str, fields: Sequence[EntryField]) -> None:
    """Empty the fields of a form before it is drawn, and forget its messages."""
    for field in fields:
        st.session_state.pop(key_of(form, field.name), None)
    set_wrong(form, {})


def set_wrong(form: str, messages: Mapping[str, str]) -> None:
    """Set the message below each field; empty if all are right."""
    st.session_state[_wrong(form)] = dict(messages)


def key_of(form: str, name: str) -> str:
    """The key of a field in the session."""
    return f"{form}_{name}"


def _wrong(form: str) -> str:
    return f"{form}_wrong"


def _draw(form: str, field: EntryField) -> str:
    key = key_of(form, field.name)
    if field.choices:
        current = st.session_state.get(key)
        listed = [*field.choices, *([current] if current and current not in field.choices else [])]
        return str(st.selectbox(field.label, listed, key=key, help=field.help))
    entered = st.text_input(
        field.label, key=key, help=field.help, placeholder=field.placeholder, max_chars=2000
    )
    return (entered or "").strip()
