"""``planner plan --xlsx``: the workbook has the figures of the JSON."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import MISTRAL, answer, complaint, fill_store
from openpyxl import load_workbook
from recalculated_workbook import RecalculatedWorkbook

ASKED = ("plan", "--model", MISTRAL, "--quantization", "awq", "--gpu", "A100 80GB")


@pytest.fixture(autouse=True)
def _store() -> None:
    fill_store()


@pytest.mark.slow
def test_the_workbook_has_the_cost_of_the_json_and_counts_it_anew(tmp_path: Path) -> None:
    path = tmp_path / "plan.xlsx"
    found = answer(*ASKED, "--name", "=1+1", "--cost-items", "people", "--xlsx", str(path))
    cost = found["recommended"]["cost_usd_per_year"]
    book = RecalculatedWorkbook(path.read_bytes())
    assert book.row("Decision", "Cost a year, USD")[1:3] == pytest.approx([cost, cost])
    assert book.row("Decision", "Verdict")[1] == found["recommended"]["verdict"]
    shown = load_workbook(path, data_only=True)
    assert shown["Decision"]["A1"].value == "=1+1"
    book.enter("people: how many", 1)
    assert book.row("Decision", "Cost a year, USD")[2] == pytest.approx(cost + 0.8 * 300_000)
    assert [file.name for file in tmp_path.iterdir()] == ["plan.xlsx"]


@pytest.mark.slow
def test_a_workbook_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    assert "cannot be written" in complaint(*ASKED, "--xlsx", str(tmp_path))
    assert list(tmp_path.iterdir()) == []
