"""What forecasts rest on while a run is made: what was known before, and the run's own points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from planner.catalog import Catalog
from planner.forecasting import Forecaster
from planner.measurement import Measurement


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Measurements, the catalogue, and which sources are this user's."""

    measurements: tuple[Measurement, ...]
    catalog: Catalog
    own_sources: frozenset[str]

    def forecaster(self, own: Sequence[Measurement] = ()) -> Forecaster:
        """Fitted to everything and to ``own``, which count as this user's."""
        others = {row.source_id for row in own}
        kept = [row for row in self.measurements if row.source_id not in others]
        return Forecaster([*kept, *own], self.catalog, self.own_sources | others)


def without(knowledge: Knowledge, own: Sequence[Measurement]) -> Knowledge:
    """What was known before: nothing of the sources of ``own``."""
    sources = {row.source_id for row in own}
    others = tuple(row for row in knowledge.measurements if row.source_id not in sources)
    return replace(knowledge, measurements=others)
