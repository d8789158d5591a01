"""The calibration that was started from the web app: at most one at a time on this server.

It is the command ``planner calibrate`` as a process of its own, with its arguments as a list. It
ends with the server; what it measured stays in the store, and it can be resumed.
"""

from __future__ import annotations

import os
import re
import signal
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from app.services.calibration_design import cards_here
from app.services.forecast_change import ForecastChange, ForecastsBefore, forecasts_now
from app.services.opened_store import store
from benchmarks.engine.guarded_process import GuardedProcess
from benchmarks.measuring.run_limits import Stopped
from benchmarks.measuring.run_record import refuse_while_alive
from db.connection import data_directory
from planner.catalog.gpu import CPU
from planner.errors import InputError, PlannerError
from planner.files import read_at_most, replace_file
from planner.fleet.plan import FleetItem, Plan
from planner.fleet.scenario import Scenario
from planner.fleet.scenario_file import scenario_file_text
from planner.records.calibration_record import CalibrationRun, RunPoint
from planner.report.pdf_deployment import SCENARIO_FILE, calibrate_command
from planner.vllm.setting_flags import placeholder_notes

ALLOW_VARIABLE = "PLANNER_ALLOW_CALIBRATION"
FOLDER = "calibrations-from-the-app"
LINES_SHOWN = 8
UNFINISHED: tuple[Stopped | None, ...] = (None, "interrupted", "time")
_MOST_LOG_BYTES = 2_000_000
_RUN = re.compile(r"^Run ([0-9]{8}-[0-9a-f]+);", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class CalibrationState:
    """How far the last calibration from here is; ``says`` are its last lines.

    ``run`` is None until the engine and its points are chosen. ``exit_status`` is None while it
    runs; 130 is that of one that was stopped. ``change`` is what it changed, once it has ended;
    ``why_no_change`` says why that is not known, if its scenario can be planned no longer.
    """

    exit_status: int | None
    run: CalibrationRun | None
    points: tuple[RunPoint, ...]
    says: tuple[str, ...]
    change: ForecastChange | None
    scenario: Scenario
    why_no_change: str | None = None

    @property
    def is_running(self) -> bool:
        return self.exit_status is None


@dataclass
class _Started:
    process: GuardedProcess
    log: Path
    before: ForecastsBefore
    change: ForecastChange | None = field(default=None)


_only_one = threading.Lock()
_started: list[_Started] = []
"""The last calibration that was started, none at first."""


def allowed() -> bool:
    """True if this server's owner lets the page start calibrations."""
    return os.environ.get(ALLOW_VARIABLE) == "1"


def start(plan: Plan, item: FleetItem) -> None:
    """Start calibrating a configuration of a plan on this server's GPUs, or on its processor.

    Raises InputError if that is not allowed here, if the command has a placeholder for files of
    the user's, or if another calibration is running.
    """
    if (missing := not_stated(plan, item)) is not None:
        raise InputError(missing)
    folder = _new_folder()
    workload = folder / SCENARIO_FILE
    replace_file(workload, scenario_file_text(plan.scenario).encode())
    words = calibrate_command(plan, item, str(workload))[1:]
    processor = () if cards_here().cards or "--gpu" in words else ("--gpu", CPU)
    _launch([*words, *processor, "--yes"], folder, plan.scenario)


def not_stated(plan: Plan, item: FleetItem) -> str | None:
    """Why the calibration of a configuration must be run by hand; None if it can be started."""
    notes = list(placeholder_notes(calibrate_command(plan, item)))
    if not notes:
        return None
    return f"Run the command above yourself: {' '.join(notes)}"


def resume(run_id: str, scenario: Scenario) -> None:
    """Continue a run of the store; ``scenario`` is the one whose forecasts are compared."""
    _launch(["calibrate", "--resume", store().run(run_id).run_id], _new_folder(), scenario)


def stop() -> None:
    """Ask the running calibration to end after it has stored what it measured, as Ctrl-C does."""
    for started in _started:
        if started.process.poll() is None and started.process.group is not None:
            with suppress(ProcessLookupError):
                os.kill(started.process.group, signal.SIGTERM)


def state() -> CalibrationState | None:
    """The state of the last calibration that was started here; None if there was none."""
    if not _started:
        return None
    started = _started[-1]
    status = started.process.poll()
    if status is not None:
        started.process.stop()  # releases what is left of it
    said = read_at_most(started.log, _MOST_LOG_BYTES).decode(errors="replace")
    named = _RUN.search(said)
    known = {run.run_id: run for run in store().runs()}
    run = None if named is None else known.get(named[1])
    points = () if run is None else store().run_points(run.run_id)
    measured = any(point.measurement is not None for point in points)
    why_no_change = None
    if status is not None and measured and started.change is None:
        try:
            started.change = started.before.change()
        except PlannerError as error:  # its model or GPU may have been removed meanwhile
            why_no_change = str(error)
    return CalibrationState(
        exit_status=status,
        run=run,
        points=points,
        says=tuple(said.splitlines()[-LINES_SHOWN:]),
        change=started.change,
        scenario=started.before.plan.scenario,
        why_no_change=why_no_change,
    )


def resumable() -> tuple[CalibrationRun, ...]:
    """Runs that were interrupted, killed or out of time, the latest first."""
    return tuple(
        run for run in store().runs() if run.stopped in UNFINISHED and not _is_measured(run)
    )


def _is_measured(run: CalibrationRun) -> bool:
    try:
        refuse_while_alive(run)
    except InputError:
        return True
    return False


def _new_folder() -> Path:
    if not allowed():
        raise InputError(
            f"This server starts no calibrations; its owner can allow it with {ALLOW_VARIABLE}=1."
        )
    folder = data_directory() / FOLDER / f"{datetime.now():%Y%m%d-%H%M%S-%f}"
    folder.mkdir(parents=True)
    return folder


def _launch(words: Sequence[str], folder: Path, scenario: Scenario) -> None:
    before = forecasts_now(scenario)
    with _only_one:
        if any(started.process.poll() is None for started in _started):
            raise InputError("A calibration is running on this server; wait for it, or stop it.")
        log = folder / "log.txt"
        process = GuardedProcess([sys.executable, "-m", "planner", *words], log=log)
        _started[:] = [_Started(process, log, before)]
