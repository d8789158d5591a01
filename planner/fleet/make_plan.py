"""Scenario -> Plan: the entry point for the command line, the app and the report."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from planner.catalog.lookup import Catalog
from planner.catalog.model_spec import ModelSpec
from planner.catalog.price_offer import PriceOffer
from planner.errors import InputError
from planner.fleet import costs
from planner.fleet.bottleneck import binding_limit
from planner.fleet.busiest_hour import Load, load_of
from planner.fleet.candidates import MAX_PARALLEL_REQUESTS, Candidate, candidates, context_limit
from planner.fleet.considered_offers import standing
from planner.fleet.plan import FleetItem, Infeasible, Latency, MissesLimits, Option, Plan
from planner.fleet.probability import probability_at_least
from planner.fleet.remedies import remedies
from planner.fleet.scenario import Scenario
from planner.fleet.scenario_limits import Meets, answers_in_time, carries, within_budget
from planner.fleet.shortfalls import gravity
from planner.fleet.sizing import (
    Pace,
    answer_time,
    best_pace,
    replicas_for_latency,
    replicas_for_volume,
)
from planner.forecast.curve import Curve
from planner.forecast.forecast_values import Interval
from planner.forecast.forecaster import Forecaster
from planner.forecast.setting_figures import SettingEffect
from planner.learning.throughput import Z90
from planner.physics.terms import by_cause
from planner.queueing.birth_death import Sojourn
from planner.vllm.serve_command import vllm_command

SCHEMA_VERSION = 1


def make_plan(scenario: Scenario, forecaster: Forecaster, catalog: Catalog) -> Plan:
    """All configurations for a scenario, ranked (see ``Plan``).

    A fleet is feasible if the central forecast carries the busiest hour within
    the limits. Raises InputError for an unknown model or GPU, and for documents
    beyond the model's context.
    """
    model = catalog.model(scenario.model)
    _refuse_documents_beyond(model, scenario)
    gpus = tuple(dict.fromkeys(map(catalog.gpu, scenario.gpus))) or catalog.gpus
    runnable, refused = candidates(scenario, catalog, model, gpus)
    load = load_of(scenario)
    options = sorted(
        (
            option
            for candidate in runnable
            for option in _options(scenario, load, forecaster, candidate)
        ),
        key=_rank,
    )
    recommended = _recommended(scenario, options)
    return Plan(
        schema_version=SCHEMA_VERSION,
        scenario=scenario,
        model_version=forecaster.model_version,
        recommended=recommended,
        options=tuple(options),
        infeasible=(*refused, *_gpus_without_feasible_option(options)),
        remedies=() if recommended else remedies(scenario, options),
    )


def _refuse_documents_beyond(model: ModelSpec, scenario: Scenario) -> None:
    tokens, limit = scenario.input_tokens + scenario.output_tokens, context_limit(scenario, model)
    if tokens > limit:
        factor = math.ceil(tokens / model.max_position_embeddings)
        raise InputError(
            f"a document of {scenario.input_tokens:,} tokens in and {scenario.output_tokens:,} out "
            f"exceeds the {limit:,} tokens that {model.name} can hold; "
            "shorten or split the documents, choose a model with a longer context, or stretch "
            f"this one's with RoPE scaling yarn:{factor}",
            field="input_tokens",
        )
    if scenario.max_model_len is not None and tokens > scenario.max_model_len:
        raise InputError(
            f"a document of {scenario.input_tokens:,} tokens in and {scenario.output_tokens:,} out "
            f"exceeds max_model_len {scenario.max_model_len}; give at least {tokens}, or leave it "
            "out",
            field="max_model_len",
        )


def _rank(option: Option) -> tuple[int, float, float]:
    return (
        len(option.obstacles),
        option.cost_usd_per_year,
        -option.capacity_documents_per_year.value,
    )


def _recommended(scenario: Scenario, options: list[Option]) -> Option | None:
    feasible = [option for option in options if option.meets.all]
    return min(feasible, key=lambda o: (*gravity(scenario, o), o.cost_usd_per_year), default=None)


@dataclass(frozen=True, slots=True)
class _Sized:
    """A candidate with its pace and the replicas that the scenario needs of it."""

    candidate: Candidate
    pace: Pace
    replicas: int
    answer_time: Sojourn
    seconds_by_cause: dict[str, float]
    limited_by_memory: bool
    settings: tuple[SettingEffect, ...]


def _options(
    scenario: Scenario, load: Load, forecaster: Forecaster, candidate: Candidate
) -> Iterable[Option]:
    return [
        _option(scenario, load, forecaster, sized, offer)
        for sized in _sizes(scenario, load, forecaster, candidate)
        for offer in candidate.offers
    ]


def _sizes(
    scenario: Scenario, load: Load, forecaster: Forecaster, candidate: Candidate
) -> list[_Sized]:
    """The fleet that is large enough by the central forecast, and the one that is sure enough."""
    deployment = candidate.deployment
    curve = forecaster.full_curve(deployment, scenario.input_tokens, scenario.output_tokens)
    pace = best_pace(curve.seconds, curve.log_sd)
    counts = {
        _replicas(scenario, load, pace, confidence) for confidence in (0.5, scenario.confidence)
    }
    settings = forecaster.settings(
        deployment, scenario.input_tokens, scenario.output_tokens, pace.concurrency
    )
    return [_sized(load, candidate, curve, pace, n, settings) for n in sorted(counts)]


def _replicas(scenario: Scenario, load: Load, pace: Pace, confidence: float) -> int:
    needed = replicas_for_volume(pace, load.busiest_per_s, confidence)
    limit = scenario.latency_p95_s
    if limit is not None:
        needed = replicas_for_latency(pace, load.busiest_per_s, limit, needed) or needed
    return needed + scenario.spare_replicas


def _sized(
    load: Load,
    candidate: Candidate,
    curve: Curve,
    pace: Pace,
    replicas: int,
    settings: tuple[SettingEffect, ...],
) -> _Sized:
    most = len(curve.concurrency)
    allowed = candidate.deployment.engine.max_num_seqs or MAX_PARALLEL_REQUESTS
    return _Sized(
        candidate,
        pace,
        replicas,
        answer_time(pace, load.busiest_per_s, replicas),
        by_cause(curve.terms_s[pace.concurrency - 1]),
        limited_by_memory=pace.concurrency == most < allowed,
        settings=settings,
    )


def _option(
    scenario: Scenario, load: Load, forecaster: Forecaster, sized: _Sized, offer: PriceOffer
) -> Option:
    deployment, pace = sized.candidate.deployment, sized.pace
    compatibility = sized.candidate.compatibility
    instances = costs.instances_for(sized.replicas, deployment.gpu_count, offer)
    cost = costs.total_cost_usd_per_year(scenario, offer, instances)
    capacity = pace.requests_per_s * sized.replicas * load.working_seconds_per_year
    spread = float(np.exp(Z90 * pace.log_sd))
    needed = scenario.peak_documents_per_year
    meets = _meets(scenario, sized, cost, capacity, needed)
    evidence = forecaster.evidence(deployment)
    item = FleetItem(
        gpu=deployment.gpu.name,
        gpu_count=deployment.gpu_count,
        replicas=sized.replicas,
        instances=instances,
        quantization=deployment.quantization,
        concurrency=pace.concurrency,
        price_offer=offer,
        vllm_command=vllm_command(deployment, pace.concurrency, compatibility.flags),
        notes=compatibility.notes,
        stages=deployment.engine.pipeline_parallel_size,
        standing=standing(offer, sized.candidate.offers),
    )
    return Option(
        fleet=(item,),
        cost_usd_per_year=cost,
        cost_usd_per_1000_documents=costs.cost_usd_per_1000_documents(
            cost, scenario.documents_per_year
        ),
        capacity_documents_per_year=Interval(capacity, capacity / spread, capacity * spread),
        probability_meets_volume=probability_at_least(capacity, pace.log_sd, needed),
        utilization=scenario.documents_per_year / capacity,
        latency_s=Latency(sized.answer_time.p50_s, sized.answer_time.p95_s),
        unloaded_latency_s=pace.unloaded_s,
        meets=meets,
        basis=evidence.basis,
        sources=evidence.sources,
        binding_limit=binding_limit(
            sized.seconds_by_cause,
            sized.limited_by_memory,
            _sized_for_latency(scenario, load, pace, sized.replicas),
        ),
        seconds_per_request=sized.seconds_by_cause,
        settings=sized.settings,
        provenance=forecaster.provenance(deployment),
        own_runs=evidence.own_runs,
    )


def _sized_for_latency(scenario: Scenario, load: Load, pace: Pace, replicas: int) -> bool:
    """True if the limit on answer times takes more replicas than the volume."""
    for_volume = replicas_for_volume(pace, load.busiest_per_s, scenario.confidence)
    return scenario.latency_p95_s is not None and replicas - scenario.spare_replicas > for_volume


def _meets(scenario: Scenario, sized: _Sized, cost: float, capacity: float, needed: float) -> Meets:
    latency, budget = scenario.latency_p95_s, scenario.budget_usd_per_year
    return Meets(
        volume=carries(capacity, needed),
        latency=None if latency is None else answers_in_time(sized.answer_time.p95_s, latency),
        budget=None if budget is None else within_budget(cost, budget),
    )


def _gpus_without_feasible_option(options: list[Option]) -> list[Infeasible]:
    """For each GPU whose every option misses a limit: its nearest option."""
    nearest: dict[str, Option] = {}
    for option in options:
        nearest.setdefault(option.fleet[0].gpu, option)
    return [
        Infeasible(
            gpu, option.fleet[0].gpu_count, option.fleet[0].quantization, MissesLimits(option)
        )
        for gpu, option in nearest.items()
        if not option.meets.all
    ]
