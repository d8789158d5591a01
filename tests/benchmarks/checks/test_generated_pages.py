"""The pages that the program writes say what it says now."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from command_line import fill_store, run
from paths import REPOSITORY

from benchmarks.checks.generated_pages import (
    FIELDS_PAGE,
    PAGES,
    example_page,
    examples,
    fields_page,
    page_of,
)

HOW = "run python -m benchmarks.checks.generated_pages"


def without_ages(text: str) -> str:
    """The text without the ages of prices, which grow."""
    return re.sub(r"\d+ days old", "N days old", text)


def test_the_page_of_the_fields_is_that_of_the_schema() -> None:
    assert (PAGES / FIELDS_PAGE).read_text(encoding="utf-8") == fields_page(), HOW


@pytest.mark.slow
@pytest.mark.parametrize("example", examples(), ids=lambda path: path.stem)
def test_an_example_is_planned_as_its_page_says(
    example: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill_store()
    monkeypatch.chdir(REPOSITORY)
    result = run("plan", str(example.relative_to(REPOSITORY)))
    assert result.exit_code == 0, result.stderr
    page = page_of(example).read_text(encoding="utf-8")
    assert without_ages(page) == without_ages(example_page(example, result.stdout)), HOW


def test_every_page_is_of_an_example() -> None:
    assert sorted((PAGES / "examples").glob("*.md")) == [page_of(one) for one in examples()]
