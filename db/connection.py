"""Transactions on the database that a URL names, with every database error on one line.

SQLite: write-ahead log, foreign keys on, a lock timeout of 15 seconds. Writers
take their lock at BEGIN, so that two of them wait instead of failing midway.
PostgreSQL: the same, by an advisory lock.
"""

from __future__ import annotations

import json
import os
import re
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from planner.errors import StoreError

URL_VARIABLE = "PLANNER_DATABASE_URL"
DIRECTORY_VARIABLE = "PLANNER_DATA_DIR"
FILE_NAME = "planner.sqlite3"

BUSY_TIMEOUT_S = 15.0
CONNECT_TIMEOUT_S = 5
# All writers of a PostgreSQL database use this number; any constant would do.
WRITER_LOCK = 7_264_001

SCHEMES = "sqlite:////absolute/path.sqlite3 or postgresql://user@host/database"

# Words in errors of SQLite and PostgreSQL, and what to do about them.
ADVICE = (
    ("not a database", "it is not a planner database; move it away or name another file"),
    (
        "malformed",
        "the file is damaged; restore a copy, or move it away for an empty store",
    ),
    ("disk is full", "free some disk space and try again"),
    ("disk I/O error", "free some disk space, check the disk and try again"),
    ("readonly", "the store is read-only; make it writable or set PLANNER_DATABASE_URL"),
    ("read-only", "the store is read-only; make it writable or set PLANNER_DATABASE_URL"),
    ("lock timeout", "another program holds the store; close it and try again"),
    ("locked", "another program holds the store; close it and try again"),
    ("unable to open", "check the path and its permissions"),
    ("does not exist", "create it or correct PLANNER_DATABASE_URL"),
    ("permission denied", "grant its user the right to create and write tables there"),
    ("authentication", "correct the user and password in PLANNER_DATABASE_URL"),
    ("connection", "check that the server runs and that PLANNER_DATABASE_URL names it"),
)


@dataclass(frozen=True, slots=True)
class Database:
    """An SQLAlchemy engine, its name in messages, and whether it can be written."""

    engine: Engine
    name: str
    writable: bool

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A read-only transaction."""
        with self._errors_on_one_line(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that holds the writers' lock from its start."""
        if not self.writable:
            raise StoreError(
                f"The store {self.name} is read-only; make it writable or set {URL_VARIABLE}."
            )
        with self._errors_on_one_line():
            writer = self.engine.execution_options(planner_writes=True)
            with writer.begin() as connection:
                yield connection

    @contextmanager
    def _errors_on_one_line(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            raise StoreError(self._one_line(error)) from error

    def _one_line(self, error: SQLAlchemyError) -> str:
        said = " ".join(str(getattr(error, "orig", None) or error).split())[:300].rstrip(".")
        advice = next((text for sign, text in ADVICE if sign in said), "check the store")
        return f"The store {self.name} cannot be used ({said}): {advice}."


def connect(url: str | None = None) -> Database:
    """The database of ``url``, of PLANNER_DATABASE_URL, or the user's own file, in this order.

    Raises StoreError for a URL that is not understood or a directory that
    cannot be created. The database is not opened yet.
    """
    given = url or os.environ.get(URL_VARIABLE)
    if not given:
        return _sqlite(data_directory() / FILE_NAME, read_only=False)
    try:
        parsed = make_url(given)
    except ArgumentError as error:
        raise StoreError(f"{_shown(given)} is not a database URL; give {SCHEMES}.") from error
    scheme = parsed.drivername.partition("+")[0]
    if scheme == "sqlite":
        return _sqlite_from(parsed)
    if scheme in ("postgresql", "postgres"):
        return _postgresql(parsed)
    raise StoreError(f"{_shown(parsed.drivername)} databases are not supported; give {SCHEMES}.")


def data_directory() -> Path:
    """The directory of this user's data; PLANNER_DATA_DIR changes it."""
    if given := os.environ.get(DIRECTORY_VARIABLE):
        return Path(given).expanduser()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData/Local")) / "planner"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "planner"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "planner"


def _sqlite_from(url: URL) -> Database:
    if url.database in (None, "", ":memory:"):
        raise StoreError("The store must be a file, not memory; give sqlite:////path.sqlite3.")
    path = str(url.database).removeprefix("file:")
    return _sqlite(Path(path).expanduser(), read_only=url.query.get("mode") == "ro")


def _sqlite(path: Path, read_only: bool) -> Database:
    path = path.absolute()
    writable = not read_only and _can_be_written(path)
    if writable:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(
                f"The directory {path.parent} cannot be created ({error.strerror}); "
                f"set {DIRECTORY_VARIABLE} or {URL_VARIABLE} to a writable place."
            ) from error
    engine = create_engine(
        "sqlite://",
        creator=lambda: _open_file(path, writable),
        poolclass=NullPool,
        json_serializer=partial(json.dumps, allow_nan=False),
    )
    event.listen(engine, "begin", _begin)
    return Database(engine, str(path), writable)


def _can_be_written(path: Path) -> bool:
    """True if SQLite can write the file and its log beside it, or can create them."""
    existing = [place for place in (path, path.parent) if place.exists()]
    return all(_is_writable(place) for place in existing)


def _is_writable(place: Path) -> bool:
    return os.access(place, os.W_OK, effective_ids=os.access in os.supports_effective_ids)


def _open_file(path: Path, writable: bool) -> sqlite3.Connection:
    address = f"file:{quote(str(path))}?mode={'rwc' if writable else 'ro'}"
    # SQLite creates an index beside the file even for reading, unless the file is immutable.
    if not _is_writable(path.parent) and not path.with_name(path.name + "-wal").exists():
        address += "&immutable=1"
    connection = sqlite3.connect(
        address, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
    )
    connection.execute("PRAGMA foreign_keys = ON")
    if writable:
        _use_write_ahead_log(connection)
    return connection


def _use_write_ahead_log(connection: sqlite3.Connection) -> None:
    # Switching to WAL locks the file briefly, and SQLite does not wait for that lock itself.
    deadline = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
        time.sleep(0.02)


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("planner_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _postgresql(url: URL) -> Database:
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_pre_ping=True,
        connect_args={
            "connect_timeout": CONNECT_TIMEOUT_S,
            # Report a server that is cut off as an error instead of waiting forever.
            "tcp_user_timeout": int(1000 * BUSY_TIMEOUT_S),
            "keepalives_idle": int(BUSY_TIMEOUT_S),
            "keepalives_interval": CONNECT_TIMEOUT_S,
            "keepalives_count": 3,
        },
        json_serializer=partial(json.dumps, allow_nan=False),
    )
    event.listen(engine, "begin", _lock_writers)
    return Database(engine, url.render_as_string(hide_password=True), writable=True)


def _lock_writers(connection: Connection) -> None:
    if connection.get_execution_options().get("planner_writes"):
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{BUSY_TIMEOUT_S:g}s'")
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITER_LOCK})")


def _shown(url: str) -> str:
    without_password = re.sub(r":[^:/@]*@", ":***@", url)
    return repr(without_password[:60])
