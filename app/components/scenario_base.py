"""The document that the fields of the Plan page show, and what it states beyond them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from app.components.class_table import CLASS_ROWS, redraw_class_table
from app.components.fields import forget_what_the_link_got_wrong
from app.document_classes import EXAMPLE, Row
from app.kept_fields import Base, beyond_the_page, over
from app.rows_in_link import KIND
from app.scenario_from_fields import ARTICLE_CASE, DEFAULTS, KINDS, FieldValues
from app.services.stored_scenarios import SavedScenario
from planner.fleet.scenario import Scenario

CHOSEN = "scenario"
OWN = "Your scenario"
_KEPT, _OPENED = "scenario_base", "scenario_opened"


@dataclass(frozen=True, slots=True)
class _Kept:
    """The base of the fields while ``chosen`` is chosen in the list.

    ``version`` is its number if it is an earlier version of that scenario. It ``is_edited`` if
    something else than the fields changed it since.
    """

    chosen: str
    base: Base
    version: int | None = None
    is_edited: bool = False


def chosen_name() -> str:
    """The name that is chosen in the list of scenarios."""
    return str(st.session_state.get(CHOSEN) or ARTICLE_CASE.name)


def open_link(saved: Mapping[str, SavedScenario], unreadable: Collection[str]) -> str | None:
    """On the first run, fill the fields if the address names a saved scenario and no entries.

    With entries the address is whole: what it leaves out is as the example has it, and the table
    of the kinds as the saved scenario has it. Returns the name of an ``unreadable`` scenario if
    the entries of the address are taken without it.
    """
    if _OPENED not in st.session_state:
        st.session_state[_OPENED] = True
        named = st.query_params.get(CHOSEN, "")
        if named in unreadable and _states_all_entries():
            return named
        if named not in saved:
            return None
        one = saved[named]
        if not set(DEFAULTS) & set(st.query_params):
            fill(one.scenario, named, one.entered)
        else:
            keep(Base.of(one.scenario, one.entered), named)
    elif chosen_name() in saved and is_example_again(base_of_fields(saved)):
        st.session_state[CHOSEN] = ARTICLE_CASE.name
    return None


def _states_all_entries() -> bool:
    """True if the address has entries, and needs no rows of kinds from the scenario it names."""
    stated = set(st.query_params)
    has_rows = st.query_params.get("size") != KINDS or KIND in stated
    return has_rows and bool(set(DEFAULTS) & stated)


def is_example_again(base: Base | None) -> bool:
    """True if every entry of a saved scenario was changed back to that of the example."""
    return entries_now() == DEFAULTS and base is not None and base.entered != DEFAULTS


def entries_now() -> FieldValues:
    """The values of all fields, shown or not."""
    return {key: st.session_state.get(key, DEFAULTS[key]) for key in DEFAULTS}


def fill(
    scenario: Scenario,
    chosen: str,
    typed: Mapping[str, Any] | None = None,
    version: int | None = None,
    is_edited: bool = False,
) -> None:
    """Fill the fields with a scenario, before they are drawn, and choose its name in the list.

    ``typed`` is what was typed for what the scenario derives from it, ``version`` the number of
    an earlier version.
    """
    base = Base.of(scenario, typed)
    for key, value in base.entered.items():
        st.session_state[key] = value
    redraw_class_table()
    forget_what_the_link_got_wrong()
    st.session_state[CHOSEN] = chosen
    keep(base, chosen, version, is_edited)


def refill(scenario: Scenario, typed: Mapping[str, Any]) -> None:
    """Fill the fields with a change of what they show; the name that is chosen stays."""
    fill(scenario, chosen_name(), typed, earlier_version(), is_edited=True)


def reset() -> None:
    """Fill the fields with the example."""
    fill(ARTICLE_CASE, ARTICLE_CASE.name)


def keep(base: Base, chosen: str, version: int | None = None, is_edited: bool = False) -> None:
    """Take a scenario as what the fields show, without filling them."""
    st.session_state[_KEPT] = _Kept(chosen, base, version, is_edited)


def unlinked_rows() -> tuple[Row, ...]:
    """The kinds of documents that a link without any stands for: those of the chosen scenario.

    None at all for an earlier version, which the link does not name.
    """
    kept: _Kept | None = st.session_state.get(_KEPT)
    if kept is None or kept.chosen == ARTICLE_CASE.name or kept.chosen != chosen_name():
        return EXAMPLE
    return tuple(kept.base.entered[CLASS_ROWS]) if kept.version is None else ()


def earlier_version() -> int | None:
    """The number of the version in the fields if it is an earlier one of what is chosen."""
    kept: _Kept | None = st.session_state.get(_KEPT)
    return kept.version if kept is not None and kept.chosen == chosen_name() else None


def base_of_fields(saved: Mapping[str, SavedScenario]) -> Base | None:
    """What the fields were filled with; None if that is not known.

    After a step back in the browser the list may show another name than was loaded last.
    """
    kept: _Kept | None = st.session_state.get(_KEPT)
    name = chosen_name()
    if kept is not None and kept.chosen == name:
        return kept.base
    if name not in saved:
        return None
    base = Base.of(saved[name].scenario, saved[name].entered)
    keep(base, name)
    return base


def scenario_name(entered: FieldValues, base: Base | None) -> str:
    """The name for the current entries; a loaded scenario that was edited is marked as changed."""
    if chosen_name() == ARTICLE_CASE.name:
        is_example = base is None or base.scenario == ARTICLE_CASE
        return ARTICLE_CASE.name if is_example and entered == DEFAULTS else OWN
    if base is None:
        return OWN
    number = earlier_version()
    loaded = chosen_name() if number is None else f"{chosen_name()}, version {number}"
    kept: _Kept | None = st.session_state.get(_KEPT)
    is_edited = not base.is_said_by(entered) or (kept is not None and kept.is_edited)
    return f"{loaded}, changed" if is_edited else loaded


def whole_scenario(entered: Scenario, base: Base | None) -> Scenario:
    """The scenario of the fields, with what its document states and the page has no field for."""
    return entered if base is None else over(base, entered)


def kept_note(whole: Scenario, base: Base | None, is_in_link: bool) -> str | None:
    """A note on the fields that are in force although the page does not show them; None if none is.

    Only measured lengths are if all of it ``is_in_link``.
    """
    names = () if base is None else beyond_the_page(base, whole)
    if not names:
        return None
    if is_in_link:
        return "Also in force, without a field here: how the lengths that were measured vary."
    listed = ", ".join(name.replace("_", " ") for name in names)
    return (
        f"Also in force, without a field here: {listed}. They are in the YAML file "
        "and in a saved scenario, not among the entries of a link."
    )
