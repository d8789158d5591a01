"""What else could be done, as JSON: remedies, levers and hosted APIs."""

from __future__ import annotations

from typing import Any

from planner.fleet.costs import cost_usd_per_1000_documents
from planner.fleet.plan import Lever, Plan, Remedy
from planner.money.hosted_alternative import Hosted
from planner.wording.hosted_sentences import break_even_of
from planner.wording.lever_sentences import lever_change, lever_risk
from planner.wording.remedy_sentences import change_of

Json = dict[str, Any]


def remedy_json(remedy: Remedy) -> Json:
    """A change, and the whole scenario that it leads to, which can be fed back."""
    return {
        "change": change_of(remedy),
        "cost_usd_per_year": remedy.option.cost_usd_per_year,
        "probability_all": remedy.option.probability.all,
        "scenario": remedy.scenario.model_dump(mode="json", by_alias=True),
    }


def lever_json(plan: Plan, lever: Lever) -> Json:
    """A change that saves, with its risk, and the whole scenario that it leads to."""
    return {
        "change": lever_change(plan, lever),
        "risk": lever_risk(plan, lever),
        "cost_usd_per_year": lever.cost_usd_per_year,
        "saves_usd_per_year": lever.saves_usd_per_year,
        "probability_all": lever.option.probability.all,
        "scenario": lever.scenario.model_dump(mode="json", by_alias=True),
    }


def hosted_lever_json(plan: Plan) -> Json | None:
    """The hosted API that saves, apart from ``levers``: no scenario leads to it.

    ``rank`` is its place among all levers, from 1 on.
    """
    lever = plan.hosted_lever
    if lever is None:
        return None
    return {
        "change": lever_change(plan, lever),
        "risk": lever_risk(plan, lever),
        "rank": plan.ranked_levers.index(lever) + 1,
        "saves_usd_per_year": lever.saves_usd_per_year,
        "cost_usd_per_year": lever.cost_usd_per_year,
        "hosted": hosted_json(plan, lever.hosted),
    }


def hosted_json(plan: Plan, hosted: Hosted) -> Json:
    """The bill of a hosted API, and the volume from which the recommended fleet costs less."""
    even = break_even_of(plan, plan.recommended, hosted)
    return {
        "provider": hosted.bill.provider,
        "model": hosted.model,
        "likeness": hosted.likeness,
        "usd_per_year": hosted.usd_per_year,
        "usd_per_1000_documents": cost_usd_per_1000_documents(
            hosted.usd_per_year, plan.scenario.documents_per_year
        ),
        "batch": hosted.bill.batch,
        "as_of": hosted.bill.as_of,
        "source": hosted.bill.source,
        "break_even_documents_per_year": None if even is None else even.documents_per_year,
        "break_even_utilization": None if even is None else even.utilization,
    }
