"""What the documents of a year ask of a fleet, on average and in the busiest hour."""

from __future__ import annotations

from dataclasses import dataclass

from planner.catalog.price_offer import HOURS_PER_YEAR
from planner.fleet.scenario import Scenario
from planner.fleet.scenario_defaults import HOURS_PER_WEEK
from planner.fleet.sizing import Demand
from planner.fleet.weekly_work import may_wait, pace_while_waiting, processing_hours_per_week

SECONDS_PER_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Load:
    """Documents per second, on average over the working hours and in the busiest hour."""

    mean_per_s: float
    busiest_per_s: float
    working_hours_per_year: float

    @property
    def working_seconds_per_year(self) -> float:
        return self.working_hours_per_year * SECONDS_PER_HOUR


def load_of(scenario: Scenario) -> Load:
    """The year's documents spread over the working hours; the busiest has peak_factor times it.

    If documents may wait, the busiest hour has as many as must be processed an hour to be done
    in time.
    """
    arrival_hours = HOURS_PER_YEAR * scenario.hours_per_week / HOURS_PER_WEEK
    arriving_per_s = scenario.documents_per_year / (arrival_hours * SECONDS_PER_HOUR)
    factor = pace_while_waiting(scenario) if may_wait(scenario) else scenario.peak_factor
    hours = HOURS_PER_YEAR * processing_hours_per_week(scenario) / HOURS_PER_WEEK
    mean = scenario.documents_per_year / (hours * SECONDS_PER_HOUR)
    return Load(mean, arriving_per_s * factor, hours)


def demand_of(scenario: Scenario) -> Demand:
    """What a fleet must do in the busiest hour."""
    busiest = load_of(scenario).busiest_per_s
    return Demand(busiest, scenario.max_utilization, scenario.latency_p95_s)
