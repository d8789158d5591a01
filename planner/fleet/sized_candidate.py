"""A candidate with the replicas that are enough, and the fleets of it that are worth comparing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from planner.catalog.lookup import Catalog
from planner.catalog.price_offer import PriceOffer
from planner.fleet import costs
from planner.fleet.busiest_hour import demand_of
from planner.fleet.candidates import Candidate, candidates_of
from planner.fleet.considered_offers import PriceStanding, standings
from planner.fleet.plan import FleetItem, Infeasible
from planner.fleet.replica_forecast import ReplicaForecast, forecast_replica
from planner.fleet.scenario import Scenario
from planner.fleet.scenario_limits import ROUNDING_PROBABILITY, is_sure
from planner.fleet.scenario_work import requests_served
from planner.fleet.sizing import (
    Demand,
    Errors,
    error_borne_by_volume,
    errors_borne,
    is_in_time,
    replicas_for,
    replicas_for_volume,
)
from planner.forecast.forecaster import Forecaster
from planner.money.own_stock import most_machines
from planner.sureness.probability import error_at, probability_up_to


@dataclass(frozen=True, slots=True)
class SizedCandidate:
    """One deployment under a scenario: its forecast, and how many replicas are enough.

    ``error`` is the error of the forecast that is not exceeded with the confidence asked
    for.
    """

    candidate: Candidate
    replica: ReplicaForecast
    demand: Demand
    error: float
    _standings: dict[str, PriceStanding] = field(default_factory=dict)
    _replicas: dict[float, int] = field(default_factory=dict)
    _errors: dict[int, Errors] = field(default_factory=dict)

    @property
    def replicas_likely(self) -> int:
        """Replicas that are enough by the central forecast."""
        return self._enough(0.0)

    @property
    def replicas_sure(self) -> int:
        """Replicas that are enough with the confidence asked for."""
        return self._enough(self.error)

    @property
    def replicas_for_volume(self) -> int:
        """Replicas that keep up with that confidence, however long answers take."""
        return replicas_for_volume(self.demand, self.replica.pace, self.error)

    def _enough(self, error: float) -> int:
        if error not in self._replicas:
            self._replicas[error] = replicas_for(self.demand, self.replica.pace, error)
        return self._replicas[error]

    def standing_of(self, offer: PriceOffer) -> PriceStanding | None:
        """The standing of one of its price offers among all of them; None if it is owned."""
        if not self._standings:
            self._standings.update(standings(self.candidate.offers))
        return None if offer.terms == "owned" else self._standings[offer.id]

    def errors_borne(self, replicas: int) -> Errors:
        """Up to which error of the forecast so many replicas do the work."""
        if replicas not in self._errors:
            pace = self.replica.pace
            self._errors[replicas] = errors_borne(self.demand, pace, replicas, self.error)
        return self._errors[replicas]

    def keeps_up(self, replicas: int, confidence: float) -> bool:
        """True if so many replicas process the volume with this probability."""
        borne = error_borne_by_volume(self.demand, self.replica.pace, replicas)
        return is_sure(probability_up_to(borne), confidence)

    def is_in_time(self, replicas: int, confidence: float) -> bool | None:
        """True if so many replicas answer in time with this probability; None without a limit.

        One error tells that, without the largest with which they do.
        """
        if not self.demand.has_answer_limits:
            return None
        enough = error_at(confidence), error_at(confidence - ROUNDING_PROBABILITY)
        pace = self.replica.pace
        return any(is_in_time(self.demand, pace, replicas, error) for error in enough)


def size(scenario: Scenario, forecaster: Forecaster, candidate: Candidate) -> SizedCandidate:
    """A candidate with its forecast and the scenario's demand."""
    replica = forecast_replica(
        forecaster, candidate, requests_served(scenario, candidate.deployment)
    )
    demand = demand_of(scenario, candidate.deployment.longest_tokens)
    error = error_at(scenario.confidence)
    return SizedCandidate(
        candidate=candidate,
        replica=replica,
        demand=demand,
        error=error,
    )


def size_of_item(
    scenario: Scenario, item: FleetItem, forecaster: Forecaster, catalog: Catalog
) -> SizedCandidate | None:
    """The candidate of an item's replicas; None if it is not of this scenario."""
    model = catalog.model(scenario.model)
    found = candidates_of(scenario, catalog, model, item.gpu, item.gpu_count, item.quantization)
    for one in () if isinstance(found, Infeasible) else found:
        if one.deployment.engine.machines == item.price_offer.machines:
            return size(scenario, forecaster, one)
    return None


def at_volume(sized: SizedCandidate, scenario: Scenario) -> SizedCandidate:
    """The candidate under a scenario with another volume and the same mix of documents.

    The forecast of a replica is the same.
    """
    demand = demand_of(scenario, sized.candidate.deployment.longest_tokens)
    return SizedCandidate(sized.candidate, sized.replica, demand, sized.error)


def machines_to_compare(
    scenario: Scenario, sized: SizedCandidate, offer: PriceOffer
) -> Iterable[int]:
    """Numbers of machines without spares, smallest first.

    Those that are likely to be enough, those that are sure enough, and, if these cost too
    much, as many between as the budget pays for. Never more than are owned.
    """
    likely, sure = (
        costs.instances_for(replicas, sized.replica.deployment.gpu_count, offer)
        for replicas in (sized.replicas_likely, sized.replicas_sure)
    )
    most = most_machines(offer) - scenario.spare_replicas
    counts = {int(min(likely, most)), int(min(sure, most))}
    if scenario.budget_usd_per_year is not None:
        paid = costs.instances_within(scenario, offer, scenario.budget_usd_per_year)
        affordable = paid - scenario.spare_replicas
        if likely < affordable < sure:
            counts.add(affordable)
    return sorted(counts)
