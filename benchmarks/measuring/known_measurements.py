"""The measurements that forecasts use during a run: those from before it, and its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from planner.catalog.lookup import Catalog
from planner.forecast.forecaster import Forecaster
from planner.records.measurement import Measurement


@dataclass(frozen=True, slots=True)
class KnownMeasurements:
    """Measurements, the catalogue, and the ids of the sources that belong to this user."""

    measurements: tuple[Measurement, ...]
    catalog: Catalog
    own_sources: frozenset[str]

    def forecaster(self, own: Sequence[Measurement] = ()) -> Forecaster:
        """A forecaster fitted to all of these and to ``own``, which count as this user's."""
        sources = frozenset(row.source_id for row in own)
        return _fitted(
            (*self.without(own).measurements, *own), self.catalog, self.own_sources | sources
        )

    def without(self, own: Sequence[Measurement]) -> KnownMeasurements:
        """A copy that leaves out every source that occurs in ``own``."""
        sources = {row.source_id for row in own}
        others = tuple(row for row in self.measurements if row.source_id not in sources)
        return replace(self, measurements=others)


@lru_cache(maxsize=4)
def _fitted(
    measurements: tuple[Measurement, ...], catalog: Catalog, own_sources: frozenset[str]
) -> Forecaster:
    """Cached: the agent, the errors and the report ask for the same fits, before and after."""
    return Forecaster(measurements, catalog, own_sources)
