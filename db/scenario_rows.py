"""Tables ``scenarios`` and ``scenario_versions``: saved scenarios and their earlier versions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection, Row, delete, insert, literal, select, update

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


@dataclass(frozen=True, slots=True)
class UnreadableScenario:
    """A newest version that does not fit this planner; ``reason`` names field and problem."""

    name: str
    updated_at: str
    version: int
    saved_by: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class RemovedScenario:
    """The rows of a removed scenario as they were stored, whether this planner reads them or not.

    Each row is a mapping from its columns; ``newest`` is one of ``scenarios``, the others are of
    ``scenario_versions``.
    """

    name: str
    newest: Mapping[str, Any]
    earlier: tuple[Mapping[str, Any], ...]


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
    """The newest version of that name.

    Raises InputError if there is none, StoreError if it does not fit this planner.
    """
    [found] = _each([_newest_row(connection, name)])
    if isinstance(found, UnreadableScenario):
        raise StoreError(
            f"The saved scenario {name!r} does not fit this planner ({found.reason}); on the Plan "
            "page, load an earlier version or delete it."
        )
    return found


def _newest_row(connection: Connection, name: str) -> Row[Any]:
    row = connection.execute(select(*COLUMNS).where(ScenarioRow.name == name)).first()
    if row is None:
        known = list(connection.execute(select(ScenarioRow.name).limit(5)).scalars())
        there = f"there are {', '.join(known)}" if known else "none is saved yet"
        raise InputError(f"No scenario {name!r} in the store; {there}.", field="name")
    return row


def read_newest(connection: Connection) -> tuple[SavedScenario | UnreadableScenario, ...]:
    """The newest version of each saved scenario, sorted by name."""
    return tuple(_each(connection.execute(select(*COLUMNS).order_by(ScenarioRow.name))))


def versions(connection: Connection, name: str) -> tuple[SavedScenario, ...]:
    """All versions of that name, the newest first. Raises InputError if there is none.

    Those that do not fit this planner are left out: nobody can load them.
    """
    newest = _newest_row(connection, name)
    old, created_at = ScenarioVersionRow, literal(newest.created_at)
    earlier = connection.execute(
        select(
            old.name, old.scenario, created_at, old.saved_at, old.version, old.saved_by, old.entered
        )
        .where(old.name == name)
        .order_by(old.version.desc())
    )
    return tuple(one for one in _each((newest, *earlier)) if isinstance(one, SavedScenario))


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


def remove(connection: Connection, name: str) -> RemovedScenario | None:
    """Remove all versions of that name and return them; None if there are none."""
    newest = connection.execute(
        select(ScenarioRow.__table__).where(ScenarioRow.name == name)
    ).first()
    if newest is None:
        return None
    earlier = connection.execute(
        select(ScenarioVersionRow.__table__).where(ScenarioVersionRow.name == name)
    )
    removed = RemovedScenario(
        name, dict(newest._mapping), tuple(dict(row._mapping) for row in earlier)
    )
    connection.execute(delete(ScenarioVersionRow).where(ScenarioVersionRow.name == name))
    connection.execute(delete(ScenarioRow).where(ScenarioRow.name == name))
    return removed


def restore(connection: Connection, removed: RemovedScenario) -> bool:
    """Store a removed scenario again with its versions; False if the name is taken."""
    if _is_there(connection, removed.name):
        return False
    connection.execute(insert(ScenarioRow).values(removed.newest))
    if removed.earlier:
        connection.execute(insert(ScenarioVersionRow), [dict(row) for row in removed.earlier])
    return True


def _each(rows: Iterable[Sequence[Any]]) -> Iterator[SavedScenario | UnreadableScenario]:
    """Each row of ``COLUMNS`` as a scenario, or as one that does not fit this planner."""
    for name, stored, created_at, updated_at, version, saved_by, entered in rows:
        try:
            scenario = Scenario.model_validate(stored)
        except ValidationError as error:
            problem = error.errors()[0]
            where = ".".join(str(part) for part in problem["loc"])
            message = problem["msg"].removeprefix("Value error, ")
            reason = f"{where}: {message}" if where else message
            yield UnreadableScenario(name, updated_at, version, saved_by, reason)
        else:
            yield SavedScenario(name, scenario, created_at, updated_at, version, saved_by, entered)


def _is_there(connection: Connection, name: str) -> bool:
    found = connection.execute(select(ScenarioRow.name).where(ScenarioRow.name == name)).first()
    return found is not None
