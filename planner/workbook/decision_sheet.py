"""The Decision sheet: what to take, how sure it is, what it costs, on one page to sign."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass

from planner.fleet.costs import commitment_of, cost_usd_per_million_tokens
from planner.fleet.plan import Option, Plan
from planner.fleet.scenario_limits import LIMITS, ROUNDING_USD, Limit
from planner.report.pdf_assumptions_and_spares import left_out
from planner.wording.cost_sentences import following_load_sentence, present_value_sentence
from planner.wording.explanation import (
    answer_paragraphs,
    configuration,
    headline,
    recommendation_label,
    sureness,
    verdict_of,
)
from planner.wording.formatting import BASIS_MEANING, LIMIT_NAME, capitalized, verdict
from planner.wording.lever_sentences import lever_change, lever_risk
from planner.wording.own_run_sentences import disagreements
from planner.wording.price_sentences import about_prices
from planner.wording.provenance_sentence import provenance_sentences
from planner.wording.remedy_sentences import what_would_help
from planner.workbook.cell_formula import Number, Words, when, words
from planner.workbook.computed_sheets import Results
from planner.workbook.inputs_sheet import note_of
from planner.workbook.worksheet import Figures, Sheet

WIDTHS = (46, 24, 24, 44)
_ALWAYS_SHOWN: tuple[Limit, ...] = ("volume", "latency", "budget")


def write_decision(
    sheet: Sheet, plan: Plan, created: datetime.date, results: Results | None
) -> None:
    """The whole sheet; without ``results`` no fleet runs, or no formula computes it, and it says
    why.
    """
    sheet.text(0, plan.scenario.name, "title")
    sheet.next_row()
    sheet.text(0, "GPU capacity plan, made on", "group")
    sheet.date(1, created.isoformat())
    sheet.wide_text(2, f"forecast model version {plan.model_version}")
    sheet.next_row()
    sheet.paragraph(note_of(plan))
    option = plan.nearest
    sheet.next_row()
    _write_answer(sheet, plan, option)
    if option is not None:
        _write_figures(sheet, plan, option, results)
    _write_reasons(sheet, plan, option)
    _write_levers(sheet, plan)
    _write_signature(sheet)


def _write_answer(sheet: Sheet, plan: Plan, option: Option | None) -> None:
    best = plan.recommended
    label = "Not possible" if best is None else recommendation_label(plan, best)
    _row(sheet, label, f"{headline(plan)}.")
    if option is None:
        return
    _row(sheet, "Configuration" if best else "Closest configuration", configuration(option))
    _row(sheet, "Verdict", verdict_of(plan, option))
    _row(sheet, "Probability", sureness(option))
    for limit in LIMITS:
        kept = getattr(option.meets, limit)
        if kept is not None or limit in _ALWAYS_SHOWN:
            _row(sheet, f"{capitalized(LIMIT_NAME[limit])}: limit kept", verdict(kept))


def _row(sheet: Sheet, label: str, text: str) -> None:
    sheet.text(0, label, "group")
    sheet.wide_text(1, text)
    sheet.next_row()


def _write_figures(sheet: Sheet, plan: Plan, option: Option, results: Results | None) -> None:
    sheet.next_row()
    now = "" if results is None else "With the inputs as they stand"
    sheet.heads(("Figure", "As planned", now, "Note"))
    for row in _figures(plan, option, results):
        if row.planned is None and row.now is None:
            continue
        sheet.text(0, row.label)
        if row.planned is not None:
            sheet.number(1, row.planned, row.figures)
        if row.now is not None:
            sheet.number(2, row.now, row.figures)
        sheet.text(3, row.note)
        sheet.next_row()
    if results is not None:
        _write_checks(sheet, results)


@dataclass(frozen=True, slots=True)
class _Figure:
    """A figure of the plan beside the one that follows the inputs; None if there is none."""

    label: str
    planned: float | None
    now: Number | None
    figures: Figures
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Now:
    """The cells of the first year and of all years; None if no formula computes them."""

    cost: Number | None = None
    per_1000_documents: Number | None = None
    per_million_tokens: Number | None = None
    present_value: Number | None = None
    documents: Number | None = None
    capacity: Number | None = None
    utilization: Number | None = None
    sure: Number | None = None


def _now(results: Results | None) -> _Now:
    if results is None:
        return _Now()
    first, of_one = results.years[0], results.of_one
    return _Now(
        results.costs[0].total,
        of_one.per_1000_documents,
        of_one.per_million_tokens,
        results.present_value,
        results.inputs.documents,
        first.capacity,
        first.utilization,
        first.sure,
    )


def _figures(plan: Plan, option: Option, results: Results | None) -> Iterator[_Figure]:
    cost, documents = option.cost_usd_per_year, plan.scenario.documents_per_year
    now = _now(results)
    per_million = cost_usd_per_million_tokens(cost, plan.scenario)
    yield _Figure("Cost a year, USD", cost, now.cost, "usd", _on(results, "Cost lines"))
    yield _Figure(
        "per 1,000 documents, USD", option.cost_usd_per_1000_documents,
        now.per_1000_documents, "unit_usd", "documents asked for, not capacity",
    )  # fmt: skip
    yield _Figure(
        "per million tokens, USD", per_million, now.per_million_tokens, "unit_usd",
        "tokens in and out",
    )  # fmt: skip
    yield _Figure("Committed, USD", _committed(option), None, "usd", "to be paid whatever is used")
    yield _Figure(
        "Present value of all years, USD", plan.present_value_usd, now.present_value, "usd",
        _on(results, "Years"),
    )  # fmt: skip
    yield _Figure("Documents a year", documents, now.documents, "count")
    yield _Figure(
        "Capacity, documents a year", option.capacity_documents_per_year.value, now.capacity,
        "count", "central forecast",
    )  # fmt: skip
    yield _Figure("Utilization", option.utilization, now.utilization, "percent")
    sure = option.probability
    yield _Figure("Sure to keep up", sure.volume, now.sure, "probability")
    yield _Figure("Sure to answer in time", sure.latency, None, "probability", "as planned")


def _on(results: Results | None, sheet: str) -> str:
    return "" if results is None else f"sheet {sheet}"


def _write_checks(sheet: Sheet, results: Results) -> None:
    """Whether the inputs as they stand still fit the fleet, and the budget."""
    for year, cells in enumerate(results.years, start=1):
        of = "" if len(results.years) == 1 else f" in year {year}"
        _write_check(sheet, f"Is the fleet enough{of}?", cells.enough)
    budget = results.inputs.budget
    if budget is not None:
        kept = results.costs[0].total.at_most(budget + ROUNDING_USD)
        _write_check(sheet, "Within the budget?", when(kept, words("yes"), words("no")))


def _write_check(sheet: Sheet, label: str, found: Words) -> None:
    sheet.text(0, label)
    sheet.words(2, found)
    sheet.mark_unless_yes(2)
    sheet.next_row()


def _committed(option: Option) -> float | None:
    """What the fleet obliges to pay in all; None if some terms do not say."""
    stated = [commitment_of(item) for item in option.fleet]
    known = [usd for usd in stated if usd is not None]
    return sum(known) if len(known) == len(stated) else None


def _write_reasons(sheet: Sheet, plan: Plan, option: Option | None) -> None:
    said: list[tuple[str, list[str]]] = [("Why", list(answer_paragraphs(plan)))]
    if option is not None:
        said.append(("What it rests on", list(_rests_on(option))))
        later = (present_value_sentence(plan), following_load_sentence(plan))
        said.append(("Price", [*about_prices(option), *filter(None, later)]))
    said.append(("What would make it feasible", list(what_would_help(plan))))
    said.append(("What is left out", list(left_out(plan.scenario))))
    for title, texts in said:
        if texts:
            sheet.next_row()
            sheet.text(0, title, "group")
            sheet.next_row()
        for text in texts:
            sheet.paragraph(text, "text")


def _rests_on(option: Option) -> Iterator[str]:
    yield f"Basis of the forecast: {option.basis}, {BASIS_MEANING[option.basis]}."
    yield from provenance_sentences(option)
    yield from (f"{sentence}." for sentence in disagreements(option.own_runs))


def _write_levers(sheet: Sheet, plan: Plan) -> None:
    if not plan.ranked_levers:
        return
    sheet.next_row()
    sheet.heads(("What would save most", "USD a year", "saves, USD a year", "Risk"))
    for lever in plan.ranked_levers:
        sheet.text(0, lever_change(plan, lever))
        sheet.number(1, lever.cost_usd_per_year, "usd")
        sheet.number(2, lever.saves_usd_per_year, "usd")
        sheet.text(3, lever_risk(plan, lever))
        sheet.next_row()


def _write_signature(sheet: Sheet) -> None:
    sheet.next_row()
    for label in ("Approved by", "Date", "Signature"):
        sheet.text(0, label)
        sheet.text(1, "", "line")
        sheet.next_row()
