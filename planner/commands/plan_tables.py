"""A plan as tables for people."""

from __future__ import annotations

from planner.commands.screen import print_line, print_table, print_text
from planner.explanation import configuration
from planner.formatting import large_interval, percent, probability, seconds, usd
from planner.plan import Infeasible, Option, Plan

COLUMNS = (
    "Configuration",
    "Weights",
    "Offer",
    "USD a year",
    "Documents a year (90 %)",
    "Busy",
    "Sure",
    "p95",
    "Basis",
    "Misses",
)
NUMBERS = ("USD a year", "Documents a year (90 %)", "Busy", "Sure", "p95")


def show_plan(plan: Plan) -> None:
    """The answer as a sentence, the best option of each card, the reasons, the command."""
    print_text(plan.explanation)
    if plan.what_would_help:
        print_text()
        print_text("What would make it feasible:")
        for change in plan.what_would_help:
            print_text(f"- {change}")
    best = _best_of_each_card(plan)
    if best:
        print_text()
        print_table(
            "The best configuration of each card", COLUMNS, map(_row, best), numbers=NUMBERS
        )
    if plan.infeasible:
        print_table(
            "Why not",
            ("Card", "Weights", "Reason", "What would help"),
            map(_reason, plan.infeasible),
        )
    if len(plan.options) > len(best):
        print_text(f"All {len(plan.options)} configurations: --json.")
    if plan.recommended is not None:
        item = plan.recommended.fleet[0]
        print_text()
        print_text("Each replica of the recommendation runs:")
        print_line(item.vllm_command)
        offer = item.price_offer
        print_text(f"Price: {offer.provider}, {offer.terms}, as of {offer.as_of} ({offer.source}).")


def _best_of_each_card(plan: Plan) -> list[Option]:
    best: dict[str, Option] = {}
    for option in plan.options:
        best.setdefault(option.fleet[0].gpu, option)
    return list(best.values())


def _row(option: Option) -> tuple[str, ...]:
    item = option.fleet[0]
    return (
        configuration(option),
        item.quantization,
        f"{item.price_offer.provider}, {item.price_offer.terms}",
        usd(option.cost_usd_per_year),
        large_interval(option.capacity_documents_per_year),
        percent(option.utilization),
        probability(option.probability_meets_volume),
        seconds(option.latency_s.p95),
        option.basis,
        ", ".join(option.obstacles),
    )


def _reason(entry: Infeasible) -> tuple[str, ...]:
    card = entry.gpu if entry.gpu_count in (None, 1) else f"{entry.gpu_count} x {entry.gpu}"
    return card, entry.quantization or "", entry.reason, entry.remedy or ""
