"""The kinds of fields in the sidebar. The URL keeps each value, and a message fits below each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.components import parts
from app.components.parts import part_of_field
from app.html_pieces import problem
from app.numbers import tidied
from app.scenario_from_fields import DEFAULTS


@dataclass(frozen=True, slots=True)
class Fields:
    """Draws fields and collects their values, with a place for a message below each field.

    ``numbers`` are the fields of numbers that are drawn: parts of the page that can be run alone.
    """

    entered: dict[str, Any]
    places: dict[str, DeltaGenerator]
    numbers: set[str] = field(default_factory=set)

    def text(self, key: str, label: str, help: str | None = None, **kwargs: Any) -> None:
        """A line of text."""
        self.entered[key] = _text_input(key, label, help, **kwargs)
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
        part = st.fragment(_text_input, key=part_of_field(key))
        self.entered[key] = part(key, label, help, on_change=_tidy, args=(key,), **kwargs)
        self.numbers.add(key)
        self.places[key] = st.empty()

    def choice(self, key: str, label: str, options: Sequence[str], **kwargs: Any) -> None:
        """One of several; ``accept_new_options`` if a link may name others too."""
        is_open = kwargs.get("accept_new_options", False)
        note_what_the_link_got_wrong(key, label, options, is_open)
        listed = with_current(options, [st.session_state.get(key), DEFAULTS[key]])
        self.entered[key] = st.selectbox(
            label, listed, listed.index(DEFAULTS[key]), key=key, bind="query-params", **kwargs
        )
        self.places[key] = st.empty()

    def choices(
        self, key: str, label: str, options: Sequence[str], is_open: bool = False, **kwargs: Any
    ) -> None:
        """Any of several. If it ``is_open``, others of a link are taken too, and planned or
        refused.
        """
        current = st.session_state.get(key) or (st.query_params.get_all(key) if is_open else [])
        if not is_open:
            note_what_the_link_got_wrong(key, label, ("", *options))
        listed = with_current(options, current)
        self.entered[key] = st.multiselect(
            label, listed, DEFAULTS[key], key=key, bind="query-params", **kwargs
        )
        self.places[key] = st.empty()

    def switch(self, key: str, label: str, help: str) -> None:
        """On or off."""
        note_what_the_link_got_wrong(key, label, ("true", "false"))
        self.entered[key] = st.toggle(label, DEFAULTS[key], key=key, help=help, bind="query-params")

    def hold(self, *keys: str) -> None:
        """Keep the values of fields that are not shown now.

        They stand in the session, so that the address gets a value that is set before the field
        is shown again: Streamlit leaves out what is new together with its field.
        """
        for key in keys:
            self.entered[key] = st.session_state.setdefault(key, DEFAULTS[key])


def with_current(options: Sequence[str], current: Sequence[str | None]) -> list[str]:
    """The options, and values of a loaded scenario that are no longer among them.

    They stay visible, so that the user is told instead of losing them silently.
    """
    return list(dict.fromkeys((*options, *filter(None, current))))


_WRONG_IN_LINK = "wrong_in_link"


@dataclass(frozen=True, slots=True)
class _WrongInLink:
    """The message on a wrong entry in the address; the field has ``shown`` instead."""

    message: str
    shown: tuple[Any, ...] = ()


def note_what_the_link_got_wrong(
    key: str, label: str, options: Sequence[str], is_open: bool = False
) -> None:
    """Note a value of the address that is no option: Streamlit drops it without a word.

    If the field ``is_open``, only an empty one is none.
    """
    if (message := _no_option_in_link(key, label, options, is_open)) is not None:
        note_wrong_in_link(key, message)


def tell_what_the_link_got_wrong(key: str, label: str, options: Sequence[str]) -> None:
    """Say it above a field that changes no plan."""
    if (message := _no_option_in_link(key, label, options)) is not None:
        st.html(problem(message))


def _no_option_in_link(
    key: str, label: str, options: Sequence[str], is_open: bool = False
) -> str | None:
    if key in st.session_state:
        return None
    stated = st.query_params.get_all(key)
    wrong = [one for one in stated if one not in options and not (is_open and one)]
    if not wrong:
        return None
    listed = "" if is_open else f", which is none of {', '.join(filter(None, options))}"
    return (
        f"{label}: the link states {f'“{wrong[0][:60]}”' if wrong[0] else 'nothing'}{listed}. "
        "Choose one, or reload the page to go on with what it shows."
    )


def note_wrong_in_link(key: str, message: str) -> None:
    """Keep the message on an entry of the address until the user changes the field."""
    st.session_state.setdefault(_WRONG_IN_LINK, {})[key] = _WrongInLink(message)


def what_the_link_got_wrong(entered: Mapping[str, Any]) -> dict[str, str]:
    """A message for each field that the address states wrongly, until the user changes it."""
    noted: dict[str, _WrongInLink] = st.session_state.get(_WRONG_IN_LINK, {})
    seen = {key: replace(one, shown=one.shown or (entered[key],)) for key, one in noted.items()}
    still = {key: one for key, one in seen.items() if one.shown == (entered[key],)}
    st.session_state[_WRONG_IN_LINK] = still
    return {key: one.message for key, one in still.items()}


def is_wrong_in_link(key: str, entered: Any) -> bool:
    """True if the address states the field wrongly and the user has not changed it since."""
    noted: _WrongInLink | None = st.session_state.get(_WRONG_IN_LINK, {}).get(key)
    return noted is not None and noted.shown in ((), (entered,))


def forget_what_the_link_got_wrong() -> None:
    """Go on with what the fields show."""
    st.session_state.pop(_WRONG_IN_LINK, None)


def _text_input(key: str, label: str, help: str | None, **kwargs: Any) -> str:
    entered: str = st.text_input(
        label, DEFAULTS[key], key=key, help=help, bind="query-params", **kwargs
    )
    return entered


def _tidy(key: str) -> None:
    st.session_state[key] = tidied(st.session_state[key] or "")
    parts.rerun_answer_and(key)
