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


def new_database_url() -> str:
    """The URL of a new, empty database; skips the test where PostgreSQL is not installed."""
    server = _server_url()
    if server is None:
        pytest.skip("PostgreSQL's initdb is not installed (Debian: apt-get install postgresql)")
    name = f"planner_{uuid.uuid4().hex}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return f"{server}/{name}"


@functools.cache
def _server_url() -> str | None:
    programs = _programs()
    if programs is None:
        return None
    home = Path(tempfile.mkdtemp(prefix="planner-postgres-"))
    user = _user_without_privileges(home)
    data = home / "data"
    port = _free_port()
    command = [str(programs / "initdb"), "-D", str(data), "-U", "planner", "-A", "trust"]
    subprocess.run([*user, *command, "-E", "UTF8", "--no-sync"], check=True, capture_output=True)
    listen = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= {FAST}"
    control = [*user, str(programs / "pg_ctl"), "-D", str(data), "-w"]
    log = str(home / "log")
    started = [*control, "-l", log, "-o", listen, "start"]
    subprocess.run(started, check=True, stdout=subprocess.DEVNULL, cwd=home)
    atexit.register(_stop, control, home)
    return f"postgresql://planner@127.0.0.1:{port}"


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


def _stop(control: list[str], home: Path) -> None:
    subprocess.run([*control, "-m", "immediate", "stop"], check=False, capture_output=True)
    shutil.rmtree(home, ignore_errors=True)
