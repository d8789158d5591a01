"""Everything in the PDF, as plain data for the template: options, evidence, what is left out."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import asdict, astuple
from typing import Any

from planner.catalog.gpu import gpu_group
from planner.catalog.price_offer import PriceOffer
from planner.fleet.considered_offers import PriceStanding
from planner.fleet.plan import FleetItem, Infeasible, Option, Plan
from planner.fleet.scenario import Scenario
from planner.report.pdf_assumptions_and_spares import Assumption, left_out
from planner.report.pdf_charts import cost_against_capacity, throughput_curve
from planner.report.pdf_decision import decision
from planner.report.pdf_deployment import (
    MEASUREMENT_COLUMNS,
    calibrate_command,
    calibrate_notes,
    command_lines,
    first_measurement,
    measurement_rows,
    settings,
    start_lines,
)
from planner.report.pdf_evidence import Evidence, Fact, MeasurementGroup
from planner.report.pdf_safe_text import shortened
from planner.report.pdf_summary import summary
from planner.report.shortlist import advised_fleet, in_report
from planner.risk.assess_risk import Risk
from planner.wording.cost_sentences import build_up
from planner.wording.explanation import configuration, quantizations, verdict_of
from planner.wording.formatting import (
    BASIS_COLOUR,
    BASIS_SHAPE,
    BINDING_MEANING,
    MISSING,
    capitalized,
    count,
    counted,
    large,
    low_to_high,
    machine_of,
    percent,
    probability,
    seconds,
    terms_of,
    usd,
)
from planner.wording.model_fleet_sentences import classes_served, models_of
from planner.wording.price_sentences import among_providers, date_and_mark
from planner.wording.risk_sentences import (
    OPTION_COLUMNS,
    SWING_COLUMNS,
    option_rows,
    risk_sentences,
    swing_rows,
)
from planner.wording.why_not import WhyNotRow, reason_of, why_not_rows

MOST_GROUPS_PER_CARD = 2
MOST_REFUSALS = 5
MOST_DOTS = 60


def content(plan: Plan, evidence: Evidence, created: datetime.date) -> dict[str, Any]:
    """The template's input. Every figure is text, every position is in points."""
    shown, sources = in_report(plan), Sources()
    groups = _listed(evidence.measurements)
    refusals = why_not_rows(plan.scenario, _refusals(plan, shown))
    standings = {item.price_offer: item.standing for option in shown for item in option.fleet}
    return {
        "scenario": plan.scenario.name,
        "scenario_short": shortened(plan.scenario.name, 60),
        "date": created.isoformat(),
        "created": [created.year, created.month, created.day],
        "model_version": plan.model_version,
        "model": models_of(plan.scenario),
        "summary": summary(plan, evidence),
        "decision": decision(plan),
        "options": [_column(plan, option) for option in shown],
        "costs": _costs(plan, sources),
        "why_not": [_why_not(plan.scenario, option) for option in shown if option.obstacles],
        "options_left": _options_left(len(plan.options) - len(shown)),
        "chart": cost_against_capacity(
            plan.scenario, shown, [o for o in plan.options if o not in shown][:MOST_DOTS]
        ),
        "assumptions": [
            _assumption(row, sources) for row in evidence.assumptions if not row.says_nothing
        ],
        "not_set": ", ".join(row.label for row in evidence.assumptions if row.says_nothing),
        "prices": [_price(offer, standings.get(offer), sources) for offer in evidence.prices],
        "measurements": [_measurements(group) for group in groups],
        "other_measurements": _others(evidence, groups),
        "facts": [_fact(fact, sources) for fact in evidence.facts],
        "sources": sources.texts,
        "accuracy": asdict(evidence.accuracy) if evidence.accuracy else None,
        "curve": throughput_curve(evidence.curve) if evidence.curve else None,
        "risk": None if evidence.risk is None else _risk(evidence.risk),
        "left_out": left_out(plan.scenario),
        "refused": [_refused(row) for row in refusals[:MOST_REFUSALS]],
        "more_refused": max(0, len(refusals) - MOST_REFUSALS),
        "deploy": [_deploy(plan, item, evidence) for item in advised_fleet(plan)],
    }


