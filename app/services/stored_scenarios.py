"""The scenarios that users have saved."""

from __future__ import annotations

from app.services.opened_store import store
from db.scenario_rows import SavedScenario
from planner.errors import InputError
from planner.fleet.scenario import Scenario


def saved_scenarios() -> tuple[SavedScenario, ...]:
    """All saved scenarios, by name."""
    return store().scenarios()


def save_scenario(name: str, scenario: Scenario) -> None:
    """Keep a scenario under a name, in place of an earlier one. Raises InputError, StoreError."""
    if not name.strip():
        raise InputError("A name is missing; give one to find the scenario again.", field="name")
    store().save_scenario(name.strip(), scenario)


def delete_scenario(name: str) -> SavedScenario:
    """Remove a scenario and return it, so that it can be saved again."""
    saved = store().scenario(name)
    store().delete_scenario(name)
    return saved
