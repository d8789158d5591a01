"""The fields of the sidebar: each is kept in the URL, and has a place for what is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.entered import DEFAULTS
from app.numbers import tidied


@dataclass(frozen=True, slots=True)
class Fields:
    """Draws fields and gathers what they hold; each leaves a place under it for a message."""

    entered: dict[str, Any]
    places: dict[str, DeltaGenerator]

    def text(self, key: str, label: str, help: str | None = None, **kwargs: Any) -> None:
        """A line of text."""
        self.entered[key] = st.text_input(
            label, DEFAULTS[key], key=key, help=help, bind="query-params", **kwargs
        )
        self.places[key] = st.empty()

    def number(self, key: str, label: str, help: str | None = None, **kwargs: Any) -> None:
        """A number, tidied up when it is left."""
        self.text(key, label, help, on_change=_tidy, args=(key,), **kwargs)

    def choice(self, key: str, label: str, options: Sequence[str], **kwargs: Any) -> None:
        """One of several."""
        listed = _with_held(options, [st.session_state.get(key)])
        self.entered[key] = st.selectbox(
            label, listed, listed.index(DEFAULTS[key]), key=key, bind="query-params", **kwargs
        )
        self.places[key] = st.empty()

    def choices(self, key: str, label: str, options: Sequence[str], **kwargs: Any) -> None:
        """Any of several."""
        listed = _with_held(options, st.session_state.get(key) or [])
        self.entered[key] = st.multiselect(
            label, listed, DEFAULTS[key], key=key, bind="query-params", **kwargs
        )
        self.places[key] = st.empty()

    def switch(self, key: str, label: str, help: str) -> None:
        """On or off."""
        self.entered[key] = st.toggle(label, DEFAULTS[key], key=key, help=help, bind="query-params")

    def hold(self, *keys: str) -> None:
        """Fields that are not shown now keep what they held."""
        for key in keys:
            self.entered[key] = st.session_state.get(key, DEFAULTS[key])


def _with_held(options: Sequence[str], held: Sequence[str | None]) -> list[str]:
    """The options and what a loaded scenario holds beside them: to be told, not to be dropped."""
    return [*options, *(value for value in held if value and value not in options)]


def _tidy(key: str) -> None:
    st.session_state[key] = tidied(st.session_state[key] or "")
