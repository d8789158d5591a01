"""Table ``measurements``; a measurement that is already stored is not stored again."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import ReturningInsert

from db.addition_rows import now
from db.tables import MeasurementRow, Origin, RunRow, SetAsideRow
from planner.catalog.gpu import CPU
from planner.catalog.names import gpu_key
from planner.records.measurement import COLUMNS, FIRST_COLUMNS, LATER_COLUMNS, Measurement
from planner.records.measurement_csv import FLOAT_COLUMNS, check_storable
from planner.records.reference import source_name

FROM_CONTENT = "import-"
"""How a source id begins that ``planner import`` made, see ``measurement_files.py``."""

_KEYS_AT_ONCE = 500
"""SQLite before 3.32 takes 999 values in a statement (sqlite.org/limits.html)."""

_NAMED_COLUMNS = frozenset(LATER_COLUMNS) - {"engine_settings"}

VALUE_COLUMNS = tuple(getattr(MeasurementRow, column) for column in COLUMNS)


def add_rows(
    connection: Connection, rows: Iterable[Measurement], origin: Origin, run_id: str | None = None
) -> int:
    """Insert the rows whose content is new; returns their number.

    Raises InputError for a row of the user's that could not be exported and imported again.
    """
    rows = list(rows)
    if origin == "user":
        for row in rows:
            check_storable(row)
    kept = _not_stored(connection, rows) if origin == "user" and run_id is None else rows
    values = [_values(row) | {"origin": origin, "run_id": run_id} for row in kept]
    if not values:
        return 0
    added = connection.execute(insert_new(connection, MeasurementRow, "content_key"), values)
    return len(added.all())


def remove_rows(connection: Connection, rows: Iterable[Measurement]) -> int:
    """Remove rows of the user's by their content; returns their number."""
    keys = [_values(row)["content_key"] for row in rows]
    removed = 0
    for start in range(0, len(keys), _KEYS_AT_ONCE):
        statement = delete(MeasurementRow).where(
            MeasurementRow.origin == "user",
            MeasurementRow.content_key.in_(keys[start : start + _KEYS_AT_ONCE]),
        )
        removed += connection.execute(statement).rowcount
    return removed


def published_sources(connection: Connection) -> frozenset[str]:
    """Ids of the sources that come with the program."""
    statement = select(MeasurementRow.source_id).where(MeasurementRow.origin == "reference")
    return frozenset(connection.execute(statement.distinct()).scalars())


def own_sources(connection: Connection) -> frozenset[str]:
    """Ids of the user's own sources; a published source never counts as one."""
    statement = select(MeasurementRow.source_id).where(MeasurementRow.origin == "user")
    users = frozenset(connection.execute(statement.distinct()).scalars())
    return users - published_sources(connection)


def sources_set_aside(connection: Connection) -> frozenset[str]:
    """Ids of the user's sources that no forecast rests on."""
    return frozenset(connection.execute(select(SetAsideRow.source_id)).scalars())


def set_aside(connection: Connection, source_id: str) -> bool:
    """Let no forecast rest on a source; False if it was set aside before."""
    values = [{"source_id": source_id, "at": now()}]
    return bool(connection.execute(insert_new(connection, SetAsideRow, "source_id"), values).all())


def take_back(connection: Connection, source_id: str) -> bool:
    """Let forecasts rest on a source again; False if it was not set aside."""
    statement = delete(SetAsideRow).where(SetAsideRow.source_id == source_id)
    return connection.execute(statement).rowcount > 0


