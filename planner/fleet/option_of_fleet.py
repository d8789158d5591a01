"""So many machines of a sized candidate on one price offer, and the option that they make."""

from __future__ import annotations

import math
from dataclasses import dataclass

from planner.catalog.price_offer import PriceOffer
from planner.fleet import costs
from planner.fleet.busiest_hour import SECONDS_PER_HOUR, backlog_at, load_of
from planner.fleet.plan import FleetItem, Option
from planner.fleet.scenario import Scenario
from planner.fleet.scenario_limits import Meets, is_sure, within_budget
from planner.fleet.scenario_work import served, share_too_long
from planner.fleet.sized_candidate import SizedCandidate
from planner.fleet.sizing import answer_time
from planner.forecast.bottleneck import binding_limit
from planner.forecast.forecast_values import Interval
from planner.learning.throughput import Z90
from planner.money.cost_line import CostLine
from planner.money.machines import Machines
from planner.sureness.machine_availability import share_of_time_enough_run
from planner.sureness.probability import Probability


@dataclass(frozen=True, slots=True)
class SizedFleet:
    """Machines of one price offer, filled with ``replicas`` of a sized candidate.

    With the spare machines lost, or one if there is none, ``left`` of the replicas still run.
    """

    sized: SizedCandidate
    machines: Machines
    replicas: int
    left: int
    cost_lines: tuple[CostLine, ...]
    cost_usd_per_year: float
    meets: Meets

    @property
    def gpus_of_replica(self) -> int:
        """GPUs of each replica."""
        return self.sized.replica.deployment.gpu_count

    @property
    def sold_as(self) -> tuple[str, ...]:
        """A key that fleets share if they differ in their number of GPUs alone."""
        deployment, offer = self.sized.replica.deployment, self.machines.offer
        sold = offer.provider, offer.terms, offer.tier
        return deployment.gpu.name, deployment.quantization, *sold

    @property
    def is_sure(self) -> bool:
        """True if it keeps up and answers in time with the confidence asked for."""
        return self.meets.volume and self.meets.latency is not False

    @property
    def sureness(self) -> float:
        """The probability that it does so with the spare machines lost."""
        counted = self.left if self.machines.spares else self.replicas
        return self.sized.errors_borne(counted).probability(None).work


def fleet_of(
    scenario: Scenario, sized: SizedCandidate, offer: PriceOffer, needed: int
) -> SizedFleet:
    """``needed`` machines and the spare ones, filled with replicas."""
    gpus, spares = sized.replica.deployment.gpu_count, scenario.spare_replicas
    machines = needed + spares
    replicas = costs.replicas_on(machines, gpus, offer)
    left = costs.replicas_on(machines - max(1, spares), gpus, offer)
    rented = costs.machines_of_one_kind(scenario, offer, machines)
    lines = costs.cost_lines_of_fleet(scenario, (rented,))
    cost = costs.total_cost_usd_per_year(lines)
    counted = left if spares else replicas
    kept = Meets(
        volume=sized.keeps_up(counted, scenario.confidence),
        latency=sized.is_in_time(counted, scenario.confidence),
        budget=_is_paid(scenario, cost),
        replicas=_are_enough(scenario, counted),
        spread=None if scenario.spread_over is None else False,
    )
    return SizedFleet(sized, rented, replicas, left, lines, cost, kept)


def option_of(scenario: Scenario, fleet: SizedFleet) -> Option:
    """The option that a fleet of one kind of machines makes."""
    sized, replicas = fleet.sized, fleet.replicas
    replica = sized.replica
    pace = replica.pace
    busiest_per_s = sized.demand.busiest_per_s
    budget = probability_of_budget(scenario, fleet.cost_usd_per_year)
    machines, spares = fleet.machines.instances, scenario.spare_replicas
    capacity = pace.requests_per_s * replicas * load_of(scenario).working_seconds_per_year
    spread = math.exp(Z90 * pace.log_sd)
    return Option(
        fleet=(fleet_item(scenario, sized, fleet.machines, replicas),),
        cost_lines=fleet.cost_lines,
        cost_usd_per_year=fleet.cost_usd_per_year,
        cost_usd_per_1000_documents=costs.cost_usd_per_1000_documents(
            fleet.cost_usd_per_year, scenario.documents_per_year
        ),
        capacity_documents_per_year=Interval(capacity, capacity / spread, capacity * spread),
        probability=sized.errors_borne(replicas).probability(budget),
        one_down=lambda: sized.errors_borne(fleet.left).probability(budget),
        availability=share_of_time_enough_run(
            machines, spares, scenario.machine_availability**fleet.machines.offer.machines
        ),
        utilization=scenario.documents_per_year / capacity,
        answers=lambda: answer_time(pace, 0.0, busiest_per_s, replicas),
        backlog=backlog_at(scenario, pace.requests_per_s * replicas * SECONDS_PER_HOUR),
        unloaded_latency_s=pace.unloaded_s,
        meets=fleet.meets,
        basis=replica.evidence.basis,
        sources=replica.evidence.sources,
        binding_limit=binding_limit(
            replica.seconds_by_cause,
            replica.limited_by_memory,
            sized.replicas_sure > sized.replicas_for_volume,
        ),
        seconds_per_request=replica.seconds_by_cause,
        settings=replica.settings,
        provenance=replica.provenance,
        own_runs=replica.evidence.own_runs,
    )


def meets(scenario: Scenario, probability: Probability, replicas: int, places: int = 1) -> Meets:
    """Each limit's probability against the confidence asked for.

    With the spare machines lost, or one of the ``places`` to spread over, ``replicas`` serve
    each class.
    """

    def kept(of_limit: float | None) -> bool | None:
        return None if of_limit is None else is_sure(of_limit, scenario.confidence)

    return Meets(
        volume=is_sure(probability.volume, scenario.confidence),
        latency=kept(probability.latency),
        budget=kept(probability.budget),
        replicas=_are_enough(scenario, replicas),
        spread=None if scenario.spread_over is None else places > 1,
    )


def _are_enough(scenario: Scenario, replicas: int) -> bool | None:
    return None if scenario.min_replicas == 1 else replicas >= scenario.min_replicas


def _is_paid(scenario: Scenario, cost: float) -> bool | None:
    budget = scenario.budget_usd_per_year
    return None if budget is None else within_budget(cost, budget)


def probability_of_budget(scenario: Scenario, cost: float) -> float | None:
    """1 or 0, as the cost is known; None without a budget."""
    paid = _is_paid(scenario, cost)
    return None if paid is None else float(paid)


def fleet_item(
    scenario: Scenario,
    sized: SizedCandidate,
    machines: Machines,
    replicas: int,
) -> FleetItem:
    """So many replicas of a candidate on these machines."""
    offer = machines.offer
    replica, compatibility = sized.replica, sized.candidate.compatibility
    deployment = replica.deployment
    longest = deployment.longest_tokens
    return FleetItem(
        gpu=deployment.gpu.name,
        gpu_count=deployment.gpu_count,
        replicas=replicas,
        instances=machines.instances,
        quantization=deployment.quantization,
        concurrency=replica.pace.concurrency,
        price_offer=offer,
        vllm_command=replica.vllm_command,
        notes=compatibility.notes,
        stages=deployment.engine.pipeline_parallel_size,
        spare_instances=machines.spares,
        max_model_len=longest,
        share_too_long=share_too_long(scenario, longest),
        serves=served(scenario),
        standing=sized.standing_of(offer),
        reserved_instances=costs.machines_paid(scenario, machines).reserved,
        always_instances=machines.always,
        may_wait=machines.may_wait,
        model=scenario.model,
    )
