"""Scenarios in a real browser: saved, replaced, compared, and found again by a link."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import enter, settle
from tests.browser.viewports import NARROW

pytestmark = pytest.mark.browser

OpenPage = Callable[..., Page]


def save_as(page: Page, name: str) -> None:
    page.get_by_role("button", name="Save, reset").click()
    enter(page, "Name", name)
    page.get_by_role("button", name="Save under this name").click()
    settle(page)
    page.keyboard.press("Escape")


def test_a_scenario_is_saved_replaced_on_request_compared_and_opened_by_its_link(
    open_page: OpenPage, outside: list[str]
) -> None:
    page = open_page("?gpus=L4", color_scheme="dark")
    enter(page, "Documents", "3 million")
    save_as(page, "Claims")
    expect(page.get_by_role("combobox", name="Scenario")).to_have_value("Claims")
    enter(page, "Documents", "4 million")
    expect(page.locator("p.note").first).to_have_text("Claims, changed")
    save_as(page, "Claims")
    expect(page.get_by_role("alert")).to_contain_text("“Claims” is saved already: version 1")
    page.get_by_role("button", name="Replace").click()
    settle(page)
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.locator("p.note").first).to_have_text("Claims")

    page.get_by_role("link", name="Compare", exact=True).click()
    answers = page.get_by_role("table", name="Answers")
    expect(answers).to_contain_text("The article's case")
    settle(page)
    expect(page.get_by_role("table", name="Questions")).to_contain_text("4,000,000")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download comparison (CSV)").click()
    rows = Path(download.value.path()).read_text("utf-8-sig").splitlines()
    assert rows[0] == "part,name,Entries of the Plan page,The article's case,differs"
    assert "question,documents_per_year,4000000.0,20000000.0,yes" in rows
    page.set_viewport_size({"width": NARROW["width"], "height": NARROW["height"]})
    width = page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
    assert width <= NARROW["width"]

    fresh = open_page("?scenario=Claims")
    expect(fresh.get_by_label("Documents", exact=True)).to_have_value("4,000,000")
    assert outside == []
