"""The kinds of machines that a plan has in any of its years, and the fleet of each year by kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from planner.fleet.plan import FleetItem, Option, Plan


@dataclass(frozen=True, slots=True)
class PlannedPart:
    """Machines of one kind: ``item`` is their first in any year.

    ``years`` are those of each year; None in a year whose fleet has none of them.
    """

    item: FleetItem
    years: tuple[FleetItem | None, ...]

    def machines(self, year: int) -> int:
        """Machines in a year; the first is 1."""
        found = self.years[year - 1]
        return 0 if found is None else found.instances

    def replicas(self, year: int) -> int:
        """Replicas in a year; the first is 1."""
        found = self.years[year - 1]
        return 0 if found is None else found.replicas


def planned_parts(plan: Plan, option: Option) -> tuple[PlannedPart, ...]:
    """The parts of the option's fleet, then the kinds that only later years have.

    A fleet that is looked for anew each year may change its kinds.
    """
    fleets = [_by_kind(option.fleet), *(_by_kind(year.fleet) for year in plan.years[1:])]
    first = {kind: item for fleet in reversed(fleets) for kind, item in fleet.items()}
    kinds = dict.fromkeys(kind for fleet in fleets for kind in fleet)
    return tuple(
        PlannedPart(first[kind], tuple(fleet.get(kind) for fleet in fleets)) for kind in kinds
    )


def _by_kind(fleet: Sequence[FleetItem]) -> dict[tuple[object, ...], FleetItem]:
    """Each item by its kind, and by its number among the items of that kind."""
    seen = Counter[tuple[object, ...]]()
    found: dict[tuple[object, ...], FleetItem] = {}
    for item in fleet:
        kind = (
            *(item.model, item.gpu, item.gpu_count, item.stages, item.quantization),
            item.price_offer,
        )
        found[*kind, seen[kind]] = item
        seen[kind] += 1
    return found
