"""What finance decides on and signs: the risk in plain words, the years, the place to sign."""

from __future__ import annotations

from typing import Any

from planner.fleet.plan import Plan, Year
from planner.wording.formatting import count, counted, large, usd
from planner.wording.risk_sentences import plain_risk_sentences

YEAR_COLUMNS = ("Year", "Documents", "Replicas", "Machines", "Capacity", "USD a year", "Enough")

SIGNERS = ("Prepared by", "Approved by operations", "Approved by finance")


def decision(plan: Plan) -> dict[str, Any]:
    """The risk, the years if there are several, and who signs; empty if no fleet is advised."""
    option = plan.nearest
    if option is None or (plan.recommended is None and not plan.scenario.fleet):
        return {"risk": [], "years": [], "year_columns": [], "next": "", "signers": []}
    several = len(plan.years) > 1
    return {
        "risk": list(plain_risk_sentences(plan.scenario, option)),
        "years": [_year(one) for one in plan.years] if several else [],
        "year_columns": list(YEAR_COLUMNS),
        "next": _next_machine(plan) if several else "",
        "signers": list(SIGNERS),
    }


def _year(one: Year) -> list[str]:
    return [
        str(one.year),
        large(one.documents),
        count(one.replicas),
        " + ".join(count(machines) for machines in one.machines),
        large(one.capacity_documents_per_year),
        usd(one.cost_usd_per_year),
        "yes" if one.enough else "no",
    ]


def _next_machine(plan: Plan) -> str:
    month = plan.next_machine_month
    if month is None:
        return "No further machine is due within five years."
    return f"The next machine is due in {counted(month, 'month')}. Prices are those of today."
