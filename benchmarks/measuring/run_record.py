"""One agent's hold on a run, and what it writes there."""

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
"""An agent on another machine that has not been heard of for so long is gone."""

AGENT = "agent"


class RunRecord:
    """One agent's hold on a run, as a context manager, and what it writes there.

    Entering raises InputError where another agent has the run: one on this machine
    holds the lock file in ``folder`` or is the process that the run names, one on
    another machine has let itself be heard of in the last two minutes. A kill -9
    frees all of that.
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
        """What has been recorded so far, in the order of measuring."""
        return self.store.run_points(self.run.run_id)

    def measurements(self) -> list[Measurement]:
        """Those of the points that have one."""
        return [p.measurement for p in self.points() if p.measurement is not None]

    def record(self, point: RunPoint) -> None:
        """The point and its measurement, on disk when this returns, or neither of them."""
        self.store.record_point(self.run.run_id, point)

    def update(self, environment: dict[str, Any] | None = None, **fields: Any) -> None:
        """Write what became known of the run."""
        with self._writing:
            known = self.run.environment | (environment or {}) | {AGENT: _this_agent()}
            self.run = replace(self.run, environment=known, **fields)
            self.store.update_run(self.run)

    def finish(self, stopped: Stopped) -> None:
        """Write why the run ended and let go of it."""
        self._done.set()
        with self._writing:
            freed = self.run.environment | {AGENT: None}
            self.run = replace(
                self.run, environment=freed, stopped=stopped, finished_at=now().isoformat()
            )
            self.store.update_run(self.run)

    def _beat(self) -> None:
        while not self._done.wait(BEAT_S):
            # A beat that a busy store does not take is made up for by the next.
            with contextlib.suppress(StoreError):
                self.update()


def refuse_while_alive(run: CalibrationRun) -> None:
    """InputError where the agent that the run names is another one and still there."""
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
    """This moment, to the second, in UTC."""
    return datetime.now(UTC).replace(microsecond=0)


def _locked(folder: Path, run_id: str) -> IO[str]:
    """An open file that no other process has locked; the kernel lets go of it with the process."""
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
    """When a process started, in clock ticks since boot, so that a number used anew is told apart.

    None where there is no such process; proc(5), field 22 of /proc/PID/stat.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    return stat.rpartition(")")[2].split()[19]
