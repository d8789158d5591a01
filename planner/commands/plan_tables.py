"""A plan as tables for people."""

from __future__ import annotations

from dataclasses import astuple

from planner.commands.screen import print_line, print_table, print_text
from planner.fleet.plan import Option, Plan
from planner.report.shortlist import shortlist
from planner.risk.assess_risk import Risk
from planner.vllm.serve_command import checkpoint_note
from planner.wording.cost_sentences import (
    HEADS,
    build_up,
    following_load_sentence,
    not_counted_sentence,
    present_value_sentence,
)
from planner.wording.explanation import (
    answer_paragraphs,
    configuration,
    quantizations,
    verdict_of,
)
from planner.wording.formatting import (
    probability,
    seconds,
    significant,
    terms_of,
    usd,
)
from planner.wording.hosted_sentences import (
    HOSTED_COLUMNS,
    HOSTED_NOTE,
    HOSTED_TITLE,
    hosted_rows,
)
from planner.wording.lever_sentences import what_would_save
from planner.wording.model_fleet_sentences import classes_served
from planner.wording.model_sentences import start_steps
from planner.wording.own_run_sentences import disagreements
from planner.wording.price_sentences import about_price, dated, provider_and_mark
from planner.wording.provenance_sentence import provenance_sentences
from planner.wording.remedy_sentences import what_would_help
from planner.wording.risk_sentences import (
    OPTION_COLUMNS,
    SWING_COLUMNS,
    no_risk_sentence,
    option_rows,
    risk_sentences,
    swing_rows,
)
from planner.wording.setting_sentences import setting_sentence
from planner.wording.why_not import why_not_rows

NUMBERS = ("USD a year", "Million documents", "Sure", "Answer time (95\N{NO-BREAK SPACE}%)")
COLUMNS = ("Configuration", "Provider", *NUMBERS, "Basis", "Verdict")
MILLION = 1e6
_TITLE = (
    "The recommended configuration, and the best of each other GPU",
    "The closest configuration of each GPU",
)


def show_plan(plan: Plan) -> None:
    """The answer in sentences, the best option of each GPU, the reasons, the command."""
    for text in answer_paragraphs(plan):
        print_text(text)
    if plan.remedies:
        print_text()
        print_text("What would make it feasible:")
        for change in what_would_help(plan):
            print_text(f"- {change}")
    if plan.ranked_levers:
        print_text()
        print_text("What would save most:")
        for saving in what_would_save(plan):
            print_text(f"- {saving}")
    best = shortlist(plan)
    if best:
        print_text()
        print_table(
            "Your fleet" if plan.scenario.fleet else _TITLE[plan.recommended is None],
            COLUMNS,
            option_cells(plan),
            numbers=NUMBERS,
        )
    if plan.infeasible:
        print_table(
            "Why not",
            ("GPU", "Weights", "Reason", "What would help"),
            [
                (row.gpus, row.quantization or "", row.reason, row.remedy or "")
                for row in why_not_rows(plan.scenario, plan.infeasible)
            ],
        )
    if plan.hosted:
        print_table(
            HOSTED_TITLE,
            HOSTED_COLUMNS,
            hosted_rows(plan),
            numbers=("USD a year",),
            names=("Model",),
        )
        print_text(HOSTED_NOTE)
    if len(plan.options) > len(best):
        print_text(f"--json prints all {len(plan.options)} configurations.")
    if plan.recommended is not None:
        started = {(one.gpu, one.vllm_command): one for one in plan.recommended.fleet}
        models = len({one.model for one in plan.recommended.fleet})
        for item in started.values():
            print_text()
            of = "" if models == 1 else f" for {classes_served([item])}"
            of += "" if len(started) == 1 else f" on {item.gpu}"
            print_text(f"Start each replica of the recommended configuration{of} with:")
            for where, command in start_steps(item):
                if where:
                    print_text(where)
                print_line(command)
            if (note := checkpoint_note(item.vllm_command)) is not None:
                print_text(note)
            for note in item.notes:
                print_text(f"Note: {note}")
        for setting in plan.recommended.settings:
            print_text(setting_sentence(setting))
        for item in plan.recommended.fleet:
            offer = item.price_offer
            stated = f"{dated(offer, item.standing)} ({offer.source})"
            print_text(f"Price: {offer.provider}, {terms_of(offer)}, {stated}.")
            for sentence in about_price(item):
                print_text(sentence)
        for sentence in provenance_sentences(plan.recommended):
            print_text(sentence)
        for sentence in disagreements(plan.recommended.own_runs):
            print_text(sentence)
        _show_costs(plan, plan.recommended)


def _show_costs(plan: Plan, option: Option) -> None:
    """The build-up if the cost has several lines, what it leaves out, and the present value."""
    rows = build_up(plan.scenario, option)
    if len(rows) > 1:
        print_text()
        print_table(
            "What the cost consists of",
            HEADS[:-1],  # the sources, which are long, are in the JSON and the report
            [astuple(row)[:-1] for row in rows],
            numbers=HEADS[1:-1],
        )
    print_text(not_counted_sentence(plan.scenario))
    for sentence in (present_value_sentence(plan), following_load_sentence(plan)):
        if sentence is not None:
            print_text(sentence)


def show_risk(risk: Risk | None) -> None:
    """The risk in sentences, the options under both errors, and the inputs that matter."""
    print_text()
    if risk is None:
        print_text(no_risk_sentence())
        return
    print_text("What if it is wrong:")
    for sentence in risk_sentences(risk):
        print_text(f"- {sentence}")
    print_text()
    title = "If volume and forecast may be wrong, without spare machines"
    print_table(title, OPTION_COLUMNS, option_rows(risk), numbers=OPTION_COLUMNS[1:])
    title = "The inputs, the one that moves the cost most first"
    print_table(title, SWING_COLUMNS, swing_rows(risk), numbers=SWING_COLUMNS[1:])


def option_cells(plan: Plan) -> list[tuple[str, ...]]:
    """A row of ``COLUMNS`` for each option that a reader compares."""
    return [_row(plan, option) for option in shortlist(plan)]


def _row(plan: Plan, option: Option) -> tuple[str, ...]:
    providers = dict.fromkeys(provider_and_mark(i.price_offer, i.standing) for i in option.fleet)
    capacity = option.capacity_documents_per_year
    value, low, high = (significant(n / MILLION) for n in astuple(capacity))
    return (
        f"{configuration(option)}, {quantizations(option)}",
        ", ".join(providers),
        usd(option.cost_usd_per_year),
        f"{value} ({low} to {high})",
        probability(option.probability.work),
        seconds(option.latency_s.p95),
        option.basis,
        verdict_of(plan, option),
    )
