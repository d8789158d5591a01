"""The classes of documents of a scenario, and what their lengths ask of a replica."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from planner.catalog.lookup import Catalog
from planner.errors import InputError
from planner.fleet import scenario_defaults as defaults
from planner.fleet.scenario import Scenario
from planner.money import hosted_bill
from planner.money.cost_of_items import counted_items, is_fixed
from planner.networks.quantization import Quantization
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

    ``default_spread`` is true if a spread is the default one because none was stated. ``model`` is
    the one that processes them.
    """

    name: str
    documents_per_year: float
    inputs: LengthDistribution
    outputs: LengthDistribution
    targets: Targets
    default_spread: bool = False
    model: str = ""
    quantization: Quantization | None = None


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
            model=one.model or scenario.model,
            quantization=one.quantization or scenario.quantization,
        )
        for one in stated
    )


def _only_class(scenario: Scenario) -> DocumentClass:
    return DocumentClass(
        name=scenario.class_name,
        documents_per_year=1.0,  # relative: that of all documents may grow beyond what is entered
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


def scenarios_by_model(scenario: Scenario, catalog: Catalog) -> tuple[Scenario, ...]:
    """A scenario for each model and quantization, with the classes that take it.

    If there are several, they have no budget and no cost item that is the same whatever the
    machines are: both are of all together. Raises InputError for an unknown model of a class.
    """
    if not any(one.model or one.quantization for one in scenario.classes):
        return (scenario,)
    taking: dict[tuple[str, Quantization | None], list[DocumentClass]] = {}
    for number, one in enumerate(scenario.classes):
        name = _model_name(catalog, one.model or scenario.model, f"classes.{number}.model")
        taking.setdefault((name, one.quantization or scenario.quantization), []).append(one)
    apart = tuple(_taking(scenario, classes) for classes in taking.values())
    if len(apart) == 1:
        return apart
    items = counted_items(scenario.other_costs, scenario.standard_costs)
    of_all = {
        "budget_usd_per_year": None,
        "other_costs": tuple(item for item in items if not is_fixed(item)),
        "standard_costs": (),
    }
    return tuple(one.model_copy(update=of_all) for one in apart)


def scenario_for_model(
    scenario: Scenario, catalog: Catalog, model: str, quantization: Quantization | None = None
) -> Scenario | None:
    """The scenario of the classes that take a model, itself if all take one; None if none does.

    Raises InputError if they take it in several quantizations and none of these is stated.
    """
    apart = scenarios_by_model(scenario, catalog)
    if len(apart) == 1:
        return apart[0]
    known = catalog.model_of(model)
    found = [one for one in apart if known == catalog.model_of(one.model)]
    if quantization is not None:
        stated = [one for one in found if one.quantization == quantization]
        found = stated or [one for one in found if one.quantization is None] or found
    if len(found) > 1:
        formats = ", ".join(one.quantization or "any that runs" for one in found)
        raise InputError(
            f"the classes take {model} in several quantizations ({formats}); state one of them "
            "with --quantization",
            field="quantization",
        )
    return found[0] if found else None


def _model_name(catalog: Catalog, model: str, field: str) -> str:
    try:
        return catalog.model(model).name
    except InputError as error:
        raise InputError(str(error), field=field) from None


def _taking(scenario: Scenario, classes: Sequence[DocumentClass]) -> Scenario:
    """The scenario with these classes, which take one model, and their part of the volume."""
    total = sum(one.documents_per_year for one in scenario.classes)
    stated = sum(one.documents_per_year for one in classes)
    first = classes[0]

    def part(documents: float | None) -> float | None:
        return None if documents is None else documents * stated / total

    def mean(tokens: Callable[[DocumentClass], float]) -> int:
        return max(1, round(sum(one.documents_per_year * tokens(one) for one in classes) / stated))

    return scenario.model_copy(
        update={
            "classes": tuple(
                one.model_copy(update={"model": None, "quantization": None}) for one in classes
            ),
            "model": first.model or scenario.model,
            "quantization": first.quantization or scenario.quantization,
            "documents_per_year": part(scenario.documents_per_year),
            "volume_low": part(scenario.volume_low),
            "volume_high": part(scenario.volume_high),
            "input_tokens": mean(lambda one: one.input_tokens),
            "output_tokens": mean(lambda one: one.output_tokens),
        }
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


@lru_cache(maxsize=256)
def of_any_volume(scenario: Scenario) -> Scenario:
    """The same scenario for every volume of documents: a key for what does not depend on it."""
    return _first_equal(scenario.model_copy(update={"documents_per_year": 1.0}))


@lru_cache(maxsize=256)
def _first_equal(scenario: Scenario) -> Scenario:
    """The object itself is the same, too: caches compare it with their keys at once."""
    return scenario


def mix_served(scenario: Scenario, deployment: Deployment) -> RequestMix:
    """The scenario's requests; what exceeds --max-model-len is counted as cut to it."""
    return _mix(scenario, deployment.longest_tokens)


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
    return _requests(scenario, deployment.longest_tokens)


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
