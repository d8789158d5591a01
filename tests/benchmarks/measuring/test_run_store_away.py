"""A store that goes away during a run: the run goes on, nothing is lost, nothing is there twice."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from paths import REPOSITORY
from postgres_server import PostgresServer, new_server
from stand_in_system import SWEEP, StandInSystem, fixed_stage, new_run, run_agent
from stand_ins import STAND_IN

from benchmarks.design.points import Failure, LoadPoint
from benchmarks.engine.engine_cpu.tiny_model import write_tiny_model
from benchmarks.measuring.run_store import StoreOrFile
from db.storage import Storage, open_storage
from planner.errors import InputError, StoreError
from planner.records.measurement_csv import read_measurement_csv

RUN = new_run()
POINTS = SWEEP[:6]
Trouble = dict[LoadPoint, Callable[[], None]]


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    server = new_server()
    yield server
    server.remove()


def run(storage: Storage, folder: Path, before: Trouble) -> tuple[str, list[str], Path | None]:
    """Run an agent to which something happens before some points; how it ended, and what it told"""
    told: list[str] = []

    def behave(point: LoadPoint) -> Failure | None:
        before.get(point, lambda: None)()
        return None

    store = StoreOrFile(storage, folder / RUN.run_id / "journal.json", told.append, folder)
    stopped = run_agent(store, folder, [fixed_stage(StandInSystem(behave), POINTS)])
    assert len(store.run_points(RUN.run_id)) == len(POINTS)
    return stopped, told, store.file


def concurrencies(storage: Storage) -> list[float | None]:
    """Of the run's own measurements, in the order in which they were stored."""
    return [r.concurrency for r in storage.measurements() if r.source_id == RUN.source_id]


@pytest.mark.slow
def test_a_run_goes_on_in_a_file_when_postgresql_stops_and_import_doubles_nothing(
    server: PostgresServer, tmp_path: Path
) -> None:
    url = server.new_database_url()
    with closing(open_storage(url)) as storage:
        stopped, told, file = run(storage, tmp_path, {POINTS[2]: server.stop})
    assert stopped == "design complete"
    assert file == tmp_path / f"calibration-{RUN.run_id}.csv"
    [line] = told
    assert "check that the server runs" in line
    assert f"The run continues in {file}" in line
    rows = read_measurement_csv(file)
    assert [row.concurrency for row in rows] == [p.concurrency for p in POINTS[2:]]
    server.start()
    with closing(open_storage(url)) as storage:
        assert len(concurrencies(storage)) == 2
        assert storage.add_measurements(rows) == 4
        assert storage.add_measurements(rows) == 0
        assert concurrencies(storage) == [p.concurrency for p in POINTS]
        # The import brought the figures, going on with the run brings its points.
        _, told, _ = run(storage, tmp_path, {})
        assert told == ["The store is back and now has the 4 points that it missed."]
        assert [p.status for p in storage.run_points(RUN.run_id)] == ["ok"] * len(POINTS)
        assert all(p.measurement for p in storage.run_points(RUN.run_id))
        assert concurrencies(storage) == [p.concurrency for p in POINTS]
        assert storage.run(RUN.run_id).stopped == "design complete"


@pytest.mark.slow
def test_a_store_that_comes_back_gets_what_it_missed(
    server: PostgresServer, tmp_path: Path
) -> None:
    url = server.new_database_url()
    with closing(open_storage(url)) as storage:
        trouble = {POINTS[2]: server.stop, POINTS[4]: server.start}
        stopped, told, file = run(storage, tmp_path, trouble)
        assert stopped == "design complete"
        assert "The store is back and now has the 3 points that it missed." in told
        assert concurrencies(storage) == [p.concurrency for p in POINTS]
        assert len(storage.run_points(RUN.run_id)) == len(POINTS)
        assert file is not None
        assert storage.add_measurements(read_measurement_csv(file)) == 0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "store.sqlite3"
    open_storage(f"sqlite:///{path}").close()
    return path


@pytest.mark.slow
def test_a_file_that_another_program_holds_is_caught_up_with(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("db.connection.BUSY_TIMEOUT_S", 0.05)
    other = sqlite3.connect(path, isolation_level=None)
    with closing(open_storage(f"sqlite:///{path}")) as storage, closing(other):
        trouble = {
            POINTS[1]: lambda: other.execute("BEGIN IMMEDIATE") and None,
            POINTS[3]: lambda: other.execute("ROLLBACK") and None,
        }
        _, told, _ = run(storage, tmp_path, trouble)
        assert "another program holds the store" in told[0]
        assert concurrencies(storage) == [p.concurrency for p in POINTS]


@pytest.mark.slow
def test_a_damaged_or_a_missing_file_loses_no_point(path: Path, tmp_path: Path) -> None:
    def damage() -> None:
        path.write_bytes(b"not a database" * 1000)

    def remove() -> None:
        for file in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
            file.unlink(missing_ok=True)

    with closing(open_storage(f"sqlite:///{path}")) as storage:
        _, told, file = run(storage, tmp_path, {POINTS[1]: damage, POINTS[3]: remove})
    assert "not a planner database" in told[0]
    assert file is not None
    assert len(read_measurement_csv(file)) == len(POINTS) - 1
    remove()
    with closing(open_storage(f"sqlite:///{path}")) as storage:
        run(storage, tmp_path, {})
        # The first point was in the file that is gone; it was measured anew.
        assert len(concurrencies(storage)) == len(POINTS)


@pytest.mark.slow
def test_a_full_disk_still_shows_what_was_measured(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise InputError("FILE cannot be written (No space left on device)")

    def away(*_: object) -> None:
        raise StoreError("The store cannot be used (disk is full).")

    with closing(open_storage(f"sqlite:///{path}")) as storage:
        monkeypatch.setattr("benchmarks.measuring.run_store.replace_file", full)
        monkeypatch.setattr(storage, "record_point", away)
        stopped, told, _ = run(storage, tmp_path, {})
    assert stopped == "design complete"
    shown = [line for line in told if "output_tokens_per_s=" in line]
    assert len(shown) == len(POINTS)


@pytest.mark.slow
def test_the_command_says_where_the_points_are_and_what_to_do(
    server: PostgresServer, tmp_path: Path
) -> None:
    url = server.new_database_url()
    open_storage(url).close()
    tiny = write_tiny_model(tmp_path / "tiny")
    (tmp_path / "workload.yaml").write_text("input_tokens: 200\noutput_tokens: 20\n")
    (tmp_path / "trouble").write_text("slow")
    words = ["--gpu", "cpu", "--model", str(tiny), "--workload", "workload.yaml"]
    words += ["--engine-command", STAND_IN, "--points", "2", "--point-seconds", "1"]
    environment = os.environ | {
        "PLANNER_DATABASE_URL": url,
        "STAND_IN_FOLDER": str(tmp_path),
        "PYTHONPATH": str(REPOSITORY),
    }
    planner = [sys.executable, "-m", "planner"]
    with subprocess.Popen(
        [*planner, "calibrate", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env=environment,
    ) as agent:
        assert agent.stderr is not None
        first = next(line for line in agent.stderr if "output tokens/s" in line)
        assert "200 tokens in, 20 out" in first
        server.stop()
        answer, rest = agent.communicate(timeout=120)
    assert agent.returncode == 0, rest
    [file] = [path.name for path in tmp_path.glob("calibration-*.csv")]
    assert f"planner import {file}" in rest
    assert f"in {file}" in " ".join(answer.split())
    server.start()
    imported = subprocess.run(
        [*planner, "import", file, "--json"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert '"added": 1' in imported.stdout
