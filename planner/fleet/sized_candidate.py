"""A candidate with its forecast, and the fleets of it that are worth comparing."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from planner.catalog.price_offer import PriceOffer
from planner.fleet import costs
from planner.fleet.busiest_hour import demand_of
from planner.fleet.candidates import MAX_PARALLEL_REQUESTS, Candidate
from planner.fleet.probability import error_at
from planner.fleet.scenario import Scenario
from planner.fleet.scenario_work import mix_served
from planner.fleet.sizing import (
    Demand,
    Errors,
    Pace,
    answer_time,
    best_pace,
    errors_borne,
    replicas_for,
    replicas_for_volume,
)
from planner.forecast.evidence import Evidence
from planner.forecast.forecaster import Forecaster
from planner.forecast.provenance import Provenance
from planner.forecast.setting_figures import SettingEffect
from planner.physics.terms import by_cause
from planner.queueing.birth_death import Sojourn
from planner.vllm.serve_command import vllm_command


@dataclass(frozen=True, slots=True)
class SizedCandidate:
    """One deployment under a scenario: its forecast, and how many replicas are enough.

    ``slow_pace`` is the pace at the ``error`` that is not exceeded with the confidence
    asked for. ``replicas_likely`` are enough by the central forecast, ``replicas_sure`` with the
    confidence asked for.
    """

    candidate: Candidate
    demand: Demand
    error: float
    pace: Pace
    slow_pace: Pace
    replicas_likely: int
    replicas_sure: int
    seconds_by_cause: dict[str, float]
    limited_by_memory: bool
    settings: tuple[SettingEffect, ...]
    evidence: Evidence
    provenance: Provenance
    vllm_command: tuple[str, ...]
    _errors: dict[int, Errors] = field(default_factory=dict)
    _answer_times: dict[int, Sojourn] = field(default_factory=dict)

    @property
    def sized_for_latency(self) -> bool:
        """True if the limit on answer times takes more replicas than the volume."""
        return self.replicas_sure > replicas_for_volume(self.demand, self.slow_pace)

    def errors_borne(self, replicas: int) -> Errors:
        """Up to which error of the forecast so many replicas do the work."""
        if replicas not in self._errors:
            self._errors[replicas] = errors_borne(self.demand, self.pace, replicas, self.error)
        return self._errors[replicas]

    def answer_time(self, replicas: int) -> Sojourn:
        """Waiting and service in the busiest hour, by the central forecast."""
        if replicas not in self._answer_times:
            found = answer_time(self.pace, self.demand.busiest_per_s, replicas)
            self._answer_times[replicas] = found
        return self._answer_times[replicas]


def size(scenario: Scenario, forecaster: Forecaster, candidate: Candidate) -> SizedCandidate:
    """Forecast a candidate and count the replicas that are enough."""
    deployment = candidate.deployment
    mix = mix_served(scenario, deployment)
    curve = forecaster.full_curve(deployment, mix)
    pace = best_pace(curve.seconds, curve.log_sd)
    demand, error = demand_of(scenario), error_at(scenario.confidence)
    slow_pace = pace.off_by(error)
    allowed = deployment.engine.max_num_seqs or MAX_PARALLEL_REQUESTS
    return SizedCandidate(
        candidate=candidate,
        demand=demand,
        error=error,
        pace=pace,
        slow_pace=slow_pace,
        replicas_likely=replicas_for(demand, pace),
        replicas_sure=replicas_for(demand, slow_pace),
        seconds_by_cause=by_cause(curve.terms_s[pace.concurrency - 1]),
        limited_by_memory=pace.concurrency == len(curve.concurrency) < allowed,
        settings=forecaster.settings(
            deployment, mix.input_tokens, mix.output_tokens, pace.concurrency
        ),
        evidence=forecaster.evidence(deployment),
        provenance=forecaster.provenance(deployment),
        vllm_command=vllm_command(deployment, pace.concurrency, candidate.compatibility.flags),
    )


def machines_to_compare(
    scenario: Scenario, sized: SizedCandidate, offer: PriceOffer
) -> Iterable[int]:
    """Numbers of machines without spares, smallest first.

    Those that are likely to be enough, those that are sure enough, and, if these cost too
    much, as many between as the budget pays for.
    """
    per_machine = costs.replicas_on(1, sized.candidate.deployment.gpu_count, offer)
    likely = math.ceil(sized.replicas_likely / per_machine)
    sure = math.ceil(sized.replicas_sure / per_machine)
    counts = {likely, sure}
    if scenario.budget_usd_per_year is not None:
        paid = costs.instances_within(scenario, offer, scenario.budget_usd_per_year)
        affordable = paid - scenario.spare_replicas
        if likely < affordable < sure:
            counts.add(affordable)
    return sorted(counts)
