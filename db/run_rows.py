"""Tables ``runs`` and ``run_points``: calibration runs and their load points."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, insert, select, update

from db.measurement_rows import VALUE_COLUMNS, add_rows, insert_new, measurement_id
from db.tables import MeasurementRow, RunPointRow, RunRow
from planner.errors import InputError
from planner.records.calibration_record import CalibrationRun, RunPoint
from planner.records.measurement import COLUMNS, Measurement

RUN_FIELDS = tuple(field.name for field in fields(CalibrationRun))
RUN_COLUMNS = tuple(getattr(RunRow, name) for name in RUN_FIELDS)
POINT_FIELDS = tuple(f.name for f in fields(RunPoint) if f.name != "measurement")
POINT_COLUMNS = tuple(getattr(RunPointRow, name) for name in POINT_FIELDS)


def create(connection: Connection, run: CalibrationRun) -> None:
    """Store a new run; a run that is already stored stays as it is."""
    connection.execute(insert_new(connection, RunRow, "run_id"), [asdict(run)])


def change(connection: Connection, run_id: str, **values: Any) -> None:
    """Set columns of a run. Raises InputError if there is no such run."""
    changed = connection.execute(update(RunRow).where(RunRow.run_id == run_id).values(**values))
    if not changed.rowcount:
        raise unknown_run(connection, run_id)


def read(connection: Connection, run_id: str) -> CalibrationRun:
    """One run. Raises InputError if there is no such run."""
    row = connection.execute(select(*RUN_COLUMNS).where(RunRow.run_id == run_id)).first()
    if row is None:
        raise unknown_run(connection, run_id)
    return CalibrationRun(*row)


def read_all(connection: Connection) -> tuple[CalibrationRun, ...]:
    """All runs, the latest first."""
    statement = select(*RUN_COLUMNS).order_by(RunRow.started_at.desc(), RunRow.run_id)
    return tuple(CalibrationRun(*row) for row in connection.execute(statement))


def record(connection: Connection, point: RunPoint) -> bool:
    """Store a point and its measurement; False if the run has a successful one with that key.

    A point that failed or was skipped is replaced.
    """
    read(connection, point.run_id)
    this_point = (RunPointRow.run_id == point.run_id) & (RunPointRow.key == point.key)
    connection.execute(delete(RunPointRow).where(this_point, RunPointRow.status != "ok"))
    if connection.execute(select(RunPointRow.id).where(this_point)).first():
        return False
    values = {name: getattr(point, name) for name in POINT_FIELDS}
    if point.measurement is not None:
        add_rows(connection, [point.measurement], origin="user", run_id=point.run_id)
        values["measurement_id"] = measurement_id(connection, point.measurement)
    connection.execute(insert(RunPointRow).values(**values))
    return True


def points(connection: Connection, run_id: str) -> tuple[RunPoint, ...]:
    """The points of a run in the order of measurement."""
    statement = (
        select(*POINT_COLUMNS, *(column.label(f"m_{column.key}") for column in VALUE_COLUMNS))
        .outerjoin(MeasurementRow, MeasurementRow.id == RunPointRow.measurement_id)
        .where(RunPointRow.run_id == run_id)
        .order_by(RunPointRow.position, RunPointRow.id)
    )
    return tuple(_point(row) for row in connection.execute(statement).mappings())


def unknown_run(connection: Connection, run_id: str) -> InputError:
    """The error for a run that is not stored, with the ids of the latest runs."""
    known = [run.run_id for run in read_all(connection)[:5]]
    there = f"the latest are {', '.join(known)}" if known else "there is none yet"
    return InputError(f"No calibration run {run_id!r} in the store; {there}.", field="run_id")


def _point(row: RowMapping) -> RunPoint:
    values = {name: row[name] for name in POINT_FIELDS}
    measured = [row[f"m_{name}"] for name in COLUMNS]
    measurement = None if row["m_source_id"] is None else Measurement(*measured)
    return RunPoint(**values, measurement=measurement)
