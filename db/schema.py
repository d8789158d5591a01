"""Upgrade a database to the current schema and seed it with the packaged reference.

The tables are in ``tables.py``. Alembic is imported only if there is something to
migrate: an up-to-date store opens with two short queries.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, delete, insert, inspect, select, text

from db.connection import Database
from db.measurement_rows import add_rows
from db.tables import MeasurementRow, Meta
from planner.errors import StoreError
from planner.records.reference import reference_measurements, reference_version

REVISIONS = ("0001", "0002", "0003", "0004")
CURRENT_REVISION = REVISIONS[-1]
MIGRATIONS = Path(__file__).parent / "migrations"

REFERENCE_VERSION = "reference_version"
CHANGES = "changes"


def prepare(database: Database, reference: Path) -> None:
    """Create, migrate and seed the store as far as needed, in one transaction.

    A read-only store with the current schema stays as it is. Raises StoreError for
    the schema of another program or of a newer planner.
    """
    with database.reading() as connection:
        revision = _revision(connection)
        _check(connection, revision, database.name)
        current = revision == CURRENT_REVISION
        seeded = current and meta(connection, REFERENCE_VERSION) == reference_version(reference)
    if seeded or (current and not database.writable):
        return
    with database.writing() as connection:
        # Another process may have upgraded it while this one waited for the lock.
        if _revision(connection) != CURRENT_REVISION:
            migrate(connection)
        if meta(connection, REFERENCE_VERSION) != reference_version(reference):
            _replace_reference(connection, reference)


def migrate(connection: Connection, revision: str = CURRENT_REVISION) -> None:
    """Upgrade the schema in the connection's transaction."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("path_separator", "os")
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def meta(connection: Connection, key: str) -> str | None:
    """A stored fact about the store; None if it is not stored."""
    return connection.execute(select(Meta.value).where(Meta.key == key)).scalar_one_or_none()


def set_meta(connection: Connection, key: str, value: str) -> None:
    """Store a fact about the store."""
    connection.execute(delete(Meta).where(Meta.key == key))
    connection.execute(insert(Meta).values(key=key, value=value))


def count_change(connection: Connection) -> None:
    """Count a change of the measurements or the catalogue, on which forecasts rest."""
    set_meta(connection, CHANGES, str(int(meta(connection, CHANGES) or 0) + 1))


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _check(connection: Connection, revision: str | None, name: str) -> None:
    if revision in REVISIONS:
        return
    if revision is not None:
        raise StoreError(
            f"The store {name} has schema {revision}, but this planner knows schemas up to "
            f"{CURRENT_REVISION}; update planner or set PLANNER_DATABASE_URL to another store."
        )
    tables = set(inspect(connection).get_table_names())
    foreign = tables if connection.dialect.name == "sqlite" else tables & set(Meta.metadata.tables)
    if foreign:
        raise StoreError(
            f"{name} is the database of another program (it has a table {min(foreign)!r}); "
            "set PLANNER_DATABASE_URL to another file or database."
        )


def _replace_reference(connection: Connection, reference: Path) -> None:
    connection.execute(delete(MeasurementRow).where(MeasurementRow.origin == "reference"))
    add_rows(connection, reference_measurements(reference), origin="reference")
    set_meta(connection, REFERENCE_VERSION, reference_version(reference))
    count_change(connection)
