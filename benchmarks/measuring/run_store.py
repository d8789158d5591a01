"""Where a run is stored: in the store, in a file without one, in both if the store fails."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from pydantic import TypeAdapter, ValidationError

from benchmarks.measuring.progress import point_count
from planner.errors import InputError, PlannerError
from planner.files import read_text, replace_file
from planner.records.calibration_record import CalibrationRun, RunPoint
from planner.records.measurement_csv import MAX_FILE_BYTES, write_measurement_csv

_POINTS = TypeAdapter(list[RunPoint])


class RunStore(Protocol):
    """The contract of everything that keeps a run; ``test_run_store.py`` tests each with it.

    Each call is one transaction: when it returns, its change is kept; when it raises, nothing
    is. Every call raises InputError for a run that was not created, ``run_points`` excepted.
    """

    def create_run(self, run: CalibrationRun) -> None:
        """Keep a run that starts. A run that is there already stays as it is."""

    def update_run(self, run: CalibrationRun) -> None:
        """Replace what is known of a run by ``run``."""

    def record_point(self, run_id: str, point: RunPoint) -> bool:
        """Keep a point with its measurement; return whether it was kept.

        A failed or skipped point is replaced by a later one of the same key; a successful
        one stays. Raises InputError for a point of another run.
        """
        ...

    def run(self, run_id: str) -> CalibrationRun:
        """Return the run as it was created or last updated."""
        ...

    def run_points(self, run_id: str) -> tuple[RunPoint, ...]:
        """Return the points by position; none for a run that was not created."""
        ...


class RunFile:
    """Replaces a store: writes the measurements of a run to a CSV for ``planner import``.

    The file is replaced after each point. A run in a file cannot be resumed: import the file,
    and start a new run, which uses it.
    """

    def __init__(self, folder: Path = Path()) -> None:
        self._folder = folder
        self._run: CalibrationRun | None = None
        self._points: dict[str, RunPoint] = {}
        self.file: Path | None = None

    def create_run(self, run: CalibrationRun) -> None:
        if self._run is None:
            self._run = run
            self.file = self._folder / f"calibration-{run.run_id}.csv"

    def update_run(self, run: CalibrationRun) -> None:
        self.run(run.run_id)
        self._run = run

    def record_point(self, run_id: str, point: RunPoint) -> bool:
        _refuse_foreign(self.run(run_id), point)
        assert self.file is not None
        known = self._points.get(point.key)
        if known is not None and known.status == "ok":
            return False
        self._points[point.key] = point
        measured = [p.measurement for p in self._points.values() if p.measurement is not None]
        if point.measurement is not None:
            write_measurement_csv(self.file, measured)
        return True

    def run(self, run_id: str) -> CalibrationRun:
        if self._run is None or self._run.run_id != run_id:
            raise InputError(
                f"Run {run_id!r} is not in a store and cannot be resumed; import its file with "
                "planner import and start a new run.",
                field="run_id",
            )
        return self._run

    def run_points(self, run_id: str) -> tuple[RunPoint, ...]:
        return _points_of(run_id, self._points)


class StoreOrFile:
    """A store, and a file for the points that the store does not accept.

    The file is a ``RunFile`` with only the points that the store missed, so an import of it
    duplicates nothing. ``journal`` holds the complete records of these points until the store
    has them. The store is tried again with every point, with every sign of life of the agent, and
    when the run is resumed. ``tell`` gets messages for the user.
    """

    def __init__(
        self, store: RunStore, journal: Path, tell: Callable[[str], None], folder: Path = Path()
    ) -> None:
        self._store = store
        self._journal = journal
        self._tell = tell
        self._file = RunFile(folder)
        self._run: CalibrationRun | None = None
        self._points: dict[str, RunPoint] = {}
        self._missed: dict[str, RunPoint] = {}
        self._away = False
        self._one_at_a_time = threading.RLock()

    @property
    def created(self) -> CalibrationRun:
        """The current state of the run."""
        assert self._run is not None, "create the run first"
        return self._run

    @property
    def missed(self) -> int:
        """Number of points that the store lacks at the moment."""
        return len(self._missed)

    @property
    def file(self) -> Path | None:
        """The file of the points that the store lacks or lacked; None if it never did."""
        return self._file.file

    def create_run(self, run: CalibrationRun) -> None:
        """Begin a run, or continue a stored one. Raises StoreError if the store does not answer."""
        self._store.create_run(run)
        self._run = self._store.run(run.run_id)
        self._missed = {point.key: point for point in _journalled(self._journal)}
        self._away = bool(self._missed)
        self._catch_up(self._run)
        stored = {point.key: point for point in self._store.run_points(run.run_id)}
        self._points = stored | self._missed

    def update_run(self, run: CalibrationRun) -> None:
        with self._one_at_a_time:
            self.run(run.run_id)
            self._run = run
            self._catch_up(run)

    def record_point(self, run_id: str, point: RunPoint) -> bool:
        with self._one_at_a_time:
            _refuse_foreign(self.run(run_id), point)
            known = self._points.get(point.key)
            if known is not None and known.status == "ok":
                return False
            self._points[point.key] = self._missed[point.key] = point
            trouble = self._catch_up(None)
            if trouble is not None:
                self._keep_in_file(point, trouble)
            return True

    def run(self, run_id: str) -> CalibrationRun:
        if self._run is None or self._run.run_id != run_id:
            return self._store.run(run_id)
        return self._run

    def run_points(self, run_id: str) -> tuple[RunPoint, ...]:
        return _points_of(run_id, self._points)

    def _catch_up(self, changed: CalibrationRun | None) -> PlannerError | None:
        """Write to the store what it lacks; the error if it refuses, else None."""
        run = self.created
        try:
            if self._away:
                self._store.create_run(run)
            if changed is not None or self._away:
                self._store.update_run(run)
            for point in self._missed.values():
                self._store.record_point(run.run_id, point)
        except PlannerError as error:
            self._away = True
            return error
        if self._journal.exists():
            self._tell(
                f"The store is back and now has the {point_count(self.missed)} that it missed."
            )
            self._journal.unlink()
        self._away = False
        self._missed.clear()
        return None

    def _keep_in_file(self, point: RunPoint, trouble: PlannerError) -> None:
        if self._file.file is None:
            self._file.create_run(self.created)
        if not self._journal.exists():
            self._tell(f"{trouble} The run continues in {self._file.file}.")
        try:
            replace_file(self._journal, _POINTS.dump_json(list(self._missed.values())))
            for missed in self._missed.values():
                self._file.record_point(self.created.run_id, missed)
        except InputError as error:
            self._tell(f"{error} This point is only shown here: {point.measurement}")


def _points_of(run_id: str, points: Mapping[str, RunPoint]) -> tuple[RunPoint, ...]:
    of_run = (point for point in points.values() if point.run_id == run_id)
    return tuple(sorted(of_run, key=lambda point: point.position))


def _refuse_foreign(run: CalibrationRun, point: RunPoint) -> None:
    if point.run_id != run.run_id:
        raise InputError(f"A point of run {point.run_id!r} does not belong to run {run.run_id!r}.")


def _journalled(journal: Path) -> list[RunPoint]:
    if not journal.exists():
        return []
    try:
        return _POINTS.validate_json(read_text(journal, MAX_FILE_BYTES))
    except ValidationError as error:
        raise InputError(
            f"{journal} does not hold points of a run ({error.errors()[0]['msg']}): import the "
            "run's CSV instead, and move this file away"
        ) from error
