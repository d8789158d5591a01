"""A private PostgreSQL server for tests: its own folder, its own port, gone at the end."""

from __future__ import annotations

import atexit
import functools
import os
import shutil
import socket
import subprocess
import tempfile
import uuid
from pathlib import Path

import psycopg
import pytest

FAST = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"


class PostgresServer:
    """A server with data of its own, which can be stopped and started again."""

    def __init__(self, programs: Path) -> None:
        self._home = Path(tempfile.mkdtemp(prefix="planner-postgres-"))
        user = _user_without_privileges(self._home)
        data, port = self._home / "data", _free_port()
        init = [str(programs / "initdb"), "-D", str(data), "-U", "planner", "-A", "trust"]
        subprocess.run([*user, *init, "-E", "UTF8", "--no-sync"], check=True, capture_output=True)
        self._listen = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= {FAST}"
        self._control = [*user, str(programs / "pg_ctl"), "-D", str(data), "-w"]
        self.url = f"postgresql://planner@127.0.0.1:{port}"

    def start(self) -> None:
        log = str(self._home / "log")
        command = [*self._control, "-l", log, "-o", self._listen, "start"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=self._home)

    def stop(self) -> None:
        """Every connection is cut; what was committed is kept."""
        command = [*self._control, "-m", "fast", "stop"]
        subprocess.run(command, check=False, capture_output=True)

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self._home, ignore_errors=True)

    def new_database_url(self) -> str:
        """The URL of a new, empty database."""
        name = f"planner_{uuid.uuid4().hex}"
        with psycopg.connect(f"{self.url}/postgres", autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        return f"{self.url}/{name}"


def new_server() -> PostgresServer:
    """A server that runs; skips the test where PostgreSQL is not installed."""
    programs = _programs()
    if programs is None:
        pytest.skip("PostgreSQL's initdb is not installed (Debian: apt-get install postgresql)")
    server = PostgresServer(programs)
    atexit.register(server.remove)
    server.start()
    return server


def new_database_url() -> str:
    """The URL of a new, empty database on a server that all tests share."""
    return _shared_server().new_database_url()


@functools.cache
def _shared_server() -> PostgresServer:
    return new_server()


def _programs() -> Path | None:
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).parent
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent if found else None


def _user_without_privileges(home: Path) -> list[str]:
    """PostgreSQL refuses to run as root, so root runs it as the user that its package made."""
    if os.geteuid() != 0:
        return []
    shutil.chown(home, "postgres", "postgres")
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
