"""The scenarios that users have saved, with their earlier versions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from app.services.opened_store import store
from db.scenario_rows import RemovedScenario as RemovedScenario
from db.scenario_rows import SavedScenario as SavedScenario
from db.scenario_rows import UnreadableScenario as UnreadableScenario
from planner.errors import InputError
from planner.fleet.scenario import Scenario

MOST_LETTERS = 200


def saved_scenarios() -> tuple[SavedScenario, ...]:
    """All saved scenarios that this planner reads, by name."""
    return store().scenarios()


def newest_versions() -> dict[str, SavedScenario | UnreadableScenario]:
    """The newest version of each saved scenario by its name, readable or not."""
    return {one.name: one for one in store().newest_scenarios()}


def saved_scenario(name: str) -> SavedScenario | None:
    """The newest version of that name; None if there is none that can be read."""
    return next((saved for saved in saved_scenarios() if saved.name == name), None)


def versions_of(name: str) -> tuple[SavedScenario, ...]:
    """The versions that can be read, the newest first. Raises InputError if none was saved."""
    return store().scenario_versions(name)


def save_scenario(
    name: str, scenario: Scenario, replaces: int = 0, entered: Mapping[str, Any] | None = None
) -> bool:
    """Keep a scenario under a name, in place of version ``replaces``; 0: of none.

    ``entered`` is what was typed for what the scenario derives from it.
    False, and nothing is stored, if another version is there. Raises InputError, StoreError.
    """
    named = scenario.model_copy(update={"name": checked_name(name)})
    return store().save_scenario(named.name, named, replaces, _user(), entered or None)


def rename_scenario(name: str, new_name: str) -> None:
    """Give a scenario and its versions another name. Raises InputError if that is taken."""
    if not store().rename_scenario(name, checked_name(new_name)):
        raise InputError(f"“{new_name}” is saved already; give another name.", field="name")


def duplicate_scenario(name: str) -> str:
    """Save a copy of the newest version under a name that is free, and return that name."""
    copied = store().scenario(name)
    taken = newest_versions()
    stem, numbers = name[: MOST_LETTERS - 12], ("", *(f" {n}" for n in range(2, 1000)))
    free = next(copy for n in numbers if (copy := f"{stem} (copy{n})") not in taken)
    save_scenario(free, copied.scenario, entered=copied.entered)
    return free


def delete_scenario(name: str) -> RemovedScenario | None:
    """Remove a scenario and return its versions, so that it can be restored; None if it is gone."""
    return store().delete_scenario(name)


def restore_scenario(removed: RemovedScenario) -> None:
    """Undo a deletion. Raises InputError if the name has been taken since."""
    if not store().restore_scenario(removed):
        raise InputError(
            f"“{removed.name}” has been saved anew since; rename that one, then undo.",
            field="name",
        )


def checked_name(name: str) -> str:
    """The name without blanks around it. Raises InputError for none and for one too long."""
    if not name.strip():
        raise InputError("A name is missing; give one to find the scenario again.", field="name")
    if len(name.strip()) > MOST_LETTERS:
        raise InputError(f"The name has over {MOST_LETTERS} letters; shorten it.", field="name")
    return name.strip()


def _user() -> str | None:
    """Who is logged in, if the server asks people to; see Streamlit's ``st.login``."""
    found = st.user.to_dict()
    return str(found.get("email") or found.get("name") or "") or None