def insert_new(connection: Connection, table: Any, key: str) -> ReturningInsert[Any]:
    """An insert that skips existing keys and returns the keys that it inserted."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    statement: Any = dialect.insert(table)
    inserted: ReturningInsert[Any] = statement.on_conflict_do_nothing(
        index_elements=[key]
    ).returning(getattr(table, key))
    return inserted


def measurement_id(connection: Connection, row: Measurement) -> int | None:
    """The id of the row with this content; None if there is none."""
    key = _values(row)["content_key"]
    statement = select(MeasurementRow.id).where(MeasurementRow.content_key == key)
    return connection.execute(statement).scalar_one_or_none()


def read_rows(
    connection: Connection, exclude_sources: Collection[str] = ()
) -> tuple[Measurement, ...]:
    """All measurements except those of ``exclude_sources``, in the order of insertion."""
    statement = select(*VALUE_COLUMNS).order_by(MeasurementRow.id)
    if exclude_sources:
        statement = statement.where(MeasurementRow.source_id.not_in(exclude_sources))
    return tuple(Measurement(*row) for row in connection.execute(statement))


def _not_stored(connection: Connection, rows: Iterable[Measurement]) -> list[Measurement]:
    """The rows that are neither stored nor there twice under another file name."""
    rows = list(rows)
    candidates = or_(
        MeasurementRow.source_id.in_({row.source_id for row in rows}),
        MeasurementRow.source_id.startswith(FROM_CONTENT, autoescape=True),
    )
    found = connection.execute(select(*VALUE_COLUMNS).where(candidates))
    known = {_identity(Measurement(*row)) for row in found}
    new = []
    for row in rows:
        identity = _identity(row)
        if identity in known or (gpu_key(row.gpu) == CPU and _without_peaks(row) in known):
            continue
        known.add(identity)
        new.append(row)
    return new


def _identity(row: Measurement) -> str:
    """A hash of what was measured.

    ``source`` is left out, because it is the file's name unless the user states another, and so
    is an id that the importer made of the file's content.
    """
    return _hash_without_names(_columns(row))


def _without_peaks(row: Measurement) -> str:
    """The identity of a row on a processor before export added the peaks of the catalogue."""
    peaks = {"peak_bandwidth_gb_per_s": None, "peak_fp16_tflops": None}
    return _hash_without_names(_columns(row) | peaks)


def _hash_without_names(values: dict[str, Any]) -> str:
    made = values["source_id"].startswith(FROM_CONTENT)
    return _content_key(
        values | {"source": "", "source_id": FROM_CONTENT if made else values["source_id"]}
    )


def _values(row: Measurement) -> dict[str, Any]:
    values = _columns(row)
    return values | {"content_key": _content_key(values)}


def _columns(row: Measurement) -> dict[str, Any]:
    values = {column: getattr(row, column) for column in COLUMNS}
    for column in FLOAT_COLUMNS:
        if values[column] is not None:
            values[column] = float(values[column])
    return values


def _content_key(values: dict[str, Any]) -> str:
    """A hash of the columns that a row states."""
    stated = (*FIRST_COLUMNS, *(c for c in LATER_COLUMNS if values[c] is not None))
    # Of the columns since schema 0003 the names count too: two of them may have one value.
    content = json.dumps(
        [f"{c}={values[c]!r}" if c in _NAMED_COLUMNS else values[c] for c in stated],
        ensure_ascii=True,
        allow_nan=False,
    )
    return hashlib.sha256(content.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Source:
    """A source of measurements; ``own`` if this user measured or imported them.

    No forecast rests on a source that is ``set_aside``.
    """

    id: str
    name: str
    measurements: int
    own: bool
    set_aside: bool = False


def read_sources(connection: Connection) -> tuple[Source, ...]:
    """All sources by id, named after their calibration run or what most of their rows cite."""
    statement = (
        select(MeasurementRow.source_id, MeasurementRow.source, func.count())
        .group_by(MeasurementRow.source_id, MeasurementRow.source)
        .order_by(MeasurementRow.source_id, MeasurementRow.source)
    )
    names = _run_names(connection)
    cited: dict[str, Counter[str]] = {}
    own, aside = own_sources(connection), sources_set_aside(connection)
    for source_id, source, count in connection.execute(statement):
        cited.setdefault(source_id, Counter())[source_name(source)] += count
    return tuple(
        Source(
            id,
            names.get(id) or counts.most_common(1)[0][0],
            counts.total(),
            own=id in own,
            set_aside=id in aside,
        )
        for id, counts in sorted(cited.items())
    )


def _run_names(connection: Connection) -> dict[str, str]:
    statement = select(RunRow.source_id, RunRow.model, RunRow.gpu, RunRow.started_at)
    return {
        source_id: f"Calibration of {model} on {gpu}, {started_at[:10]}"
        for source_id, model, gpu, started_at in connection.execute(statement)
    }
