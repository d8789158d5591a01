"""The only door from the pages to the planner and the store.

The store is opened once, the model is fitted once for each state of the
store, and a plan is made once for each scenario. What these functions return
is frozen and shared between sessions.
"""

from __future__ import annotations

import datetime
import json
from functools import lru_cache

import numpy as np
import streamlit as st

from app.curve_data import CurveShown, MeasuredPoint
from benchmarks.design.informative_points import worth_measuring as most_worth
from db.scenario_rows import SavedScenario
from db.storage import Storage, open_storage
from planner.catalog.config_json import MAX_CONFIG_BYTES, model_from_config
from planner.catalog.lookup import Catalog, load_catalog
from planner.catalog.model_spec import ModelSpec
from planner.catalog.names import is_path
from planner.errors import InputError
from planner.fleet.busiest_hour import SECONDS_PER_HOUR
from planner.fleet.candidates import Candidate, replica_of
from planner.fleet.growth import costs_by_volume as volume_costs
from planner.fleet.plan import FleetItem, Option, Plan
from planner.fleet.replica_advice import Advice, advise
from planner.fleet.scenario import Scenario
from planner.fleet.scenario_work import mix_served
from planner.forecast.cited_sources import Cited, cited
from planner.forecast.forecaster import Forecaster
from planner.forecast.own_runs import OwnRun
from planner.forecast.worth_measuring import Worth
from planner.learning.from_measurements import Observed
from planner.learning.random_effects import labels_of
from planner.learning.throughput import Z90
from planner.mixing.whole_plan import whole_plan
from planner.records.calibration_record import CalibrationRun
from planner.records.reference import source_name
from planner.report.deployment_files import deployment_files, zipped
from planner.report.pdf import sizing_pdf
from planner.report.pdf_accuracy import accuracy_of
from planner.report.pdf_accuracy import curve_of as report_curve
from planner.report.pdf_evidence import evidence_for
from planner.report.shortlist import advised_fleet
from planner.risk.assess_risk import Risk, assess_risk
from planner.vllm.compatibility import check
from planner.vllm.deployment import Deployment
from planner.wording.formatting import count

PLANS_KEPT = 64  # a plan is about a megabyte
SAME_LENGTHS = 0.1
"""Measured documents within a tenth of the scenario's size are of that size, for the eye."""


@st.cache_resource(show_spinner=False)
def store() -> Storage:
    """The store of this server. Raises StoreError."""
    return open_storage()


def catalog() -> Catalog:
    """GPUs, models and prices, the user's additions included."""
    return _catalog(store().version())


def forecaster() -> Forecaster:
    """The performance model, fitted to the measurements that the store holds now."""
    return _forecaster(store().version())


@st.cache_resource(show_spinner=False, max_entries=2)
def _catalog(version: str) -> Catalog:  # noqa: ARG001 (the cache's key)
    own = store()
    return load_catalog().with_additions(own.gpus(), own.models(), own.offers())


@st.cache_resource(show_spinner=False, max_entries=2)
def _forecaster(version: str) -> Forecaster:
    own = store()
    rows = own.measurements(exclude_sources=own.set_aside())
    return Forecaster(rows, _catalog(version), own.own_source_ids())


def answer(scenario: Scenario) -> Plan:
    """The plan for a scenario. Raises InputError if no plan can be made of it.

    A path is no model here: the page is for people who may not read the server's files.
    """
    listed = {model.hf_id for model in catalog().models}
    if is_path(scenario.model) and scenario.model not in listed:
        raise InputError(
            "That is a path; type a Hugging Face id, or add the model with its config.json.",
            field="model",
        )
    return _plan(scenario, store().version())


@lru_cache(maxsize=PLANS_KEPT)
def _plan(scenario: Scenario, version: str) -> Plan:
    return whole_plan(scenario, _forecaster(version), _catalog(version))


def risk_of(asked: Plan) -> Risk | None:
    """The risk of a plan; None if it recommends no fleet of one kind of machine."""
    return _risk(asked.scenario, store().version())


@lru_cache(maxsize=PLANS_KEPT)
def _risk(scenario: Scenario, version: str) -> Risk | None:
    return assess_risk(_plan(scenario, version), _forecaster(version), _catalog(version))


def report(asked: Plan, risk: Risk | None = None) -> bytes:
    """The sizing PDF of a plan, dated today, with its risk if that is given."""
    evidence = evidence_for(
        asked,
        catalog(),
        forecaster().measurements,
        accuracy=accuracy_of(asked, catalog()),
        curve=report_curve(asked, forecaster(), catalog()),
        worth=next((worth_measuring(asked.scenario, item) for item in advised_fleet(asked)), None),
        risk=risk,
    )
    return sizing_pdf(asked, evidence, created=datetime.date.today())


