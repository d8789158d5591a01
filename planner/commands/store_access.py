"""What forecasts and plans are made from: catalogue and measurements, out of the store.

A store that cannot be created (a read-only home directory) does not keep
anybody from reading: the packaged figures stand in for it, with a warning. A
store that is there but cannot be used is an error.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.catalog.lookup import Catalog, load_catalog
from planner.commands.screen import say
from planner.errors import StoreError
from planner.records.measurement import Measurement

if TYPE_CHECKING:
    from db.storage import Storage
    from planner.forecast.forecaster import Forecaster


@dataclass(frozen=True, slots=True)
class Known:
    """Catalogue with the user's additions, all measurements, and which of them are the user's."""

    catalog: Catalog
    measurements: tuple[Measurement, ...]
    own_sources: frozenset[str]

    def forecaster(self, exclude_sources: tuple[str, ...] = ()) -> Forecaster:
        """Fitted to the measurements, those of ``exclude_sources`` left out."""
        from planner.forecast.forecaster import Forecaster

        return Forecaster(self.measurements, self.catalog, self.own_sources, exclude_sources)


@dataclass(frozen=True, slots=True)
class SourceCount:
    """A source's id, its name for people, its number of measurements, whether it is the user's."""

    id: str
    name: str
    measurements: int
    own: bool


def known() -> Known:
    """Everything that a forecast rests on."""
    with storage_to_read() as storage:
        if storage is None:
            from planner.records.reference import reference_measurements

            return Known(load_catalog(), reference_measurements(), frozenset())
        return Known(_catalog_of(storage), storage.measurements(), storage.own_source_ids())


def catalog() -> Catalog:
    """The catalogue with the user's additions."""
    with storage_to_read() as storage:
        return load_catalog() if storage is None else _catalog_of(storage)


def sources() -> list[SourceCount]:
    """Whose measurements there are, with a name for people and how many."""
    with storage_to_read() as storage:
        if storage is not None:
            return [SourceCount(s.id, s.name, s.measurements, s.own) for s in storage.sources()]
    from planner.records.reference import reference_measurements, source_name

    cited: dict[str, Counter[str]] = {}
    for row in reference_measurements():
        cited.setdefault(row.source_id, Counter())[source_name(row.source)] += 1
    return [
        SourceCount(id, names.most_common(1)[0][0], names.total(), False)
        for id, names in sorted(cited.items())
    ]


@contextmanager
def storage_to_read() -> Iterator[Storage | None]:
    """The store; None, after a warning, where there is none and none can be created."""
    from db.storage import open_storage

    try:
        storage = open_storage()
    except StoreError as error:
        if _store_is_there():
            raise
        say(f"Warning: no store, the packaged figures are used ({error})")
        yield None
        return
    with closing(storage):
        yield storage


@contextmanager
def storage_to_write() -> Iterator[Storage]:
    """The store; StoreError where it cannot be created or opened."""
    from db.storage import open_storage

    with closing(open_storage()) as storage:
        yield storage


def _store_is_there() -> bool:
    from db.connection import FILE_NAME, URL_VARIABLE, data_directory

    return bool(os.environ.get(URL_VARIABLE)) or os.path.exists(data_directory() / FILE_NAME)


def _catalog_of(storage: Storage) -> Catalog:
    return load_catalog().with_additions(storage.gpus(), storage.models(), storage.offers())
