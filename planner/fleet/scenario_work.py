"""The classes of documents of a scenario, and what their lengths ask of a replica."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

from planner.errors import InputError
from planner.fleet import scenario_defaults as defaults
from planner.fleet.scenario import Scenario
from planner.money import hosted_bill
from planner.queueing.lengths import Lengths
from planner.vllm.deployment import Deployment
from planner.workload.document_class import DocumentClass, Targets
from planner.workload.length_distribution import (
    LengthDistribution,
    quantile_of_sum,
    share_of_sum_above,
)
from planner.workload.length_spread import around_mean
from planner.workload.relative_lengths import relative_lengths
from planner.workload.request_mix import RequestMix, blend, mix_of


@dataclass(frozen=True, slots=True)
class ClassWork:
    """Documents of one class in a year, their lengths and what they ask for.

    ``default_spread`` is true if a spread is the default one because none was stated.
    """

    name: str
    documents_per_year: float
    inputs: LengthDistribution
    outputs: LengthDistribution
    targets: Targets
    default_spread: bool = False


@lru_cache(maxsize=256)
def classes_of(scenario: Scenario) -> tuple[ClassWork, ...]:
    """The scenario's classes; the flat fields are one. Raises InputError for lengths that no
    distribution has.
    """
    stated = scenario.classes or (_only_class(scenario),)
    volumes = sum(one.documents_per_year for one in stated)
    return tuple(
        ClassWork(
            one.name,
            scenario.documents_per_year * one.documents_per_year / volumes,
            _lengths(one, "input"),
            _lengths(one, "output"),
            one.targets,
            default_spread=one.input_spread is None or one.output_spread is None,
        )
        for one in stated
    )


def _only_class(scenario: Scenario) -> DocumentClass:
    return DocumentClass(
        name=scenario.class_name,
        documents_per_year=scenario.documents_per_year,
        input_tokens=scenario.input_tokens,
        output_tokens=scenario.output_tokens,
        input_spread=scenario.input_spread,
        output_spread=scenario.output_spread,
        targets=Targets(
            e2e_p50_s=scenario.latency_p50_s,
            e2e_p95_s=scenario.latency_p95_s,
            e2e_p99_s=scenario.latency_p99_s,
            ttft_p95_s=scenario.ttft_p95_s,
            tpot_p95_ms=scenario.tpot_p95_ms,
            done_within_h=scenario.done_within_h,
        ),
    )


def _lengths(one: DocumentClass, which: str) -> LengthDistribution:
    mean = one.input_tokens if which == "input" else one.output_tokens
    spread = one.input_spread if which == "input" else one.output_spread
    sd = defaults.INPUT_LOG_SD if which == "input" else defaults.OUTPUT_LOG_SD
    try:
        return around_mean(mean, spread, sd)
    except InputError as error:
        raise InputError(f"{which} tokens: {error}", field=f"{which}_p95") from None


def context_needed(scenario: Scenario) -> int:
    """Tokens of prompt and answer that all but one document in a thousand of each class have."""
    return max(
        math.ceil(quantile_of_sum(one.inputs, one.outputs, defaults.LENGTH_QUANTILE) - 1e-6)
        for one in classes_of(scenario)
    )


def of_any_volume(scenario: Scenario) -> Scenario:
    """The same scenario for every volume of documents: a key for what does not depend on it."""
    return scenario.model_copy(update={"documents_per_year": 1.0})


def mix_served(scenario: Scenario, deployment: Deployment) -> RequestMix:
    """The scenario's requests; what exceeds --max-model-len is counted as cut to it."""
    return _mix(scenario, deployment.engine.max_model_len or deployment.context_tokens)


@lru_cache(maxsize=256)
def _mix(scenario: Scenario, longest_tokens: int) -> RequestMix:
    return blend(
        (one.documents_per_year, mix_of(one.inputs, one.outputs, longest_tokens))
        for one in classes_of(scenario)
    )


@dataclass(frozen=True, slots=True)
class Requests:
    """What a replica is given: the mix that sets its pace, and how much the lengths differ."""

    mix: RequestMix
    inputs: Lengths
    outputs: Lengths


def requests_served(scenario: Scenario, deployment: Deployment) -> Requests:
    """The scenario's requests as the replicas of a deployment get them."""
    return _requests(scenario, deployment.engine.max_model_len or deployment.context_tokens)


@lru_cache(maxsize=256)
def _requests(scenario: Scenario, longest_tokens: int) -> Requests:
    classes = classes_of(scenario)
    return Requests(
        _mix(scenario, longest_tokens),
        relative_lengths(((c.documents_per_year, c.inputs) for c in classes), longest_tokens),
        relative_lengths(((c.documents_per_year, c.outputs) for c in classes), longest_tokens),
    )


@lru_cache(maxsize=256)
def requests_of_year(scenario: Scenario) -> tuple[hosted_bill.Requests, ...]:
    """A year's documents as requests to a hosted API, which takes them at any length."""
    return tuple(
        hosted_bill.Requests(
            one.documents_per_year * share, inputs, inputs * scenario.prefix_hit_share, outputs
        )
        for one in classes_of(scenario)
        for inputs, outputs, share in mix_of(one.inputs, one.outputs, math.inf).kinds
    )


@lru_cache(maxsize=1024)
def share_too_long(scenario: Scenario, longest_tokens: int) -> float:
    """Share of the documents that vLLM refuses, because they exceed ``longest_tokens``."""
    classes = classes_of(scenario)
    refused = sum(
        one.documents_per_year * share_of_sum_above(one.inputs, one.outputs, longest_tokens)
        for one in classes
    )
    return refused / sum(one.documents_per_year for one in classes)


@dataclass(frozen=True, slots=True)
class Served:
    """A class, and the share of the documents of all classes that are of it."""

    name: str
    share: float


def served(scenario: Scenario) -> tuple[Served, ...]:
    """Every replica serves all classes, in the proportion of their volumes."""
    return tuple(
        Served(one.name, one.documents_per_year / scenario.documents_per_year)
        for one in classes_of(scenario)
    )
