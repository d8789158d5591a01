"""A saved scenario whose newest version this planner does not read: why, and what can be done."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from app.components.scenario_base import fill
from app.html_pieces import problem
from app.services import stored_scenarios
from app.services.stored_scenarios import SavedScenario, UnreadableScenario


def unreadable_scenario(one: UnreadableScenario, delete: Callable[[str], None]) -> None:
    """Say what does not fit; offer the version before it, if one can be read, and to ``delete``."""
    earlier = next(iter(stored_scenarios.versions_of(one.name)), None)
    instead = "Load the version before it, or delete" if earlier else "Delete"
    st.html(
        problem(
            f"The newest version of “{one.name}” ({when(one)}) does not fit this planner: "
            f"{one.reason}. It may be of a newer planner. {instead} the scenario."
        )
    )
    with st.container(horizontal=True):
        if earlier is not None:
            st.button(f"Load version {earlier.version}", on_click=_load, args=(earlier,))
        st.button("Delete this scenario", on_click=delete, args=(one.name,), type="tertiary")


def when(version: SavedScenario | UnreadableScenario) -> str:
    """``3, 2026-11-27 20:15 UTC, by ada@example.org``."""
    at = version.updated_at[:16].replace("T", " ")
    by = "" if version.saved_by is None else f", by {version.saved_by}"
    return f"{version.version}, {at} UTC{by}"


def _load(earlier: SavedScenario) -> None:
    fill(earlier.scenario, earlier.name, earlier.entered, earlier.version)
