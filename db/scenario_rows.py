"""Table ``scenarios``: saved scenarios."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection, Row, delete, insert, select, update

from db.addition_rows import now
from db.tables import ScenarioRow
from planner.errors import InputError, StoreError
from planner.fleet.scenario import Scenario

COLUMNS = (
    ScenarioRow.name,
    ScenarioRow.scenario,
    ScenarioRow.created_at,
    ScenarioRow.updated_at,
)


@dataclass(frozen=True, slots=True)
class SavedScenario:
    """A scenario and the name under which it was saved; times are ISO 8601 in UTC."""

    name: str
    scenario: Scenario
    created_at: str
    updated_at: str


def save(connection: Connection, name: str, scenario: Scenario) -> None:
    """Store the scenario; it replaces an earlier one of that name."""
    values = {"scenario": scenario.model_dump(mode="json"), "updated_at": now()}
    changed = connection.execute(
        update(ScenarioRow).where(ScenarioRow.name == name).values(**values)
    )
    if not changed.rowcount:
        connection.execute(
            insert(ScenarioRow).values(name=name, created_at=values["updated_at"], **values)
        )


def read(connection: Connection, name: str) -> SavedScenario:
    """The scenario of that name. Raises InputError if there is none."""
    row = connection.execute(select(*COLUMNS).where(ScenarioRow.name == name)).first()
    if row is None:
        known = list(connection.execute(select(ScenarioRow.name).limit(5)).scalars())
        there = f"there are {', '.join(known)}" if known else "none is saved yet"
        raise InputError(f"No scenario {name!r} in the store; {there}.", field="name")
    return _saved(row)


def read_all(connection: Connection) -> tuple[SavedScenario, ...]:
    """All saved scenarios, sorted by name."""
    rows = connection.execute(select(*COLUMNS).order_by(ScenarioRow.name))
    return tuple(_saved(row) for row in rows)


def remove(connection: Connection, name: str) -> bool:
    """Remove the scenario of that name; True if there was one."""
    return connection.execute(delete(ScenarioRow).where(ScenarioRow.name == name)).rowcount > 0


def _saved(row: Row[str, Any, str, str]) -> SavedScenario:
    name, stored, created_at, updated_at = row
    try:
        scenario = Scenario.model_validate(stored)
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(str(part) for part in problem["loc"])
        raise StoreError(
            f"The saved scenario {name!r} does not fit this planner ({where}: {problem['msg']}); "
            "delete it and save it again."
        ) from error
    return SavedScenario(name, scenario, created_at, updated_at)