def _risk(risk: Risk) -> dict[str, Any]:
    return {
        "sentences": risk_sentences(risk),
        "option_columns": OPTION_COLUMNS,
        "options": option_rows(risk),
        "swing_columns": SWING_COLUMNS,
        "swings": swing_rows(risk),
    }


def _costs(plan: Plan, sources: Sources) -> list[list[str]]:
    """The build-up of the advised fleet's cost; empty if it is one line."""
    option = plan.nearest
    rows = () if option is None else build_up(plan.scenario, option)
    if len(rows) < 2:
        return []
    return [[*astuple(row)[:-1], sources.number(row.source) if row.source else ""] for row in rows]


def _options_left(number: int) -> str:
    if number <= 0:
        return ""
    return f"{counted(number, 'other option')} not shown."


class Sources:
    """The sources, and the number by which the tables cite each."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def number(self, source: str) -> str:
        """``[3]`` for the third source that was named."""
        if source not in self.texts:
            self.texts.append(source)
        return f"[{self.texts.index(source) + 1}]"


def _column(plan: Plan, option: Option) -> dict[str, Any]:
    capacity, latency = option.capacity_documents_per_year, option.latency_s
    item = option.fleet[0]
    return {
        "configuration": configuration(option),
        "quantization": quantizations(option),
        "provider": _each(one.price_offer.provider for one in option.fleet),
        "terms": _each(terms_of(one.price_offer) for one in option.fleet),
        "cost": usd(option.cost_usd_per_year),
        "unit_cost": usd(option.cost_usd_per_1000_documents),
        "capacity": large(capacity.value),
        "capacity_interval": low_to_high(capacity),
        "sure": probability(option.probability.work),
        "utilization": percent(option.utilization),
        "p50": seconds(latency.p50),
        "p95": seconds(latency.p95),
        "concurrency": count(item.concurrency),
        "bottleneck": BINDING_MEANING[option.binding_limit],
        "basis": option.basis,
        "shape": BASIS_SHAPE[option.basis],
        "colour": BASIS_COLOUR[option.basis],
        "meets": option.meets.all,
        "verdict": verdict_of(plan, option),
    }


def _each(texts: Iterable[str]) -> str:
    """The different ones of several texts."""
    return ", ".join(dict.fromkeys(texts))


def _why_not(scenario: Scenario, option: Option) -> dict[str, str]:
    return {
        "configuration": configuration(option),
        "reason": f"{reason_of(scenario, option)}.",
    }


def _price(offer: PriceOffer, standing: PriceStanding | None, sources: Sources) -> dict[str, str]:
    added = " (added by you)" if offer.added_by == "user" else ""
    return {
        "gpu": gpu_group(offer.gpu_count // offer.machines, offer.gpu),
        "provider": offer.provider + added,
        "instance": machine_of(offer),
        "terms": terms_of(offer),
        "region": offer.region,
        "per_hour": usd(offer.usd_per_hour / offer.machines),
        "per_year": usd(offer.usd_per_year / offer.machines),
        "as_of": date_and_mark(offer, standing),
        "source": sources.number(offer.source),
        "note": _price_note(offer, standing),
    }


def _price_note(offer: PriceOffer, standing: PriceStanding | None) -> str:
    note = f"{capitalized(offer.note)}." if offer.note else ""
    other = f"Another source differs: {offer.conflict}." if offer.conflict else ""
    return " ".join(filter(None, (among_providers(offer, standing), other, note)))


def _assumption(row: Assumption, sources: Sources) -> dict[str, str]:
    reason = f"{row.reason} {sources.number(row.source)}" if row.source else row.reason
    return asdict(row) | {"reason": reason}


def _fact(fact: Fact, sources: Sources) -> dict[str, str]:
    return asdict(fact) | {"source": sources.number(fact.source)}


def _measurements(group: MeasurementGroup) -> dict[str, str]:
    dates = [date for date in (group.first_date, group.last_date) if date]
    return {
        "gpu": gpu_group(group.gpu_count, group.gpu),
        "model": group.model,
        "quantization": group.quantization or MISSING,
        "engine": group.engine_version or "not stated",
        "author": group.author,
        "dates": " to ".join(dict.fromkeys(dates)) or "not stated",
        "points": count(group.points),
    }


def _listed(groups: Sequence[MeasurementGroup]) -> list[MeasurementGroup]:
    """The first groups of each GPU; evidence has the closest ones first."""
    listed: list[MeasurementGroup] = []
    for group in groups:
        if sum(other.gpu == group.gpu for other in listed) < MOST_GROUPS_PER_CARD:
            listed.append(group)
    return listed


def _others(evidence: Evidence, listed: Sequence[MeasurementGroup]) -> str:
    unlisted = sum(g.points for g in evidence.measurements) - sum(g.points for g in listed)
    parts = []
    if unlisted:
        parts.append(f"{count(unlisted)} more on these GPUs, of other models and versions")
    if evidence.other_points:
        parts.append(
            f"{count(evidence.other_points)} on {counted(evidence.other_cards, 'GPU')} by "
            f"{counted(evidence.other_sources, 'source')}"
        )
    if not parts:
        return ""
    return f"Further points: {'; '.join(parts)}. They shape what the model expects of any GPU."


def _refusals(plan: Plan, shown: Sequence[Option]) -> list[Infeasible]:
    """Why other GPUs are not among the options: a reason of each GPU before any second one.

    GPUs that cannot run the model come before those that only miss a limit.
    """
    compared = {item.gpu for option in shown for item in option.fleet}
    sized = {item.gpu for option in plan.options for item in option.fleet}
    of_card: dict[str, list[Infeasible]] = {}
    for row in plan.infeasible:
        if row.gpu not in compared:
            of_card.setdefault(row.gpu, []).append(row)
    ranked = [
        (nth, row.gpu in sized, row) for rows in of_card.values() for nth, row in enumerate(rows)
    ]
    return [row for _, _, row in sorted(ranked, key=lambda entry: entry[:2])]


def _refused(row: WhyNotRow) -> dict[str, str]:
    return {
        "gpu": row.gpus,
        "quantization": row.quantization or MISSING,
        "reason": row.reason,
        "remedy": f"{row.remedy}." if row.remedy else "",
    }


def _deploy(plan: Plan, item: FleetItem, evidence: Evidence) -> dict[str, Any]:
    first = advised_fleet(plan)[0]
    of_model = evidence.worth if item.model == first.model else None
    worth = of_model if of_model and of_model.steps else None
    calibrate = calibrate_command(plan, item, evidence.workload)
    return {
        "title": _title(plan, item),
        "joined": item.price_offer.machines > 1,
        "commands": [start_lines(item), command_lines(calibrate)],
        "calibrate_notes": calibrate_notes(calibrate),
        "settings": settings(item.vllm_command),
        "notes": list(item.notes),
        "first": "" if worth is None else first_measurement(worth),
        "points": [] if worth is None else measurement_rows(worth),
        "point_columns": MEASUREMENT_COLUMNS,
    }


def _title(plan: Plan, item: FleetItem) -> str:
    title = f"{counted(item.replicas, 'replica')} on {_machines(item)}"
    several = len({one.model for one in advised_fleet(plan)}) > 1
    return f"{title}: {item.model} for {classes_served([item])}" if several else title


def _machines(item: FleetItem) -> str:
    offer = item.price_offer
    number = count(offer.machines_in(item.instances))
    if offer.tier == "article":
        return f"{number} x {machine_of(offer)}, at the price of a {terms_of(offer)}"
    return f"{number} x {offer.provider} {machine_of(offer)}"
