"""The option that a fleet of several parts makes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from planner.fleet import costs
from planner.fleet.busiest_hour import SECONDS_PER_HOUR, backlog_at, load_of
from planner.fleet.costs import CostLine
from planner.fleet.option_of_fleet import fleet_item, meets, probability_of_budget
from planner.fleet.plan import FleetItem, Latency, Option
from planner.fleet.scenario import Scenario
from planner.fleet.scenario_work import Served
from planner.forecast.bottleneck import binding_limit
from planner.forecast.forecast_values import BASES, Interval
from planner.learning.throughput import Z90
from planner.mixing.fleet_part import Part, errors_borne_together, shares, slowest_answers
from planner.sureness.machine_availability import share_of_time_enough_run


def option_of_parts(scenario: Scenario, parts: Sequence[Part]) -> Option:
    """These replicas and no others; the scenario's spare machines are among them."""
    spares, machines = scenario.spare_replicas, sum(part.machines for part in parts)
    lines = cost_lines_of_parts(scenario, parts)
    cost = costs.total_cost_usd_per_year(lines)
    budget = probability_of_budget(scenario, cost)
    probability = errors_borne_together(parts).probability(budget)
    losses = [
        (_without(parts, n, max(1, spares)), n) for n, part in enumerate(parts) if part.replicas
    ]
    one_down, lost = min(
        ((errors_borne_together(left).probability(budget), n) for left, n in losses),
        key=lambda found: found[0].work,
    )
    seconds_per_year = load_of(scenario).working_seconds_per_year
    per_s = [part.requests_per_s() for part in parts]
    capacity = Interval(
        *(
            seconds_per_year * sum(part.requests_per_s(error) for part in parts)
            for error in (0.0, Z90, -Z90)
        )
    )
    answers = slowest_answers(parts)
    main = parts[per_s.index(max(per_s))]
    replica = main.sized.replica
    evidence = [part.sized.replica.evidence for part in parts]
    return Option(
        fleet=tuple(
            _item(scenario, part, share, min(spares, part.machines) if n == lost else 0)
            for n, (part, share) in enumerate(zip(parts, shares(parts), strict=True))
        ),
        cost_lines=lines,
        cost_usd_per_year=cost,
        cost_usd_per_1000_documents=costs.cost_usd_per_1000_documents(
            cost, scenario.documents_per_year
        ),
        capacity_documents_per_year=capacity,
        probability=probability,
        probability_one_down=one_down,
        availability=share_of_time_enough_run(machines, spares, scenario.machine_availability),
        utilization=scenario.documents_per_year / capacity.value,
        latency_s=Latency(answers.p50_s, answers.p95_s),
        backlog=backlog_at(scenario, sum(per_s) * SECONDS_PER_HOUR),
        unloaded_latency_s=max(part.sized.replica.pace.unloaded_s for part in parts),
        meets=meets(one_down if spares else probability, scenario.confidence),
        basis=max((one.basis for one in evidence), key=BASES.index),
        sources=tuple(dict.fromkeys(source for one in evidence for source in one.sources)),
        binding_limit=binding_limit(replica.seconds_by_cause, replica.limited_by_memory, False),
        seconds_per_request=replica.seconds_by_cause,
        settings=replica.settings,
        provenance=min(
            (part.sized.replica.provenance for part in parts), key=lambda shared: shared.of_kind
        ),
        own_runs=tuple(run for one in evidence for run in one.own_runs),
    )


def cost_lines_of_parts(scenario: Scenario, parts: Sequence[Part]) -> tuple[CostLine, ...]:
    """The machines of each part, then the other cost items once."""
    without_others = scenario.model_copy(update={"other_costs": ()})
    first, *rest = parts
    stated = costs.cost_lines(scenario, first.offer, first.machines)
    others = len(scenario.other_costs)
    machines = [*stated[: len(stated) - others]]
    for part in rest:
        machines += costs.cost_lines(without_others, part.offer, part.machines)
    return (*machines, *stated[len(stated) - others :])


def _without(parts: Sequence[Part], lost: int, machines: int) -> list[Part]:
    return [part.without(machines) if n == lost else part for n, part in enumerate(parts)]


def _item(scenario: Scenario, part: Part, share: float, spares: int) -> FleetItem:
    item = fleet_item(scenario, part.sized, part.offer, part.replicas, part.machines, spares)
    served = tuple(Served(one.name, one.share * share) for one in item.serves)
    return replace(item, serves=served)
