"""The interface of the store to the rest of the program: it takes and returns frozen values.

Every method is one transaction: when it returns, its changes are on disk; if it
raises, there are none. All methods raise StoreError if the database cannot be
opened, read or written. Threads may share a storage.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import delete

from db import addition_rows as additions
from db import run_rows
from db import scenario_rows as scenarios
from db.addition_rows import now
from db.connection import Database, connect
from db.measurement_rows import (
    Source,
    add_rows,
    own_sources,
    read_rows,
    read_sources,
    remove_rows,
    set_aside,
    sources_set_aside,
    take_back,
)
from db.scenario_rows import RemovedScenario, SavedScenario, UnreadableScenario
from db.schema import CHANGES, count_change, meta, prepare
from db.tables import MeasurementRow
from planner.catalog.gpu import GPU
from planner.catalog.model_spec import ModelSpec
from planner.catalog.price_offer import PriceOffer
from planner.errors import InputError, PlannerError
from planner.fleet.scenario import Scenario
from planner.records.calibration_record import CalibrationRun, RunPoint
from planner.records.measurement import Measurement
from planner.records.reference import REFERENCE_CSV


def open_storage(url: str | None = None, reference: Path = REFERENCE_CSV) -> Storage:
    """The store, after creating, migrating and seeding it as far as needed.

    ``url`` None means PLANNER_DATABASE_URL or, without it, an SQLite file in the
    user's data directory (PLANNER_DATA_DIR changes it); ``reference`` is the file
    of published measurements. Raises StoreError.
    """
    database = connect(url)
    try:
        prepare(database, reference)
    except PlannerError:
        database.engine.dispose()
        raise
    return Storage(database)


class Storage:
    """Measurements, calibration runs, additions to the catalogue, saved scenarios."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def location(self) -> str:
        """Where the store is: a path, or a URL without its password."""
        return self._database.name

    @property
    def writable(self) -> bool:
        """False for a read-only store."""
        return self._database.writable

    def close(self) -> None:
        """Release the connections; the storage opens new ones if it is used again."""
        self._database.engine.dispose()

    def version(self) -> str:
        """A key for caches; it changes with the measurements and the user's catalogue."""
        with self._database.reading() as connection:
            return f"{self.location}#{meta(connection, CHANGES) or 0}"

    # Measurements

    def add_measurements(self, rows: Iterable[Measurement], run_id: str | None = None) -> int:
        """Store the user's measurements, all or none; returns the number of new ones."""
        with self._database.writing() as connection:
            if run_id is not None:
                run_rows.read(connection, run_id)
            added = add_rows(connection, rows, origin="user", run_id=run_id)
            if added:
                count_change(connection)
            return added

    def measurements(self, exclude_sources: Collection[str] = ()) -> tuple[Measurement, ...]:
        """Reference and own measurements except those of ``exclude_sources``."""
        with self._database.reading() as connection:
            return read_rows(connection, exclude_sources)

    def own_source_ids(self) -> frozenset[str]:
        """Ids of the sources that this user measured or imported."""
        with self._database.reading() as connection:
            return own_sources(connection)

    def sources(self) -> tuple[Source, ...]:
        """All sources, each with its name and number of measurements."""
        with self._database.reading() as connection:
            return read_sources(connection)

    def set_aside(self) -> frozenset[str]:
        """Ids of the user's sources that no forecast rests on."""
        with self._database.reading() as connection:
            return sources_set_aside(connection)

    def set_source_aside(self, source_id: str) -> bool:
        """Keep one of the user's sources out of all forecasts; False if it was out before.

        Raises InputError for a source that is not the user's.
        """
        with self._database.writing() as connection:
            own = own_sources(connection)
            if source_id not in own:
                there = ", ".join(sorted(own)) or "none yet"
                raise InputError(
                    f"{source_id!r} is not a source of yours ({there}); only your own "
                    "measurements can be set aside.",
                    field="source",
                )
            changed = set_aside(connection, source_id)
            count_change(connection)
            return changed

    def take_source_back(self, source_id: str) -> bool:
        """Let forecasts rest on a source again; False if it was not set aside."""
        with self._database.writing() as connection:
            changed = take_back(connection, source_id)
            count_change(connection)
            return changed

    def remove_source(self, source_id: str) -> int:
        """Remove the user's measurements of a source, not the reference's; returns their number."""
        statement = delete(MeasurementRow).where(
            MeasurementRow.source_id == source_id, MeasurementRow.origin == "user"
        )
        with self._database.writing() as connection:
            removed = connection.execute(statement).rowcount
            take_back(connection, source_id)
            count_change(connection)
            return removed

    def remove_measurements(self, rows: Iterable[Measurement]) -> int:
        """Remove these measurements if they are the user's; returns how many were stored.

        A source that has none left is set aside no longer.
        """
        rows = tuple(rows)
        with self._database.writing() as connection:
            removed = remove_rows(connection, rows)
            for source_id in {row.source_id for row in rows} - own_sources(connection):
                take_back(connection, source_id)
            count_change(connection)
            return removed

    # Calibration runs

    def create_run(self, run: CalibrationRun) -> None:
        """Store a new run; a run that is already stored stays as it is."""
        with self._database.writing() as connection:
            run_rows.create(connection, run)

    def finish_run(self, run_id: str, stopped: str, finished_at: str | None = None) -> None:
        """Store why and when a run ended. Raises InputError for an unknown run."""
        with self._database.writing() as connection:
            run_rows.change(connection, run_id, stopped=stopped, finished_at=finished_at or now())

    def update_run(self, run: CalibrationRun) -> None:
        """Update a stored run with what became known later (engine version, environment)."""
        values = {name: getattr(run, name) for name in run_rows.RUN_FIELDS if name != "run_id"}
        with self._database.writing() as connection:
            run_rows.change(connection, run.run_id, **values)

    def record_point(self, run_id: str, point: RunPoint) -> bool:
        """Store a point with its measurement; it is on disk when this returns.

        False if the run has a successful point with that key, which stays. A failed
        or skipped one is replaced. Raises InputError for an unknown run.
        """
        if point.run_id != run_id:
            raise InputError(f"A point of run {point.run_id!r} does not belong to run {run_id!r}.")
        with self._database.writing() as connection:
            stored = run_rows.record(connection, point)
            if stored and point.measurement is not None:
                count_change(connection)
            return stored

    def run(self, run_id: str) -> CalibrationRun:
        """One run. Raises InputError for an unknown run."""
        with self._database.reading() as connection:
            return run_rows.read(connection, run_id)

    def run_points(self, run_id: str) -> tuple[RunPoint, ...]:
        """The points of a run in the order of measurement."""
        with self._database.reading() as connection:
            return run_rows.points(connection, run_id)

    def runs(self) -> tuple[CalibrationRun, ...]:
        """All runs, the latest first."""
        with self._database.reading() as connection:
            return run_rows.read_all(connection)

    def latest_run(self) -> CalibrationRun | None:
        """The run that started last; None if there is none."""
        found = self.runs()
        return found[0] if found else None

    # Additions to the catalogue

    def add_gpu(self, gpu: GPU) -> None:
        """Store a GPU as the user's; one of the same name is replaced."""
        self._add(gpu)

    def add_model(self, model: ModelSpec) -> None:
        """Store a model as the user's; one of the same ``hf_id`` is replaced."""
        self._add(model)

    def add_offer(self, offer: PriceOffer) -> None:
        """Store a price offer as the user's; one of the same ``id`` is replaced."""
        self._add(offer)

    def add_offers(self, offers: Iterable[PriceOffer]) -> None:
        """Store price offers as the user's, all of them or none."""
        with self._database.writing() as connection:
            for offer in offers:
                additions.add(connection, offer)
            count_change(connection)

    def gpus(self) -> tuple[GPU, ...]:
        """The user's GPUs."""
        with self._database.reading() as connection:
            return additions.read(connection, GPU)

    def models(self) -> tuple[ModelSpec, ...]:
        """The user's models."""
        with self._database.reading() as connection:
            return additions.read(connection, ModelSpec)

    def offers(self) -> tuple[PriceOffer, ...]:
        """The user's price offers."""
        with self._database.reading() as connection:
            return additions.read(connection, PriceOffer)

    def remove_gpu(self, name: str) -> bool:
        """Remove a GPU; True if there was one of that name."""
        return self._remove(GPU, name)

    def remove_model(self, hf_id: str) -> bool:
        """Remove a model; True if there was one of that id."""
        return self._remove(ModelSpec, hf_id)

    def remove_offer(self, offer_id: str) -> bool:
        """Remove a price offer; True if there was one of that id."""
        return self._remove(PriceOffer, offer_id)

    def _add(self, value: additions.Addition) -> None:
        with self._database.writing() as connection:
            additions.add(connection, value)
            count_change(connection)

    def _remove(self, kind: type[additions.Addition], name: str) -> bool:
        with self._database.writing() as connection:
            removed = additions.remove(connection, kind, name)
            count_change(connection)
            return removed

    # Saved scenarios

    def save_scenario(
        self,
        name: str,
        scenario: Scenario,
        replaces: int = 0,
        saved_by: str | None = None,
        entered: Mapping[str, Any] | None = None,
    ) -> bool:
        """Store a scenario under a name, in place of version ``replaces``, which is kept.

        0: there must be none of that name. False if there is another version; nothing is
        stored then. ``entered`` is what was typed for what the scenario derives from it.
        """
        with self._database.writing() as connection:
            return scenarios.save(connection, name, scenario, replaces, saved_by, entered)

    def scenario(self, name: str) -> SavedScenario:
        """The scenario of that name.

        Raises InputError if there is none, StoreError if it does not fit this planner.
        """
        with self._database.reading() as connection:
            return scenarios.read(connection, name)

    def scenarios(self) -> tuple[SavedScenario, ...]:
        """All saved scenarios that fit this planner, sorted by name."""
        return tuple(one for one in self.newest_scenarios() if isinstance(one, SavedScenario))

    def newest_scenarios(self) -> tuple[SavedScenario | UnreadableScenario, ...]:
        """All saved scenarios, sorted by name."""
        with self._database.reading() as connection:
            return scenarios.read_newest(connection)

    def scenario_versions(self, name: str) -> tuple[SavedScenario, ...]:
        """The versions that fit, the newest first. Raises InputError if nothing has that name."""
        with self._database.reading() as connection:
            return scenarios.versions(connection, name)

    def rename_scenario(self, name: str, new_name: str) -> bool:
        """Rename a scenario with its versions; False if the new name is taken."""
        with self._database.writing() as connection:
            return scenarios.rename(connection, name, new_name)

    def delete_scenario(self, name: str) -> RemovedScenario | None:
        """Delete a scenario with its versions and return them; None if there is none."""
        with self._database.writing() as connection:
            return scenarios.remove(connection, name)

    def restore_scenario(self, removed: RemovedScenario) -> bool:
        """Store a deleted scenario again with its versions; False if its name is taken."""
        with self._database.writing() as connection:
            return scenarios.restore(connection, removed)
