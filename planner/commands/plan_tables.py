"""A plan as tables for people."""

from __future__ import annotations

from dataclasses import astuple

from planner.commands.screen import print_line, print_table, print_text
from planner.fleet.plan import Infeasible, Option, Plan
from planner.vllm.serve_command import checkpoint_note
from planner.wording.explanation import configuration
from planner.wording.formatting import (
    caution,
    probability,
    seconds,
    setting_sentence,
    significant,
    terms_of,
    usd,
)

NUMBERS = ("USD a year", "Million documents", "Sure", "p95")
COLUMNS = ("Configuration", "Provider", *NUMBERS, "Basis", "Misses")
MILLION = 1e6
_TITLE = (
    "The recommended configuration, and the best of each other card",
    "The nearest configuration of each card",
)


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
        print_table(_TITLE[plan.recommended is None], COLUMNS, map(_row, best), numbers=NUMBERS)
    if plan.infeasible:
        print_table(
            "Why not",
            ("Card", "Weights", "Reason", "What would help"),
            map(_reason, plan.infeasible),
        )
    if len(plan.options) > len(best):
        print_text(f"All {len(plan.options)} configurations are in the answer with --json.")
    if plan.recommended is not None:
        item = plan.recommended.fleet[0]
        print_text()
        print_text("Each replica of the recommendation runs:")
        print_line(item.vllm_command)
        if (note := checkpoint_note(item.vllm_command)) is not None:
            print_text(note)
        for note in item.notes:
            print_text(f"Note: {note}")
        for setting in plan.recommended.settings:
            print_text(setting_sentence(setting))
        offer = item.price_offer
        stated = f"as of {offer.as_of} ({offer.source})"
        print_text(f"Price: {offer.provider}, {terms_of(offer)}, {stated}.{caution(offer)}")


def _best_of_each_card(plan: Plan) -> list[Option]:
    """The recommended one first, then in the plan's order."""
    best: dict[str, Option] = {}
    for option in (*filter(None, (plan.recommended,)), *plan.options):
        best.setdefault(option.fleet[0].gpu, option)
    return list(best.values())


def _row(option: Option) -> tuple[str, ...]:
    item = option.fleet[0]
    capacity = option.capacity_documents_per_year
    value, low, high = (significant(n / MILLION) for n in astuple(capacity))
    return (
        f"{configuration(option)}, {item.quantization}",
        item.price_offer.provider,
        usd(option.cost_usd_per_year),
        f"{value} ({low} to {high})",
        probability(option.probability_meets_volume),
        seconds(option.latency_s.p95),
        option.basis,
        ", ".join(option.obstacles),
    )


def _reason(entry: Infeasible) -> tuple[str, ...]:
    card = entry.gpu if entry.gpu_count in (None, 1) else f"{entry.gpu_count} x {entry.gpu}"
    return card, entry.quantization or "", entry.reason, entry.remedy or ""
