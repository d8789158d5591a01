"""Every schema that the store has had is brought to the current one, with its data."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from paths import DATA
from postgres_server import new_database_url
from sqlalchemy import column, table
from store_samples import GPU_ROW, MEASUREMENT, POINT, RUN, UNDER_SETTINGS

from db.connection import connect
from db.schema import CURRENT_REVISION, MIGRATIONS, REVISIONS, migrate
from db.storage import open_storage
from db.tables import Table
from planner.errors import StoreError
from planner.records.measurement import FIRST_COLUMNS

SAVED = DATA / "schemas"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store.sqlite3'}"
    return new_database_url()


def test_the_program_knows_the_revisions_that_alembic_finds() -> None:
    config = Config()
    config.set_main_option("path_separator", "os")
    config.set_main_option("script_location", str(MIGRATIONS))
    found = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    assert tuple(reversed(found)) == REVISIONS


def test_the_migrations_lead_to_the_tables_of_the_models(url: str) -> None:
    database = connect(url)
    with database.writing() as connection:
        migrate(connection)
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Table.metadata) == []
    database.engine.dispose()


@pytest.mark.slow
@pytest.mark.parametrize("revision", REVISIONS)
def test_a_store_of_each_older_schema_is_upgraded_with_its_data(
    revision: str, tmp_path: Path
) -> None:
    path = tmp_path / "store.sqlite3"
    build = sqlite3.connect(path)
    build.executescript((SAVED / f"{revision}.sql").read_text(encoding="utf-8"))
    build.close()
    storage = open_storage(f"sqlite:///{path}")
    assert MEASUREMENT in storage.measurements()
    assert (UNDER_SETTINGS in storage.measurements()) == (revision >= "0002")
    assert storage.set_aside() == (frozenset({"lab"}) if revision >= "0003" else frozenset())
    assert any(row.throughput_sd == 0.04 for row in storage.measurements()) == (revision >= "0003")
    assert storage.add_measurements([MEASUREMENT]) == 0
    assert storage.run(RUN.run_id) == RUN
    assert storage.run_points(RUN.run_id) == (POINT,)
    assert [gpu.name for gpu in storage.gpus()] == [GPU_ROW.name]
    assert [saved.name for saved in storage.scenarios()] == ["ours"]
    assert len(storage.scenario_versions("ours")) == (2 if revision >= "0004" else 1)
    check = sqlite3.connect(path)
    assert check.execute("SELECT version_num FROM alembic_version").fetchall() == [
        (CURRENT_REVISION,)
    ]
    check.close()


OLD_ROW = "0189a6bfcee30dd0990a089e69bd12c918610c3e6b4b8b3d5404f38a5e22b5a6"
"""What a store of schema 0001 calls MEASUREMENT."""


@pytest.mark.slow
def test_a_row_of_the_first_schema_stays_what_it_was(url: str) -> None:
    """On both backends: it is kept, states no settings, and is not taken in again."""
    database = connect(url)
    with database.writing() as connection:
        migrate(connection, "0001")
        stated = {"content_key": OLD_ROW, "origin": "user"}
        stated |= {name: getattr(MEASUREMENT, name) for name in FIRST_COLUMNS}
        connection.execute(table("measurements", *map(column, stated)).insert().values(stated))
    database.engine.dispose()
    storage = open_storage(url)
    assert MEASUREMENT in storage.measurements()
    assert MEASUREMENT.engine_settings is None
    assert storage.add_measurements([MEASUREMENT]) == 0
    assert storage.add_measurements([UNDER_SETTINGS]) == 1
    storage.close()


@pytest.mark.slow
def test_a_migration_that_fails_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, broken)
    (broken / "versions" / "9999_breaks.py").write_text(
        "from alembic import op\n"
        "revision = '9999'\n"
        f"down_revision = '{CURRENT_REVISION}'\n"
        "def upgrade():\n"
        "    op.execute('CREATE TABLE half (id INTEGER)')\n"
        "    op.execute('SELECT no_such_column FROM meta')\n"
    )
    path = tmp_path / "store.sqlite3"
    open_storage(f"sqlite:///{path}").close()
    monkeypatch.setattr("db.schema.MIGRATIONS", broken)
    database = connect(f"sqlite:///{path}")

    def upgrade() -> None:
        with database.writing() as connection:
            migrate(connection, "9999")

    with pytest.raises(StoreError, match="no such column: no_such_column"):
        upgrade()
    check = sqlite3.connect(path)
    tables = {name for (name,) in check.execute("SELECT name FROM sqlite_master")}
    revision = check.execute("SELECT version_num FROM alembic_version").fetchone()
    check.close()
    assert "half" not in tables
    assert revision == (CURRENT_REVISION,)
