"""Forecast curves of one replica, what they cost by volume, and what is worth measuring."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np

from app.curve_data import CurveShown, MeasuredPoint
from app.services.opened_store import catalog_of, forecaster_of, store
from benchmarks.design.informative_points import worth_measuring as most_worth
from planner.fleet.busiest_hour import SECONDS_PER_HOUR
from planner.fleet.candidates import Candidate, replica_of, scenario_of_model
from planner.fleet.growth import costs_by_volume as volume_costs
from planner.fleet.plan import FleetItem, Option
from planner.fleet.scenario import Scenario
from planner.fleet.scenario_work import mix_served, of_any_volume
from planner.forecast.forecaster import Forecaster
from planner.forecast.replica_advice import Advice, advise
from planner.forecast.worth_measuring import Worth
from planner.learning.from_measurements import Observed
from planner.learning.random_effects import labels_of
from planner.learning.throughput import Z90
from planner.records.reference import source_name
from planner.vllm.compatibility import check
from planner.vllm.deployment import Deployment
from planner.wording.formatting import count

CURVES_KEPT = 64
SAME_LENGTHS = 0.1
"""Measured documents within a tenth of the scenario's size are of that size, for the eye."""


def curve_of(scenario: Scenario, option: Option) -> CurveShown:
    """The forecast curve of one replica of the option, and the measurements beneath it."""
    item, sources = _one_replica(option.fleet[0]), frozenset(option.sources)
    return _curve(of_any_volume(scenario), item, sources, store().version())


def _one_replica(item: FleetItem) -> FleetItem:
    return replace(item, replicas=1, instances=1, spare_instances=0, reserved_instances=0)


@lru_cache(maxsize=CURVES_KEPT)
def _curve(
    scenario: Scenario, item: FleetItem, sources: frozenset[str], version: str
) -> CurveShown:
    scenario = scenario_of_model(item, scenario, catalog_of(version))
    deployment = replica_of(item, scenario, catalog_of(version))
    fitted = forecaster_of(version)
    curve = fitted.full_curve(deployment, mix_served(scenario, deployment))
    per_hour, spread = SECONDS_PER_HOUR / curve.seconds, np.exp(Z90 * curve.log_sd)
    name = labels_of(deployment).deployment
    return CurveShown(
        concurrency=tuple(curve.concurrency.tolist()),
        value=tuple(per_hour.tolist()),
        low=tuple((per_hour / spread).tolist()),
        high=tuple((per_hour * spread).tolist()),
        chosen=item.concurrency,
        measured=tuple(
            _moved(fitted, scenario, deployment, row)
            for row in fitted.observed
            if row.observation.labels.deployment == name and row.measurement.source_id in sources
        ),
    )


def costs_by_volume(scenario: Scenario, item: FleetItem) -> tuple[tuple[float, float], ...]:
    """Documents and dollars a year of a fleet of the item's machines, at smaller and larger
    volumes.
    """
    return _costs_by_volume(scenario, item, store().version())


@lru_cache(maxsize=CURVES_KEPT)
def _costs_by_volume(
    scenario: Scenario, item: FleetItem, version: str
) -> tuple[tuple[float, float], ...]:
    scenario = scenario_of_model(item, scenario, catalog_of(version))
    deployment = replica_of(item, scenario, catalog_of(version))
    candidate = Candidate(deployment, check(deployment), (item.price_offer,))
    return volume_costs(scenario, forecaster_of(version), candidate, item.price_offer)


def advice_for(scenario: Scenario, option: Option) -> Advice:
    """Where the time of the option's replicas goes, and how many parallel requests are enough."""
    item, version = option.fleet[0], store().version()
    scenario = scenario_of_model(item, scenario, catalog_of(version))
    deployment = replica_of(item, scenario, catalog_of(version))
    curve = forecaster_of(version).full_curve(deployment, mix_served(scenario, deployment))
    return advise(option.seconds_per_request, curve.seconds, item.concurrency)


def worth_measuring(scenario: Scenario, item: FleetItem) -> Worth:
    """The measurements that would narrow the forecast of one replica most."""
    return _worth(scenario, item, store().version())


@lru_cache(maxsize=CURVES_KEPT)
def _worth(scenario: Scenario, item: FleetItem, version: str) -> Worth:
    scenario = scenario_of_model(item, scenario, catalog_of(version))
    return most_worth(
        forecaster_of(version),
        replica_of(item, scenario, catalog_of(version)),
        scenario.input_tokens,
        scenario.output_tokens,
    )


def _moved(
    fitted: Forecaster, scenario: Scenario, deployment: Deployment, row: Observed
) -> MeasuredPoint:
    seen = row.observation
    together = np.array([seen.concurrency])
    inputs, outputs = scenario.input_tokens, scenario.output_tokens
    there = fitted.curve(row.deployment, seen.input_tokens, seen.output_tokens, together)
    here = fitted.curve(deployment, inputs, outputs, together)
    seconds = float(here.seconds[0]) * row.seconds_per_request / float(there.seconds[0])
    return MeasuredPoint(
        concurrency=seen.concurrency,
        documents_per_hour=SECONDS_PER_HOUR / seconds,
        as_planned=_close(seen.input_tokens, inputs)
        and _close(seen.output_tokens, outputs)
        and row.deployment.engine.same_settings(deployment.engine),
        label=f"{count(seen.input_tokens)} tokens in, {count(seen.output_tokens)} out; "
        f"{source_name(row.measurement.source)}, {row.measurement.date or 'date not stated'}",
    )


def _close(measured: float, wanted: float) -> bool:
    return abs(measured / wanted - 1.0) <= SAME_LENGTHS
