"""Opening the store where something is wrong: one clear line, and nothing half-written."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from postgres_server import new_database_url
from store_samples import MEASUREMENT

from db.connection import connect, data_directory
from db.measurement_rows import add_rows
from db.schema import CURRENT_REVISION
from db.storage import open_storage
from planner.errors import StoreError

NOBODY = 65_534


@contextmanager
def as_nobody() -> Iterator[None]:
    """Without the right to write everywhere, also where the tests run as root."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that others may enter, unlike ``tmp_path``."""
    with tempfile.TemporaryDirectory(prefix="planner-store-") as name:
        Path(name).chmod(0o755)
        yield Path(name)
        Path(name).chmod(0o755)


def message(url: str | Path | None) -> str:
    with pytest.raises(StoreError) as caught:
        open_storage(f"sqlite:///{url}" if isinstance(url, Path) else url)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def filled_store(path: Path) -> None:
    storage = open_storage(f"sqlite:///{path}")
    storage.add_measurements([MEASUREMENT])
    storage.close()


def make_read_only(*places: Path) -> None:
    for place in places:
        place.chmod(0o555 if place.is_dir() else 0o444)


@pytest.mark.slow
def test_without_a_url_the_store_is_a_file_in_the_data_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PLANNER_DATABASE_URL", raising=False)
    monkeypatch.setenv("PLANNER_DATA_DIR", str(tmp_path / "new" / "folder"))
    assert open_storage().location == str(tmp_path / "new" / "folder" / "planner.sqlite3")
    assert (tmp_path / "new" / "folder" / "planner.sqlite3").exists()


def test_the_variable_names_the_store_and_the_argument_overrides_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLANNER_DATABASE_URL", f"sqlite:///{tmp_path / 'a'}")
    assert connect().name == str(tmp_path / "a")
    assert connect(f"sqlite:///{tmp_path / 'b'}").name == str(tmp_path / "b")


def test_the_data_directory_is_the_users_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PLANNER_DATA_DIR", raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_DATA_HOME", "/home/ann/data")
    assert data_directory() == Path("/home/ann/data/planner")


@pytest.mark.slow
def test_a_path_with_odd_characters_is_a_path(tmp_path: Path) -> None:
    path = tmp_path / "a b#é.sqlite3"
    filled_store(path)
    assert path.exists()


