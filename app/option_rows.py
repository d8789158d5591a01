"""A plan's options as rows: for the table on the page and for a CSV file."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from dataclasses import astuple
from typing import Any

import pandas as pd

from app.csv_text import csv_of_mappings
from planner.catalog.gpu import gpu_group
from planner.fleet.plan import FleetItem, Option, Plan
from planner.report.shortlist import shortlist
from planner.wording.explanation import NOT_MEASURED, configuration, quantizations, verdict_of
from planner.wording.formatting import MISSING, machine_of, probability, significant, terms_of, usd
from planner.wording.price_sentences import date_and_mark
from planner.wording.provenance_sentence import why_unmeasured
from planner.wording.why_not import reason_of, remedy_of

GLYPHS = {"measured": "●", "calibrated": "◆", "reference": "■", "extrapolated": "▲"}
MILLION = 1e6


def name_of(option: Option) -> str:
    """An option in a few words, distinct within a plan: GPUs, quantization, offer, cost."""
    offer = option.fleet[0].price_offer
    return (
        f"{configuration(option)}, {quantizations(option)} · {offer.provider} {offer.region}, "
        f"{terms_of(offer)} · {usd(option.cost_usd_per_year)} a year"
    )


def machines_of(plan: Plan) -> dict[str, FleetItem]:
    """What can be measured for the options that a reader compares, by name, the nearest first.

    That is the option itself, or each part of one that has several.
    """
    return {
        name_of(option)
        if len(option.fleet) == 1
        else f"{gpu_group(item.gpu_count, item.gpu)}, {item.quantization} · "
        f"part of {configuration(option)}": item
        for option in shortlist(plan)
        for item in option.fleet
    }


def rows_of(plan: Plan, options: Iterable[Option]) -> pd.DataFrame:
    """One row for each option; forecasts have three significant digits."""
    return pd.DataFrame([_row(plan, option) for option in options])


def _row(plan: Plan, option: Option) -> dict[str, Any]:
    capacity = option.capacity_documents_per_year
    value, low, high = (significant(n / MILLION) for n in astuple(capacity))
    return {
        "Configuration": configuration(option),
        "Weights": quantizations(option),
        "$ a year": round(option.cost_usd_per_year),
        "Sure": probability(option.probability.work),
        "Verdict": verdict_of(plan, option),
        "Million a year": f"{value} ({low} to {high})",
        "Utilization": 100 * option.utilization,
        "p95, s": _rounded(option.latency_s.p95),
        "Rests on": f"{GLYPHS[option.basis]} {option.basis}",
        "Price": "; ".join(_price(plan, one) for one in option.fleet),
        "Why not": reason_of(plan.scenario, option) or _why_not_first(plan, option),
        "$ per 1,000": _rounded(option.cost_usd_per_1000_documents),
    }


def _why_not_first(plan: Plan, option: Option) -> str | None:
    """The reason that an option which meets every limit stands behind dearer ones; None if none."""
    return why_unmeasured(option) if verdict_of(plan, option) == NOT_MEASURED else None


def _price(plan: Plan, item: FleetItem) -> str:
    offer = item.price_offer
    if offer.tier == "article":
        return f"article, {terms_of(offer)}"
    terms = f"{offer.terms}, " if len(plan.scenario.terms) > 1 else ""
    return f"{offer.provider}, {terms}{date_and_mark(offer, item.standing)}"


def csv_of(plan: Plan, options: Iterable[Option]) -> bytes:
    """All figures of the options as CSV (UTF-8). A spreadsheet runs no cell as a formula."""
    return csv_of_mappings([_facts(plan, option) for option in options])


def _facts(plan: Plan, option: Option) -> dict[str, Any]:
    offers = [one.price_offer for one in option.fleet]
    capacity = option.capacity_documents_per_year
    return {
        "configuration": configuration(option),
        "gpu": _each(one.gpu for one in option.fleet),
        "gpu_count": _each(one.gpu_count for one in option.fleet),
        "replicas": _each(one.replicas for one in option.fleet),
        "instances": _each(one.price_offer.machines_in(one.instances) for one in option.fleet),
        "quantization": quantizations(option),
        "concurrency": _each(one.concurrency for one in option.fleet),
        "cost_usd_per_year": round(option.cost_usd_per_year, 2),
        "cost_usd_per_1000_documents": _rounded(option.cost_usd_per_1000_documents, 6),
        "capacity_documents_per_year": round(capacity.value),
        "capacity_low": round(capacity.low),
        "capacity_high": round(capacity.high),
        "probability_meets_volume": option.probability.volume,
        "probability_latency": option.probability.latency,
        "probability_all": option.probability.all,
        "probability_one_down": option.probability_one_down.all,
        "utilization": _rounded(option.utilization, 4),
        "latency_p50_s": _rounded(option.latency_s.p50, 4),
        "latency_p95_s": _rounded(option.latency_s.p95, 4),
        "basis": option.basis,
        "binding_limit": option.binding_limit,
        "verdict": verdict_of(plan, option),
        "reason": reason_of(plan.scenario, option),
        "remedy": remedy_of(plan.scenario, option),
        "price_provider": _each(offer.provider for offer in offers),
        "price_instance": _each(machine_of(offer) for offer in offers),
        "price_region": _each(offer.region for offer in offers),
        "price_terms": _each(terms_of(offer) for offer in offers),
        "price_usd_per_hour": _each(
            _rounded(offer.usd_per_hour / offer.machines, 6) for offer in offers
        ),
        "price_as_of": _each(offer.as_of for offer in offers),
        "price_age_days": _each(
            None if one.standing is None else one.standing.age_days for one in option.fleet
        ),
        "price_source": _each(offer.source for offer in offers),
        "vllm_command": _each(shlex.join(one.vllm_command) for one in option.fleet),
    }


def _each(values: Iterable[str | float | None]) -> str | float | None:
    """The value, or those of each part of a mixed fleet (``L4 + A100 80GB``)."""
    listed = list(values)
    if len(listed) == 1:
        return listed[0]
    return " + ".join(MISSING if value is None else str(value) for value in listed)


def _rounded(value: float | None, digits: int = 3) -> float | None:
    return None if value is None else float(f"{value:.{digits - 1}e}")
