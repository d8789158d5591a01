"""A stated or a mixed fleet over the years, as the volume grows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from planner.fleet.growth import Growth, after, growth_with
from planner.fleet.plan import Option
from planner.fleet.scenario import Scenario
from planner.fleet.sized_candidate import size
from planner.forecast.forecaster import Forecaster
from planner.mixing.class_mix import part_for
from planner.mixing.enlarged_fleet import cheapest_enlarged
from planner.mixing.fleet_part import AssignedFleet, Fleet, Part, SharedFleet, are_there
from planner.mixing.option_of_parts import option_of_parts


def growth_of_parts(
    scenario: Scenario,
    forecaster: Forecaster,
    fleet: Fleet,
    first: Option,
    searched: Callable[[Scenario], Option | None] | None = None,
) -> Growth:
    """What a fleet that makes the option ``first`` needs each year, with the confidence asked for.

    Parts with documents of their own each get the machines that these take. A stated fleet gets
    more replicas of the part with which that costs least; one that is ``searched`` for is looked
    for anew. Prices are those of today, and later years have no budget.
    """
    unlimited = scenario.model_copy(update={"budget_usd_per_year": None})

    def in_year(year: int) -> tuple[Option, bool]:
        months = 12 * (year - 1)
        if isinstance(fleet, SharedFleet):
            later, same = after(unlimited, months), _shared_after(fleet, forecaster, months)
            found = None if searched is None else searched(later)
            return _stated(later, same) if found is None else (found, True)
        return _assigned(after(unlimited, months), fleet, forecaster, months)

    def is_short(month: int) -> bool:
        later = after(unlimited, month)
        if isinstance(fleet, SharedFleet):
            return not option_of_parts(later, _shared_after(fleet, forecaster, month)).meets.all
        return any(
            part_for(one.scenario, one.sized, one.offer).machines > part.machines
            for part in fleet.parts
            for one in [_after(part, forecaster, month)]
        )

    return growth_with(scenario, first, in_year, is_short)


def _after(part: Part, forecaster: Forecaster, months: int) -> Part:
    """The part with the documents of so many months from now, and no machine more."""
    later = after(part.scenario, months)
    sized = size(later, forecaster, part.sized.candidate)
    return replace(part, scenario=later, sized=sized)


def _shared_after(fleet: SharedFleet, forecaster: Forecaster, months: int) -> SharedFleet:
    return SharedFleet(tuple(_after(part, forecaster, months) for part in fleet.parts))


def _stated(later: Scenario, fleet: SharedFleet) -> tuple[Option, bool]:
    """The fleet if it is enough, else a larger one, else the fleet that is too small."""
    option = option_of_parts(later, fleet)
    if option.meets.all:
        return option, True
    larger = cheapest_enlarged(later, [fleet])
    return (option, False) if larger is None else (larger.option, True)


def _assigned(
    later: Scenario, fleet: AssignedFleet, forecaster: Forecaster, months: int
) -> tuple[Option, bool]:
    """Each part with the machines that it takes then; as many as now if these are not there."""
    same = [_after(part, forecaster, months) for part in fleet.parts]
    larger = [part_for(part.scenario, part.sized, part.offer) for part in same]
    enough = are_there(larger)
    parts = AssignedFleet(tuple(larger if enough else same))
    return option_of_parts(later, parts), enough
