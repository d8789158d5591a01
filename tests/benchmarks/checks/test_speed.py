"""The check of speed prints the rows of the README's table."""

from __future__ import annotations

from pathlib import Path

from benchmarks.checks.speed import readme_rows
from planner.catalog.lookup import load_catalog
from planner.forecast.forecaster import Forecaster
from planner.records.reference import reference_measurements

README = Path(__file__).parents[3] / "README.md"


def test_the_rows_are_those_of_the_readme_in_its_order() -> None:
    table = README.read_text().partition("`make bench` prints these rows")[2].partition("\n## ")[0]
    shown = [line.split(" | ")[0].removeprefix("| ") for line in table.splitlines() if "|" in line]
    catalog = load_catalog()
    names = [
        row.name for row in readme_rows(Forecaster(reference_measurements(), catalog), catalog)
    ]
    assert shown[2:] == names  # after the head and its rule
