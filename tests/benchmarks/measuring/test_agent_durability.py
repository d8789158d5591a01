"""Nothing is lost and nothing is there twice, whatever ends an agent, and one agent at a time."""

from __future__ import annotations

import os
import platform
import random
import shutil
import signal
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from command_line import filled_store
from paths import REPOSITORY
from sqlalchemy import event
from stand_in_system import MISTRAL, SWEEP, StandInSystem, fixed_stage, new_run, run_agent

from benchmarks.measuring.run_record import RunRecord, now
from benchmarks.measuring.run_store import RunFile, StoreOrFile
from db.storage import Storage, open_storage
from planner.errors import InputError
from planner.records.measurement_csv import read_measurement_csv

KILLS = 20
SEED = 20261122
POINTS = SWEEP[:6]


@pytest.fixture
def storage_url(tmp_path: Path) -> str:
    path = shutil.copy(filled_store(), tmp_path / "store.sqlite3")
    return f"sqlite:///{path}"


def opened(url: str) -> Storage:
    return open_storage(url)


def measure(storage: Storage, folder: Path) -> None:
    """As the command does it."""
    journal = folder / new_run().run_id / "journal.json"
    store = StoreOrFile(storage, journal, print, folder)
    run_agent(store, folder, [fixed_stage(StandInSystem(), POINTS)])


def run_and_die(url: str, folder: Path, statement: int) -> bool:
    """Run an agent in a process that kill -9 ends before its nth statement; whether it did."""
    child = os.fork()
    if child == 0:
        with closing(opened(url)) as storage:
            left = iter(range(statement))

            def count(*_: object) -> None:
                if next(left, None) is None:
                    os.kill(os.getpid(), signal.SIGKILL)

            event.listen(storage._database.engine, "before_cursor_execute", count)
            event.listen(storage._database.engine, "commit", count)
            measure(storage, folder)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def complete(storage: Storage) -> bool:
    keys = [point.key for point in storage.run_points(new_run().run_id) if point.measurement]
    own = [row for row in storage.measurements() if row.source_id == "run-7f3a"]
    return len(keys) == len(set(keys)) == len(own) == len(POINTS)


@pytest.mark.slow
@pytest.mark.slow
def test_after_kill_9_between_any_two_writes_every_point_is_there_once(
    storage_url: str, tmp_path: Path
) -> None:
    moments = random.Random(SEED)
    killed = 0
    for attempt in range(KILLS):
        shutil.copy(filled_store(), tmp_path / "store.sqlite3")
        for log in tmp_path.glob("store.sqlite3-*"):
            log.unlink()
        killed += run_and_die(storage_url, tmp_path, moments.randrange(1, 88))
        with closing(opened(storage_url)) as storage:
            for point in storage.runs() and storage.run_points(new_run().run_id):
                assert (point.status, point.measurement is None) == ("ok", False), attempt
            measure(storage, tmp_path)
            assert complete(storage), attempt
    assert killed >= KILLS * 3 // 4


@pytest.mark.slow
def test_two_agents_on_one_store_do_not_disturb_each_other(
    storage_url: str, tmp_path: Path
) -> None:
    runs = [new_run("20261122-aaaa"), new_run("20261122-bbbb")]
    children = []
    for run in runs:
        child = os.fork()
        if child == 0:
            with closing(opened(storage_url)) as storage:
                run_agent(storage, tmp_path, [fixed_stage(StandInSystem())], run)
            os._exit(0)
        children.append(child)
    assert [os.waitpid(child, 0)[1] for child in children] == [0, 0]
    with closing(opened(storage_url)) as storage:
        for run in runs:
            points = storage.run_points(run.run_id)
            assert [point.status for point in points] == ["ok"] * len(SWEEP)
            assert storage.run(run.run_id).stopped == "design complete"
            sources = {point.measurement.source_id for point in points if point.measurement}
            assert sources == {run.source_id}


@pytest.mark.slow
def test_a_run_whose_agent_is_alive_is_not_resumed(storage_url: str, tmp_path: Path) -> None:
    with closing(opened(storage_url)) as storage, RunRecord(storage, new_run(), tmp_path / "a"):
        for folder in ("a", "b"):  # the lock alone, and the process that the run names
            script = (
                "import sys; from pathlib import Path; sys.path.insert(0, 'tests/support');"
                "from stand_in_system import new_run;"
                "from benchmarks.measuring.run_record import RunRecord;"
                "from db.storage import open_storage\n"
                f"RunRecord(open_storage({storage_url!r}), new_run(), "
                f"Path({str(tmp_path / folder)!r})).__enter__()"
            )
            answer = subprocess.run(
                [sys.executable, "-c", script],
                cwd=REPOSITORY,
                capture_output=True,
                text=True,
                check=False,
            )
            assert "InputError: run 20261122-7f3a is being measured by" in answer.stderr


def test_an_agent_on_another_machine_is_alive_as_long_as_it_is_heard_of(
    storage_url: str, tmp_path: Path
) -> None:
    def heard(minutes_ago: float) -> dict[str, object]:
        beat_at = (now() - timedelta(minutes=minutes_ago)).isoformat()
        host = f"not-{platform.node()}"
        return {"id": "other", "host": host, "pid": 1, "process_start": "1", "beat_at": beat_at}

    with closing(opened(storage_url)) as storage:
        run = replace(new_run(), environment={"agent": heard(1)})
        storage.create_run(run)
        with pytest.raises(InputError, match="process 1 on not-"):
            RunRecord(storage, run, tmp_path).__enter__()
        storage.update_run(replace(run, environment={"agent": heard(3)}))
        with RunRecord(storage, run, tmp_path / "other") as record:
            assert record.run.environment["agent"]["pid"] == os.getpid()


@pytest.mark.slow
def test_a_killed_agent_does_not_hold_its_run(storage_url: str, tmp_path: Path) -> None:
    assert run_and_die(storage_url, tmp_path, 30)
    with closing(opened(storage_url)) as storage:
        measure(storage, tmp_path)
        assert complete(storage)
        assert storage.run(new_run().run_id).environment["agent"] is None


@pytest.mark.slow
def test_a_run_without_a_store_writes_a_file_that_import_takes(
    storage_url: str, tmp_path: Path
) -> None:
    store = RunFile(tmp_path)
    run_agent(store, tmp_path, [fixed_stage(StandInSystem(), POINTS)])
    assert store.file == tmp_path / "calibration-20261122-7f3a.csv"
    rows = read_measurement_csv(store.file)
    assert [row.concurrency for row in rows] == [point.concurrency for point in POINTS]
    assert {row.model for row in rows} == {MISTRAL}
    with closing(opened(storage_url)) as storage:
        assert storage.add_measurements(rows) == len(POINTS)
        assert "run-7f3a" in storage.own_source_ids()
