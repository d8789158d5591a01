"""The Options sheet, with what does not work, and the sheet of hosted APIs."""

from __future__ import annotations

from collections.abc import Iterable

from planner.fleet.plan import Option, Plan
from planner.report.shortlist import shortlist
from planner.wording.explanation import configuration, quantizations, verdict_of
from planner.wording.formatting import (
    MISSING,
    counted,
    machine_of,
    terms_of,
)
from planner.wording.hosted_sentences import HOSTED_NOTE, HOSTED_TITLE
from planner.wording.why_not import reason_of, why_not_rows
from planner.workbook.cell_formula import number, word_or_number
from planner.workbook.computed_sheets import Results
from planner.workbook.worksheet import Book, Sheet

OPTION_HEADS = (
    "",
    "Configuration",
    "Weights",
    "Provider and machine",
    "Terms",
    "Machines",
    "Cost, USD a year",
    "per 1,000 documents, USD",
    "Sure",
    "Verdict",
    "Capacity, documents a year",
    "low",
    "high",
    "Utilization",
    "Answer time p95, s",
    "Rests on",
    "Price as of",
    "Why not",
)
_OPTION_WIDTHS = (3, 24, 9, 26, 12, 10, 14, 11, 8, 16, 14, 14, 14, 11, 11, 12, 11, 36)
RECOMMENDED = "★"

_NOTE = (
    "Figures of the plan: the recommended configuration first, then what it was weighed against. "
    "They do not follow the inputs; a new plan ranks the options anew. Sure is the probability of "
    "keeping up and answering in time; low and high are the ends of the forecast's 90 % interval."
)
HOSTED_HEADS = (
    "Model",
    "Provider",
    "Likeness",
    "Price as of",
    "Prices",
    "per 1,000 documents, USD",
    "USD a year",
    "Break-even, documents a year",
    "Break-even, share of capacity",
    "Source",
)
_HOSTED_WIDTHS = (34, 18, 16, 12, 10, 16, 14, 18, 18, 60)


def write_options(book: Book, plan: Plan) -> None:
    """The shortlist in its order, then the GPUs that do not work and why."""
    sheet = book.sheet("Options", _OPTION_WIDTHS)
    sheet.text(0, "Options", "title")
    sheet.next_row()
    sheet.paragraph(_NOTE)
    sheet.heads(OPTION_HEADS)
    sheet.freeze(2)
    shown = shortlist(plan)
    for option in shown:
        _write_option(sheet, plan, option)
    if len(plan.options) > len(shown):
        sheet.text(
            1, f"{counted(len(plan.options) - len(shown), 'other option')} not shown.", "note"
        )
        sheet.next_row()
    rows = why_not_rows(plan.scenario, plan.infeasible)
    if rows:
        sheet.next_row()
        sheet.heads(("", "What does not work", "Weights", "Why not", "What would help"))
        for row in rows:
            for column, text in ((1, row.gpus), (2, row.quantization or MISSING), (3, row.reason)):
                sheet.text(column, text)
            sheet.text(4, row.remedy or MISSING)
            sheet.next_row()


def _write_option(sheet: Sheet, plan: Plan, option: Option) -> None:
    offers = [item.price_offer for item in option.fleet]
    capacity = option.capacity_documents_per_year
    texts = {
        0: RECOMMENDED if option is plan.recommended and not plan.scenario.fleet else "",
        1: configuration(option),
        2: quantizations(option),
        3: _each(f"{offer.provider} {machine_of(offer)}" for offer in offers),
        4: _each(terms_of(offer) for offer in offers),
        9: verdict_of(plan, option),
        15: option.basis,
        17: reason_of(plan.scenario, option) or "",
    }
    for column, text in texts.items():
        sheet.text(column, text)
    sheet.number(
        5, float(sum(item.price_offer.machines_in(item.instances) for item in option.fleet))
    )
    sheet.number(6, option.cost_usd_per_year, "usd")
    sheet.number(7, option.cost_usd_per_1000_documents, "unit_usd")
    sheet.number(8, option.probability.work, "probability")
    for column, documents in enumerate((capacity.value, capacity.low, capacity.high), start=10):
        sheet.number(column, documents)
    sheet.number(13, option.utilization, "percent")
    if option.latency_s.p95 is None:
        sheet.text(14, MISSING)
    else:
        sheet.number(14, option.latency_s.p95, "decimal")
    dates = list(dict.fromkeys(offer.as_of for offer in offers))
    if len(dates) == 1:
        sheet.date(16, dates[0])
    else:
        sheet.text(16, ", ".join(dates))
    sheet.next_row()


def _each(texts: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(texts))


def write_hosted(book: Book, plan: Plan, results: Results | None) -> None:
    """The bills of hosted APIs and the volume from which the fleet costs less, as formulas.

    A bill is in proportion to the documents. Without a recommended fleet there is no break-even,
    and none if it follows the load, as its cost rises with the documents, too.
    """
    if not plan.hosted:
        return
    sheet = book.sheet("Hosted", _HOSTED_WIDTHS)
    sheet.text(0, HOSTED_TITLE, "title")
    sheet.next_row()
    sheet.paragraph(f"{HOSTED_NOTE} A break-even above 100 % of the capacity is never reached.")
    sheet.heads(HOSTED_HEADS)
    sheet.freeze(1)
    for hosted in plan.hosted:
        bill = hosted.bill
        for column, text in (
            (0, hosted.model),
            (1, bill.provider),
            (2, hosted.likeness),
            (4, "batch" if bill.batch else "list"),
            (9, bill.source),
        ):
            sheet.text(column, text)
        sheet.date(3, bill.as_of)
        of_1000 = bill.usd_per_year / plan.scenario.documents_per_year * 1000.0
        unit = sheet.number(5, of_1000, "unit_usd", "input")
        volume = number(plan.scenario.documents_per_year)
        if results is not None:
            volume = results.inputs.documents
        year = sheet.number(6, unit * volume / 1000.0, "usd")
        rises = plan.scenario.follow_load
        if plan.recommended is not None and results is not None and not rises:
            cost = results.costs[0]
            saved = year - cost.of_documents
            even = (cost.total - cost.of_documents) / saved * volume
            none = saved.at_most(0.0)
            sheet.either(7, word_or_number(none, "none", even), "count")
            used = even / results.years[0].capacity
            sheet.either(8, word_or_number(none, "none", used), "percent")
        sheet.next_row()