@pytest.mark.slow
def test_a_current_store_opens_without_alembic(tmp_path: Path) -> None:
    filled_store(tmp_path / "s.sqlite3")
    program = (
        "import sys; from db.storage import open_storage;"
        f"print(len(open_storage('sqlite:///{tmp_path / 's.sqlite3'}').measurements()) > 0,"
        " 'alembic' in sys.modules, 'pandas' in sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert run.stdout.split() == ["True", "False", "False"]


@pytest.mark.slow
def test_processes_that_open_a_new_store_at_once_all_succeed(tmp_path: Path) -> None:
    program = (
        "from db.storage import open_storage;"
        f"print(open_storage('sqlite:///{tmp_path / 's.sqlite3'}').version().rsplit('#')[-1])"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    assert [process.communicate()[0].strip() for process in started] == ["1"] * 4


def test_an_unknown_kind_of_database_is_refused() -> None:
    assert message("mysql://u@h/d") == (
        "'mysql' databases are not supported; "
        "give sqlite:////absolute/path.sqlite3 or postgresql://user@host/database."
    )


def test_what_is_no_url_is_refused_without_its_password() -> None:
    assert "'/data/planner.db' is not a database URL" in message("/data/planner.db")
    assert "secret" not in message("://ann:secret@host/db")


def test_a_store_in_memory_is_refused() -> None:
    assert "must be a file" in message("sqlite://")
    assert "must be a file" in message("sqlite:///:memory:")


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("Not a database, but precious.\n" * 100)
    before = path.read_bytes()
    assert "not a planner database; move it away or name another file" in message(path)
    assert path.read_bytes() == before


@pytest.mark.slow
def test_a_damaged_file_says_so(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite3"
    filled_store(path)
    content = path.read_bytes()
    path.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))
    assert "the file is damaged; restore a copy" in message(path)


@pytest.mark.slow
def test_a_truncated_file_says_so(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite3"
    filled_store(path)
    path.write_bytes(path.read_bytes()[:5000])
    assert "the file is damaged; restore a copy" in message(path)


def test_a_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "photos.sqlite3"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE photos (id INTEGER)")
    connection.close()
    assert "is the database of another program (it has a table 'photos')" in message(path)
    with sqlite3.connect(path) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master").fetchall()
    connection.close()
    assert tables == [("photos",)]


@pytest.mark.slow
def test_a_newer_schema_says_to_update(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite3"
    filled_store(path)
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    assert (
        f"has schema 9999, but this planner knows schemas up to {CURRENT_REVISION}; update"
        in message(path)
    )


def test_a_folder_in_place_of_the_file_is_refused(tmp_path: Path) -> None:
    assert "unable to open database file" in message(tmp_path)


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    told = message(tmp_path / "file" / "deeper" / "s.sqlite3")
    assert "cannot be created (Not a directory)" in told
    assert "set PLANNER_DATA_DIR or PLANNER_DATABASE_URL to a writable place" in told


def test_a_folder_that_cannot_be_written_gets_no_store(folder: Path) -> None:
    make_read_only(folder)
    with as_nobody():
        assert "check the path and its permissions" in message(folder / "s.sqlite3")
    assert list(folder.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("also_folder", [True, False])
def test_a_read_only_store_is_read_and_refuses_writes(folder: Path, also_folder: bool) -> None:
    path = folder / "s.sqlite3"
    filled_store(path)
    make_read_only(path, *([folder] if also_folder else []))
    before = path.read_bytes()
    with as_nobody():
        storage = open_storage(f"sqlite:///{path}")
        assert MEASUREMENT in storage.measurements()
        assert not storage.writable
        with pytest.raises(StoreError, match="is read-only; make it writable or set PLANNER_DAT"):
            storage.add_measurements([replace(MEASUREMENT, notes="more")])
    assert path.read_bytes() == before


@pytest.mark.slow
def test_a_store_opened_read_only_by_its_url_is_read(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite3"
    filled_store(path)
    storage = open_storage(f"sqlite:///{path}?mode=ro")
    assert MEASUREMENT in storage.measurements()
    with pytest.raises(StoreError, match="is read-only"):
        storage.remove_source("lab")


def test_a_read_only_store_of_an_empty_file_says_so(folder: Path) -> None:
    path = folder / "s.sqlite3"
    path.write_bytes(b"")
    make_read_only(path)
    with as_nobody():
        assert "is read-only; make it writable" in message(path)


@pytest.mark.slow
def test_a_disk_that_is_full_keeps_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite3"
    filled_store(path)
    storage = open_storage(f"sqlite:///{path}")
    before = storage.measurements()
    many = [replace(MEASUREMENT, notes=f"{n}" * 500) for n in range(2000)]
    database = connect(f"sqlite:///{path}")

    def fill() -> None:
        with database.writing() as connection:
            connection.exec_driver_sql("PRAGMA max_page_count = 30")
            add_rows(connection, many, origin="user")

    with pytest.raises(StoreError, match="free some disk space"):
        fill()
    assert storage.measurements() == before


def test_an_unreachable_server_says_so() -> None:
    told = message("postgresql://ann:secret@127.0.0.1:1/planner")
    assert "check that the server runs" in told
    assert "secret" not in told


@pytest.mark.slow
def test_a_missing_database_on_a_server_says_so() -> None:
    told = message(new_database_url() + "_not")
    assert "does not exist" in told
    assert "create it or correct PLANNER_DATABASE_URL" in told
