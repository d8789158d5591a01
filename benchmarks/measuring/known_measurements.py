"""What forecasts rest on while a run is made: what was known before, and the run's own points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from planner.catalog.lookup import Catalog
from planner.forecast.forecaster import Forecaster
from planner.records.measurement import Measurement


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Measurements, the catalogue, and which sources are this user's."""

    measurements: tuple[Measurement, ...]
    catalog: Catalog
    own_sources: frozenset[str]

    def forecaster(self, own: Sequence[Measurement] = ()) -> Forecaster:
        """Fitted to everything and to ``own``, which count as this user's."""
        sources = frozenset(row.source_id for row in own)
        kept = tuple(row for row in self.measurements if row.source_id not in sources)
        return _fitted((*kept, *own), self.catalog, self.own_sources | sources)


@lru_cache(maxsize=4)
def _fitted(
    measurements: tuple[Measurement, ...], catalog: Catalog, own_sources: frozenset[str]
) -> Forecaster:
    """The agent, the errors and the report ask for the same fits: before the run, and after."""
    return Forecaster(measurements, catalog, own_sources)


def without(knowledge: Knowledge, own: Sequence[Measurement]) -> Knowledge:
    """What was known before: nothing of the sources of ``own``."""
    sources = {row.source_id for row in own}
    others = tuple(row for row in knowledge.measurements if row.source_id not in sources)
    return replace(knowledge, measurements=others)
