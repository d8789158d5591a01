"""Plans and what goes out with them: risk, PDF, files to deploy."""

from __future__ import annotations

import datetime
from functools import lru_cache

from app.services.curves import worth_measuring
from app.services.opened_store import catalog, catalog_of, forecaster, forecaster_of, store
from planner.catalog import price_age
from planner.catalog.names import is_path
from planner.entered.paper import Paper
from planner.errors import InputError
from planner.fleet.candidates import scenario_of_model
from planner.fleet.plan import FleetItem, Option, Plan
from planner.fleet.scenario import Scenario
from planner.forecast.cited_sources import Cited, cited
from planner.mixing.whole_plan import whole_plan
from planner.report.deployment_files import deployment_files, zipped
from planner.report.entries import Entries
from planner.report.pdf import sizing_pdf
from planner.report.pdf_accuracy import accuracy_of
from planner.report.pdf_accuracy import curve_of as report_curve
from planner.report.pdf_deployment import SCENARIO_FILE
from planner.report.pdf_evidence import evidence_for
from planner.report.shortlist import advised_fleet
from planner.risk.assess_risk import Risk, assess_risk

PLANS_KEPT = 64  # a plan is about a megabyte


def answer(scenario: Scenario) -> Plan:
    """The plan for a scenario. Raises InputError if no plan can be made of it.

    A path is no model here: the page is for people who may not read the server's files.
    """
    version = store().version()
    listed = {model.hf_id for model in catalog_of(version).models}
    stated = (scenario.model, *(one.model for one in scenario.classes))
    if any(name and is_path(name) and name not in listed for name in stated):
        raise InputError(
            "That is a path; type a Hugging Face id, or add the model with its config.json.",
            field="model",
        )
    return _plan(scenario, version, price_age.today())


def answer_again(before: Plan | None) -> Plan | None:
    """The plan of a scenario that was answered before; None if it can no longer be answered.

    The catalogue may have lost its model or a GPU since.
    """
    if before is None:
        return None
    try:
        return answer(before.scenario)
    except InputError:
        return None


@lru_cache(maxsize=PLANS_KEPT)
def _plan(
    scenario: Scenario,
    version: str,
    day: datetime.date,  # noqa: ARG001 (the cache's key: prices age)
) -> Plan:
    return whole_plan(scenario, forecaster_of(version), catalog_of(version))


def risk_of(asked: Plan) -> Risk | None:
    """The risk of a plan; None if it recommends no fleet of one kind of machine."""
    return _risk(asked.scenario, store().version(), price_age.today())


@lru_cache(maxsize=PLANS_KEPT)
def _risk(scenario: Scenario, version: str, day: datetime.date) -> Risk | None:
    return assess_risk(_plan(scenario, version, day), forecaster_of(version), catalog_of(version))


def report(
    asked: Plan,
    risk: Risk | None = None,
    entries: Entries | None = None,
    paper: Paper = "a4",
) -> bytes:
    """The sizing PDF of a plan, dated today, with its risk and how it was entered if given."""
    evidence = evidence_for(
        asked,
        catalog(),
        forecaster().measurements,
        accuracy=accuracy_of(asked, catalog()),
        curve=report_curve(asked, forecaster(), catalog()),
        worth=next((worth_measuring(asked.scenario, item) for item in advised_fleet(asked)), None),
        workload=SCENARIO_FILE,
        risk=risk,
        entries=entries,
    )
    return sizing_pdf(asked, evidence, created=datetime.date.today(), paper=paper)


def deployment_archive(asked: Plan) -> bytes:
    """The files that start the recommended fleet, as a zip archive."""
    return zipped(deployment_files(asked, catalog()))


def scenario_of(item: FleetItem, asked: Plan) -> Scenario:
    """The scenario of the documents of the replicas' model, whose hours they are paid for.

    It is that of all documents if the catalogue has lost a model since.
    """
    try:
        return scenario_of_model(item, asked.scenario, catalog())
    except InputError:
        return asked.scenario


def rests_on(option: Option) -> tuple[Cited, ...]:
    """The authors of the measurements behind the option's forecast, most measurements first."""
    cards = [item.gpu for item in option.fleet]
    version = store().version()
    rows = forecaster_of(version).measurements
    return cited(option.sources, option.basis, cards, rows, catalog_of(version))
