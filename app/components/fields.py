"""The kinds of fields in the sidebar. The URL keeps each value, and a message fits below each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.numbers import tidied
from app.scenario_from_fields import DEFAULTS


@dataclass(frozen=True, slots=True)
class Fields:
    """Draws fields and collects their values, with a place for a message below each field."""

    entered: dict[str, Any]
    places: dict[str, DeltaGenerator]

    def text(self, key: str, label: str, help: str | None = None, **kwargs: Any) -> None:
        """A line of text."""
        self.entered[key] = st.text_input(
            label, DEFAULTS[key], key=key, help=help, bind="query-params", **kwargs
        )
        self.places[key] = st.empty()

    def lines(self, key: str, label: str, help: str, placeholder: str) -> None:
        """Several lines of text."""
        self.entered[key] = st.text_area(
            label,
            DEFAULTS[key],
            key=key,
            height=80,
            placeholder=placeholder,
            help=help,
            bind="query-params",
        )
        self.places[key] = st.empty()

    def number(self, key: str, label: str, help: str | None = None, **kwargs: Any) -> None:
        """A number, reformatted when the user leaves the field."""
        self.text(key, label, help, on_change=_tidy, args=(key,), **kwargs)

    def choice(self, key: str, label: str, options: Sequence[str], **kwargs: Any) -> None:
        """One of several."""
        listed = _with_current(options, [st.session_state.get(key)])
        self.entered[key] = st.selectbox(
            label, listed, listed.index(DEFAULTS[key]), key=key, bind="query-params", **kwargs
        )
        self.places[key] = st.empty()

    def choices(self, key: str, label: str, options: Sequence[str], **kwargs: Any) -> None:
        """Any of several."""
        listed = _with_current(options, st.session_state.get(key) or [])
        self.entered[key] = st.multiselect(
            label, listed, DEFAULTS[key], key=key, bind="query-params", **kwargs
        )
        self.places[key] = st.empty()

    def switch(self, key: str, label: str, help: str) -> None:
        """On or off."""
        self.entered[key] = st.toggle(label, DEFAULTS[key], key=key, help=help, bind="query-params")

    def hold(self, *keys: str) -> None:
        """Keep the values of fields that are not shown now."""
        for key in keys:
            self.entered[key] = st.session_state.get(key, DEFAULTS[key])


def _with_current(options: Sequence[str], current: Sequence[str | None]) -> list[str]:
    """The options, and values of a loaded scenario that are no longer among them.

    They stay visible, so that the user is told instead of losing them silently.
    """
    return [*options, *(value for value in current if value and value not in options)]


def _tidy(key: str) -> None:
    st.session_state[key] = tidied(st.session_state[key] or "")
