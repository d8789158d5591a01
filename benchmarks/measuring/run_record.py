"""Locks a run for one agent, and writes what the agent finds."""

from __future__ import annotations

import contextlib
import fcntl
import os
import platform
import threading
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from benchmarks.measuring.run_limits import Stopped
from benchmarks.measuring.run_store import RunStore
from planner.errors import InputError, StoreError
from planner.records.calibration_record import CalibrationRun, RunPoint
from planner.records.measurement import Measurement

BEAT_S = 30.0
SILENT_S = 4 * BEAT_S
"""An agent on another machine without a sign of life for this long is considered gone."""

AGENT = "agent"


class RunRecord:
    """A run that is locked for one agent inside a ``with`` block.

    Entering raises InputError if another agent has the run. An agent on this machine holds the
    lock file in ``folder``, or is the process that the run names. An agent on another machine
    has written a sign of life in the last two minutes. A kill -9 releases all of these.
    """

    def __init__(self, store: RunStore, run: CalibrationRun, folder: Path) -> None:
        self.store = store
        self.run = run
        self.folder = folder
        self._lock: IO[str] | None = None
        self._writing = threading.Lock()
        self._done = threading.Event()
        self._heart = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def __enter__(self) -> Self:
        with ExitStack() as undo:
            self._lock = undo.enter_context(_locked(self.folder, self.run.run_id))
            self.store.create_run(self.run)
            self.run = self.store.run(self.run.run_id)
            refuse_while_alive(self.run)
            self.update(stopped=None, finished_at=None)
            undo.pop_all()
        self._heart.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._done.set()
        if self._heart.is_alive():
            self._heart.join()
        if self._lock is not None:
            self._lock.close()

    def points(self) -> tuple[RunPoint, ...]:
        """The points recorded so far, in the order of measuring."""
        return self.store.run_points(self.run.run_id)

    def measurements(self) -> list[Measurement]:
        """The measurements of the points that have one."""
        return [p.measurement for p in self.points() if p.measurement is not None]

    def record(self, point: RunPoint) -> None:
        """Store the point and its measurement, or neither of them, before this returns."""
        self.store.record_point(self.run.run_id, point)

    def update(self, environment: dict[str, Any] | None = None, **fields: Any) -> None:
        """Write new facts about the run."""
        with self._writing:
            known = self.run.environment | (environment or {}) | {AGENT: _this_agent()}
            self.run = replace(self.run, environment=known, **fields)
            self.store.update_run(self.run)

    def finish(self, stopped: Stopped) -> None:
        """Write why the run ended, and release it."""
        self._done.set()
        with self._writing:
            freed = self.run.environment | {AGENT: None}
            self.run = replace(
                self.run, environment=freed, stopped=stopped, finished_at=now().isoformat()
            )
            self.store.update_run(self.run)

    def _beat(self) -> None:
        while not self._done.wait(BEAT_S):
            # If a busy store refuses this sign of life, the next one follows.
            with contextlib.suppress(StoreError):
                self.update()


def refuse_while_alive(run: CalibrationRun) -> None:
    """Raises InputError if the run names another agent that is still alive."""
    agent = run.environment.get(AGENT)
    if not isinstance(agent, dict) or agent["id"] == _this_agent()["id"]:
        return
    if agent["host"] == platform.node():
        alive = _process_start(agent["pid"]) == agent["process_start"]
    else:
        silent = now() - datetime.fromisoformat(agent["beat_at"])
        alive = silent.total_seconds() < SILENT_S
    if alive:
        raise _in_use(run.run_id, f"process {agent['pid']} on {agent['host']}")


def now() -> datetime:
    """The current time in UTC, to the second."""
    return datetime.now(UTC).replace(microsecond=0)


def _locked(folder: Path, run_id: str) -> IO[str]:
    """A lock file that no other process holds; the kernel releases it with the process."""
    folder.mkdir(parents=True, exist_ok=True)
    file = (folder / "lock").open("a")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise _in_use(run_id, "another process on this machine") from None
    return file


def _in_use(run_id: str, whom: str) -> InputError:
    return InputError(
        f"run {run_id} is being measured by {whom}: wait for it, or stop it and try again",
        field="resume",
    )


def _this_agent() -> dict[str, Any]:
    pid = os.getpid()
    start = _process_start(pid)
    return {
        "id": f"{platform.node()}/{pid}/{start}",
        "host": platform.node(),
        "pid": pid,
        "process_start": start,
        "beat_at": now().isoformat(),
    }


def _process_start(pid: int) -> str | None:
    """Start of a process in clock ticks since boot, which differs if a PID is used again.

    None if there is no such process. Field 22 of /proc/PID/stat, see proc(5).
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    return stat.rpartition(")")[2].split()[19]
