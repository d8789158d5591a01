"""Who set what on the Plan page: the user, the example, or the planner."""

from __future__ import annotations

from typing import Any

from app.field_entries import KEYS, entries_of
from app.scenario_from_fields import DEFAULTS, read_fields
from planner.report.entries import Entry
from planner.report.pdf_assumptions_and_spares import assumptions


def entered_with(**changes: Any) -> dict[str, Entry]:
    entered = DEFAULTS | changes
    scenario = read_fields(entered).scenario
    assert scenario is not None
    return entries_of(entered, scenario)


def test_nothing_that_was_not_touched_is_the_users() -> None:
    found = entered_with()
    assert {entry.set_by for entry in found.values()} == {"default", "preset"}
    assert {name for name, entry in found.items() if entry.set_by == "preset"} == {
        "quantization",
        "budget_usd_per_year",
    }
    scenario = read_fields(DEFAULTS).scenario
    assert scenario is not None
    assert "you" not in {row.set_by for row in assumptions(scenario, found)}


def test_a_field_that_was_touched_is_the_users_and_no_other() -> None:
    found = entered_with(spare="1")
    assert [name for name, entry in found.items() if entry.set_by == "you"] == ["spare_replicas"]


def test_pages_and_months_are_told_as_they_were_typed() -> None:
    found = entered_with(size="pages", pages="12", documents="1,000", per="month")
    assert found["documents_per_year"] == Entry("you", "1,000 a month")
    assert found["input_tokens"] == Entry(
        "you", "12 pages of 900 tokens, 900 a page being an assumption"
    )
    own = entered_with(size="pages", pages="12", tokens_per_page="700")
    assert own["input_tokens"] == Entry("you", "12 pages of 700 tokens")


def test_pages_of_a_kind_are_told_as_they_were_typed() -> None:
    rows = (
        ("Claims", "8 million", "9 pages", "", "150", "", "", "", "", "", ""),
        ("Letters", "1 million", "700", "2 pages", "150", "", "", "", "", "", ""),
        ("Bills", "8 million", "800", "", "150", "", "", "", "", "", ""),
    )
    assert entered_with(size="several kinds", class_rows=rows)["input_tokens"] == Entry(
        "you", "Claims: 9 pages, Letters: 2 pages, 900 tokens a page being an assumption"
    )


def test_the_kinds_that_the_table_opens_with_are_the_examples() -> None:
    found = entered_with(size="several kinds")
    assert found["documents_per_year"].set_by == found["input_tokens"].set_by == "preset"
    rows = (("Claims", "8 million", "8,000", "", "150", "", "", "", "", "", ""),) * 1
    assert entered_with(size="several kinds", class_rows=rows)["input_tokens"].set_by == "you"


def test_every_key_is_a_field_of_the_page() -> None:
    assert set(KEYS.values()) <= set(DEFAULTS)
