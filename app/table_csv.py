"""The tables of the page as CSV files, with unrounded figures."""

from __future__ import annotations

from app.csv_text import csv_text
from planner.fleet.costs import cost_usd_per_1000_documents, cost_usd_per_million_tokens
from planner.fleet.plan import Option, Plan
from planner.wording.hosted_sentences import break_even_of
from planner.wording.why_not import why_not_rows

COST_COLUMNS = (
    "cost",
    "usd_per_year",
    "usd_per_1000_documents",
    "usd_per_million_tokens",
    "source",
)
HOSTED_COLUMNS = (
    "model",
    "provider",
    "likeness",
    "usd_per_year",
    "batch",
    "as_of",
    "break_even_documents_per_year",
    "break_even_utilization",
    "source",
)
UNUSABLE_COLUMNS = ("gpus", "quantization", "reason", "remedy")


def costs_csv(plan: Plan, option: Option) -> bytes:
    """The lines of an option's cost, without their total."""
    documents = plan.scenario.documents_per_year
    rows = (
        (
            line.name,
            line.usd_per_year,
            cost_usd_per_1000_documents(line.usd_per_year, documents),
            cost_usd_per_million_tokens(line.usd_per_year, plan.scenario),
            line.source,
        )
        for line in option.cost_lines
    )
    return csv_text(COST_COLUMNS, rows)


def hosted_csv(plan: Plan) -> bytes:
    """All hosted models with their bills and break-evens; a missing one is empty."""
    rows = []
    for hosted in plan.hosted:
        bill, even = hosted.bill, break_even_of(plan, plan.recommended, hosted)
        since = (None, None) if even is None else (even.documents_per_year, even.utilization)
        row = (hosted.model, bill.provider, hosted.likeness, bill.usd_per_year, bill.batch)
        rows.append((*row, bill.as_of, *since, bill.source))
    return csv_text(HOSTED_COLUMNS, rows)


def unusable_csv(plan: Plan) -> bytes:
    """The GPUs without a feasible option, with reason and remedy."""
    rows = why_not_rows(plan.scenario, plan.infeasible)
    return csv_text(
        UNUSABLE_COLUMNS, ((row.gpus, row.quantization, row.reason, row.remedy) for row in rows)
    )