def deployment_archive(asked: Plan) -> bytes:
    """The files that start the recommended fleet, as a zip archive."""
    return zipped(deployment_files(asked, catalog()))


def rests_on(option: Option) -> tuple[Cited, ...]:
    """The authors of the measurements behind the option's forecast, most measurements first."""
    cards = [item.gpu for item in option.fleet]
    rows = forecaster().measurements
    return cited(option.sources, option.basis, cards, rows, catalog())


def curve_of(scenario: Scenario, option: Option) -> CurveShown:
    """The forecast curve of one replica of the option, and the measurements beneath it."""
    return _curve(scenario, option.fleet[0], frozenset(option.sources), store().version())


@lru_cache(maxsize=PLANS_KEPT)
def _curve(
    scenario: Scenario, item: FleetItem, sources: frozenset[str], version: str
) -> CurveShown:
    deployment = replica_of(item, scenario, _catalog(version))
    fitted = _forecaster(version)
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


@lru_cache(maxsize=PLANS_KEPT)
def _costs_by_volume(
    scenario: Scenario, item: FleetItem, version: str
) -> tuple[tuple[float, float], ...]:
    deployment = replica_of(item, scenario, _catalog(version))
    candidate = Candidate(deployment, check(deployment), (item.price_offer,))
    return volume_costs(scenario, _forecaster(version), candidate, item.price_offer)


def advice_for(scenario: Scenario, option: Option) -> Advice:
    """Where the time of the option's replicas goes, and how many parallel requests are enough."""
    item, version = option.fleet[0], store().version()
    deployment = replica_of(item, scenario, _catalog(version))
    curve = _forecaster(version).full_curve(deployment, mix_served(scenario, deployment))
    return advise(option.seconds_per_request, curve.seconds, item.concurrency)


def worth_measuring(scenario: Scenario, item: FleetItem) -> Worth:
    """The measurements that would narrow the forecast of one replica most."""
    return _worth(scenario, item, store().version())


@lru_cache(maxsize=PLANS_KEPT)
def _worth(scenario: Scenario, item: FleetItem, version: str) -> Worth:
    return most_worth(
        _forecaster(version),
        replica_of(item, scenario, _catalog(version)),
        scenario.input_tokens,
        scenario.output_tokens,
    )


def own_runs() -> list[tuple[Deployment, tuple[OwnRun, ...]]]:
    """The user's deployments: the newest run of each, and the older ones as forecasts use them."""
    return forecaster().own_runs()


def sources_set_aside() -> tuple[str, ...]:
    """Ids of the user's sources that no forecast uses."""
    return tuple(sorted(store().set_aside()))


def runs() -> tuple[CalibrationRun, ...]:
    """The user's own calibration runs."""
    return store().runs()


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


def add_model(config: bytes, name: str, base_model: str) -> ModelSpec:
    """Store the model that a config.json describes as the user's own. Raises InputError."""
    if base_model and catalog().model_of(base_model) is None:
        raise InputError(
            f"“{base_model[:60]}” is not in the catalogue; give the id of a model in the list, or "
            "leave it empty.",
            field="base_model",
        )
    model = model_from_config(_settings(config), name or None, base_model or None)
    if any(model.hf_id == built_in.hf_id for built_in in load_catalog().models):
        raise InputError(
            f"{model.hf_id} is a model of the catalogue; give yours another name.", field="name"
        )
    store().add_model(model)
    return model


def _settings(config: bytes) -> dict[str, object]:
    if len(config) > MAX_CONFIG_BYTES:
        raise InputError("The file is over 4 MB; give the model's config.json.", field="config")
    try:
        settings = json.loads(config)
    except (ValueError, RecursionError) as error:
        raise InputError(
            "The file is not JSON; give the config.json from the model's folder.", field="config"
        ) from error
    if not isinstance(settings, dict):
        raise InputError(
            "The file is JSON, but holds no settings by name; give the config.json from the "
            "model's folder.",
            field="config",
        )
    return settings


def saved_scenarios() -> tuple[SavedScenario, ...]:
    """All saved scenarios, by name."""
    return store().scenarios()


def save_scenario(name: str, scenario: Scenario) -> None:
    """Keep a scenario under a name, in place of an earlier one. Raises InputError, StoreError."""
    if not name.strip():
        raise InputError("A name is missing; give one to find the scenario again.", field="name")
    store().save_scenario(name.strip(), scenario)


def delete_scenario(name: str) -> SavedScenario:
    """Remove a scenario and return it, so that it can be saved again."""
    saved = store().scenario(name)
    store().delete_scenario(name)
    return saved
