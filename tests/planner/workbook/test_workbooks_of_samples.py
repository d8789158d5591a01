"""The workbook of plans that were made by hand: options, infeasible plans and hostile names."""

from __future__ import annotations

import datetime
from dataclasses import replace

import pytest
from recalculated_workbook import CREATED, RecalculatedWorkbook, opened
from sample_plan import (
    A100,
    EMPTY_PLAN,
    FEASIBLE_PLAN,
    INFEASIBLE_PLAN,
    SCENARIO,
    fleet_item,
    option,
)

from planner.entered.cost_item import CostItem
from planner.fleet.scenario_limits import Meets
from planner.report.shortlist import shortlist
from planner.wording.explanation import configuration
from planner.workbook.plan_workbook import plan_workbook


def test_the_options_are_those_of_the_report_in_their_order() -> None:
    book = opened(FEASIBLE_PLAN)
    shown = shortlist(FEASIBLE_PLAN)
    column = book.column("Options", "Configuration", len(shown))
    assert column == [configuration(option) for option in shown]
    assert book.column("Options", "Verdict", len(shown))[0] == "recommended"
    assert book.row("Options", "★")[1] == "1 x A100 80GB"
    assert book.row("Options", "★")[16] == datetime.datetime(2026, 7, 20)


def test_a_plan_without_a_feasible_option_shows_the_nearest_and_what_would_help() -> None:
    book = opened(INFEASIBLE_PLAN)
    text = everything(book)
    assert "No configuration meets every limit." in text
    assert "Closest configuration" in text
    assert book.column("Years", "Enough?", 1) == ["yes"]  # the A100 that is too dear
    assert "What would make it feasible" in text
    assert "recommended" not in book.column("Options", "Verdict", 5)


def test_a_fleet_that_answers_too_late_is_not_enough_whatever_the_volume() -> None:
    late = option(
        fleet_item("H100 SXM", 1, 5.98, 32), (48e6, 39e6, 58e6), 0.99, 0.4, 99.0, "reference",
        ("latency",),
    )  # fmt: skip
    book = opened(replace(INFEASIBLE_PLAN, options=(late,)))
    assert book.column("Years", "Enough?", 1) == ["no: misses answer time"]
    book.enter("Documents", 1e6)
    assert book.column("Years", "Enough?", 1) == ["no: misses answer time"]


def test_a_limit_that_no_volume_changes_stays_missed() -> None:
    alone = replace(A100, meets=Meets(volume=True, latency=None, budget=None, spread=False))
    free = SCENARIO.model_copy(update={"latency_p95_s": None, "budget_usd_per_year": None})
    book = opened(replace(INFEASIBLE_PLAN, scenario=free, options=(alone,)))
    said = book.column("Years", "Enough?", 1)
    assert said[0].startswith("no: misses ")
    assert book.row("Decision", "Is the fleet enough?")[2] == said[0]


def test_a_plan_in_which_nothing_runs_says_why() -> None:
    text = everything(opened(EMPTY_PLAN))
    assert "None of the GPUs considered can run this model." in text
    assert "AWQ needs compute capability 7.5 in vLLM 0.11.0; this card has 7.0." in text


def everything(book: RecalculatedWorkbook) -> str:
    return "\n".join(
        str(cell.value)
        for sheet in book.book.worksheets
        for row in sheet.rows
        for cell in row
        if cell.value is not None
    )


HOSTILE = ('=HYPERLINK("http://example.org","x")', "+1+1", "-2", "@cmd", "<b>&</b>", "a\x00b")


@pytest.mark.slow
@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_are_shown_and_never_run(text: str) -> None:
    items = (CostItem(name=text, amount=240, source=text),)
    plan = replace(
        FEASIBLE_PLAN,
        scenario=SCENARIO.model_copy(update={"name": text, "other_costs": items}),
    )
    assert plan.recommended is not None
    [item] = plan.recommended.fleet
    offer = replace(item.price_offer, provider=text, instance=text * 8000, source=text)
    best = replace(plan.recommended, fleet=(replace(item, price_offer=offer),))
    book = opened(replace(plan, recommended=best, options=(best,)))
    for cell in book.formulas():
        assert text not in book.book[cell[0]][cell[1]].value
    shown = text.replace("\x00", "\ufffd")
    assert book.book["Decision"]["A1"].value == shown
    assert book.book["Decision"]["A1"].data_type == "s"
    assert book.row("Cost lines", shown)[1] == 240


def test_the_same_plan_gives_the_same_bytes() -> None:
    one, other = (plan_workbook(FEASIBLE_PLAN, created=CREATED) for _ in range(2))
    assert one == other
