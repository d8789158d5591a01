"""The option that so many machines of a sized candidate make, on one price offer."""

from __future__ import annotations

import math
from dataclasses import astuple

from planner.catalog.price_offer import PriceOffer
from planner.fleet import costs
from planner.fleet.busiest_hour import SECONDS_PER_HOUR, backlog_at, load_of
from planner.fleet.plan import FleetItem, Latency, Option
from planner.fleet.scenario import Scenario
from planner.fleet.scenario_limits import Meets, is_sure, within_budget
from planner.fleet.scenario_work import served, share_too_long
from planner.fleet.sized_candidate import SizedCandidate
from planner.fleet.sizing import answer_time
from planner.forecast.bottleneck import binding_limit
from planner.forecast.forecast_values import Interval
from planner.learning.throughput import Z90
from planner.money.machines import Machines
from planner.sureness.machine_availability import share_of_time_enough_run
from planner.sureness.probability import Probability


def option_of(scenario: Scenario, sized: SizedCandidate, offer: PriceOffer, needed: int) -> Option:
    """``needed`` machines and the spare ones, filled with replicas."""
    replica = sized.replica
    deployment, pace = replica.deployment, replica.pace
    busiest_per_s = sized.demand.busiest_per_s
    spares = scenario.spare_replicas
    machines = needed + spares
    replicas = costs.replicas_on(machines, deployment.gpu_count, offer)
    left = costs.replicas_on(machines - max(1, spares), deployment.gpu_count, offer)
    rented = costs.machines_of_one_kind(scenario, offer, machines)
    lines = costs.cost_lines_of_fleet(scenario, (rented,))
    cost = costs.total_cost_usd_per_year(lines)
    budget = probability_of_budget(scenario, cost)
    probability = sized.errors_borne(replicas).probability(budget)

    def one_down() -> Probability:
        return sized.errors_borne(left).probability(budget)

    capacity = pace.requests_per_s * replicas * load_of(scenario).working_seconds_per_year
    spread = math.exp(Z90 * pace.log_sd)
    return Option(
        fleet=(fleet_item(scenario, sized, rented, replicas),),
        cost_lines=lines,
        cost_usd_per_year=cost,
        cost_usd_per_1000_documents=costs.cost_usd_per_1000_documents(
            cost, scenario.documents_per_year
        ),
        capacity_documents_per_year=Interval(capacity, capacity / spread, capacity * spread),
        probability=probability,
        one_down=one_down,
        availability=share_of_time_enough_run(
            machines, spares, scenario.machine_availability**offer.machines
        ),
        utilization=scenario.documents_per_year / capacity,
        answers=lambda: Latency(*astuple(answer_time(pace, 0.0, busiest_per_s, replicas))),
        backlog=backlog_at(scenario, pace.requests_per_s * replicas * SECONDS_PER_HOUR),
        unloaded_latency_s=pace.unloaded_s,
        meets=meets(scenario, one_down() if spares else probability, left if spares else replicas),
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
        replicas=None if scenario.min_replicas == 1 else replicas >= scenario.min_replicas,
        spread=None if scenario.spread_over is None else places > 1,
    )


def probability_of_budget(scenario: Scenario, cost: float) -> float | None:
    """1 or 0, as the cost is known; None without a budget."""
    if scenario.budget_usd_per_year is None:
        return None
    return 1.0 if within_budget(cost, scenario.budget_usd_per_year) else 0.0


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
