"""The Model page in a real browser: reached from the plan, read in both themes, nothing leaves."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import enter, settle
from tests.browser.viewports import NARROW, WIDE

pytestmark = pytest.mark.browser

OpenPage = Callable[..., Page]


def go(page: Page, name: str, title: str) -> None:
    page.get_by_role("link", name=name, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    settle(page)


def test_a_planner_looks_up_how_far_to_trust_and_finds_the_entries_again(
    open_page: OpenPage, outside: list[str]
) -> None:
    page = open_page()
    enter(page, "Documents", "7 million")
    go(page, "Model", "How far to trust the forecasts")
    page.get_by_text("One GPU", exact=True).click()
    settle(page)
    expect(page.get_by_text("load points, A100 40GB")).to_be_visible()
    go(page, "Plan", "GPU capacity planner")
    expect(page.get_by_label("Documents", exact=True)).to_have_value("7,000,000")
    assert outside == []


@pytest.mark.parametrize(("viewport", "theme"), [(WIDE, "dark"), (NARROW, "light")])
def test_axe_finds_no_violation_and_nothing_is_too_wide(
    open_page: OpenPage, outside: list[str], viewport: dict[str, int], theme: str
) -> None:
    page = open_page("model", viewport=viewport, color_scheme=theme)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    width = page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
    assert width <= viewport["width"]
    assert outside == []
