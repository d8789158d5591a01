"""Access to the store for commands: catalogue and measurements that forecasts rest on.

If no store can be created (a read-only home directory), the packaged figures are used,
with a warning. A store that exists but cannot be used is an error.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.catalog.lookup import Catalog, load_catalog
from planner.catalog.own_rows import left_out_words, with_stored_rows
from planner.commands.screen import say
from planner.errors import StoreError
from planner.records.measurement import Measurement

if TYPE_CHECKING:
    from db.storage import Storage
    from planner.forecast.forecaster import Forecaster


@dataclass(frozen=True, slots=True)
class Known:
    """The catalogue with the user's additions, all measurements, and the user's own sources.

    No forecast rests on sources that are ``set_aside``.
    """

    catalog: Catalog
    measurements: tuple[Measurement, ...]
    own_sources: frozenset[str]
    set_aside: frozenset[str] = frozenset()

    def forecaster(self, exclude_sources: tuple[str, ...] = ()) -> Forecaster:
        """A forecaster without ``exclude_sources`` and without what was set aside."""
        from planner.forecast.forecaster import Forecaster

        aside = {row.source_id for row in self.measurements} & self.set_aside
        excluded = (*exclude_sources, *sorted(aside))
        return Forecaster(self.measurements, self.catalog, self.own_sources, excluded)


@dataclass(frozen=True, slots=True)
class SourceCount:
    """A source with its number of measurements; ``own`` if it is the user's."""

    id: str
    name: str
    measurements: int
    own: bool
    set_aside: bool = False


def known() -> Known:
    """The catalogue and all measurements."""
    with storage_to_read() as storage:
        if storage is None:
            from planner.records.reference import reference_measurements

            return Known(load_catalog(), reference_measurements(), frozenset())
        return Known(
            catalog_of(storage),
            storage.measurements(),
            storage.own_source_ids(),
            storage.set_aside(),
        )


def catalog() -> Catalog:
    """The catalogue with the user's additions."""
    with storage_to_read() as storage:
        return load_catalog() if storage is None else catalog_of(storage)


def sources() -> list[SourceCount]:
    """All sources by id, each with its name and number of measurements."""
    with storage_to_read() as storage:
        if storage is not None:
            return [
                SourceCount(s.id, s.name, s.measurements, s.own, s.set_aside)
                for s in storage.sources()
            ]
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
    """The store; None, after a warning, if there is none and none can be created."""
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
    """The store. Raises StoreError if it cannot be created or opened."""
    from db.storage import open_storage

    with closing(open_storage()) as storage:
        yield storage


def _store_is_there() -> bool:
    from db.connection import FILE_NAME, URL_VARIABLE, data_directory

    return bool(os.environ.get(URL_VARIABLE)) or os.path.exists(data_directory() / FILE_NAME)


def catalog_of(storage: Storage) -> Catalog:
    """The catalogue with the additions of a store; warns of prices that it leaves out."""
    rows = storage.gpus(), storage.models(), storage.offers()
    found, left_out = with_stored_rows(load_catalog(), *rows)
    for offer in left_out:
        say(f"Warning: {left_out_words(offer)}")
    return found
