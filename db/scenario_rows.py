"""Tables ``scenarios`` and ``scenario_versions``: saved scenarios and their earlier versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection, delete, insert, select, update

from db.addition_rows import now
from db.tables import ScenarioRow, ScenarioVersionRow
from planner.errors import InputError, StoreError
from planner.fleet.scenario import Scenario

COLUMNS = (
    ScenarioRow.name,
    ScenarioRow.scenario,
    ScenarioRow.created_at,
    ScenarioRow.updated_at,
    ScenarioRow.version,
    ScenarioRow.saved_by,
    ScenarioRow.entered,
)


@dataclass(frozen=True, slots=True)
class SavedScenario:
    """A version of a scenario under its name; the first has number 1.

    It was saved at ``updated_at``, the first one at ``created_at`` (ISO 8601, UTC), by
    ``saved_by``; None if that is not known. ``entered`` is what was typed for what the scenario
    derives from it: pages, or documents a month.
    """

    name: str
    scenario: Scenario
    created_at: str
    updated_at: str
    version: int = 1
    saved_by: str | None = None
    entered: Mapping[str, Any] | None = None


def save(
    connection: Connection,
    name: str,
    scenario: Scenario,
    replaces: int,
    saved_by: str | None,
    entered: Mapping[str, Any] | None,
) -> bool:
    """Store the scenario in place of a version, which is kept; 0: there must be none."""
    found = connection.execute(
        select(*COLUMNS).where(ScenarioRow.name == name).with_for_update()
    ).first()
    if (0 if found is None else found.version) != replaces:
        return False
    at = now()
    values = {
        "scenario": scenario.model_dump(mode="json"),
        "updated_at": at,
        "saved_by": saved_by,
        "entered": entered,
    }
    if found is None:
        connection.execute(insert(ScenarioRow).values(name=name, created_at=at, **values))
        return True
    connection.execute(
        insert(ScenarioVersionRow).values(
            name=name,
            version=found.version,
            scenario=found.scenario,
            saved_at=found.updated_at,
            saved_by=found.saved_by,
            entered=found.entered,
        )
    )
    connection.execute(
        update(ScenarioRow).where(ScenarioRow.name == name).values(version=replaces + 1, **values)
    )
    return True


def read(connection: Connection, name: str) -> SavedScenario:
    """The newest version of that name. Raises InputError if there is none."""
    row = connection.execute(select(*COLUMNS).where(ScenarioRow.name == name)).first()
    if row is None:
        known = list(connection.execute(select(ScenarioRow.name).limit(5)).scalars())
        there = f"there are {', '.join(known)}" if known else "none is saved yet"
        raise InputError(f"No scenario {name!r} in the store; {there}.", field="name")
    return _saved(*row)


def read_all(connection: Connection) -> tuple[SavedScenario, ...]:
    """The newest version of each saved scenario, sorted by name."""
    rows = connection.execute(select(*COLUMNS).order_by(ScenarioRow.name))
    return tuple(_saved(*row) for row in rows)


def versions(connection: Connection, name: str) -> tuple[SavedScenario, ...]:
    """All versions of that name, the newest first. Raises InputError if there is none.

    An earlier one that no longer fits the planner is left out: nobody can load it.
    """
    newest = read(connection, name)
    earlier = connection.execute(
        select(ScenarioVersionRow.__table__)
        .where(ScenarioVersionRow.name == name)
        .order_by(ScenarioVersionRow.version.desc())
    )
    found = [newest]
    for row in earlier:
        with suppress(StoreError):
            found.append(
                _saved(
                    name,
                    row.scenario,
                    newest.created_at,
                    row.saved_at,
                    row.version,
                    row.saved_by,
                    row.entered,
                )
            )
    return tuple(found)


def rename(connection: Connection, name: str, new_name: str) -> bool:
    """Rename all versions; False if the new name is taken. Raises InputError if there is none."""
    stored = read(connection, name).scenario.model_copy(update={"name": new_name})
    if _is_there(connection, new_name):
        return False
    connection.execute(
        update(ScenarioRow)
        .where(ScenarioRow.name == name)
        .values(name=new_name, scenario=stored.model_dump(mode="json"))
    )
    connection.execute(
        update(ScenarioVersionRow).where(ScenarioVersionRow.name == name).values(name=new_name)
    )
    return True


def remove(connection: Connection, name: str) -> bool:
    """Remove all versions of that name; True if there were any."""
    connection.execute(delete(ScenarioVersionRow).where(ScenarioVersionRow.name == name))
    return connection.execute(delete(ScenarioRow).where(ScenarioRow.name == name)).rowcount > 0


def restore(connection: Connection, removed: Sequence[SavedScenario]) -> bool:
    """Store removed versions again, of which the newest is first; False if the name is taken."""
    newest, *earlier = removed
    if _is_there(connection, newest.name):
        return False
    connection.execute(
        insert(ScenarioRow).values(
            name=newest.name,
            scenario=newest.scenario.model_dump(mode="json"),
            created_at=newest.created_at,
            updated_at=newest.updated_at,
            version=newest.version,
            saved_by=newest.saved_by,
            entered=newest.entered,
        )
    )
    for one in earlier:
        connection.execute(
            insert(ScenarioVersionRow).values(
                name=one.name,
                version=one.version,
                scenario=one.scenario.model_dump(mode="json"),
                saved_at=one.updated_at,
                saved_by=one.saved_by,
                entered=one.entered,
            )
        )
    return True


def _is_there(connection: Connection, name: str) -> bool:
    found = connection.execute(select(ScenarioRow.name).where(ScenarioRow.name == name)).first()
    return found is not None


def _saved(
    name: str,
    stored: dict[str, Any],
    created_at: str,
    updated_at: str,
    version: int,
    saved_by: str | None,
    entered: Mapping[str, Any] | None,
) -> SavedScenario:
    try:
        scenario = Scenario.model_validate(stored)
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(str(part) for part in problem["loc"])
        raise StoreError(
            f"The saved scenario {name!r} does not fit this planner ({where}: {problem['msg']}); "
            "delete it and save it again."
        ) from error
    return SavedScenario(name, scenario, created_at, updated_at, version, saved_by, entered)
