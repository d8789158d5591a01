"""The popovers of the Plan page, which axe sees only while they are open."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import settle
from tests.browser.viewports import NARROW

pytestmark = pytest.mark.browser

OpenPage = Callable[..., Page]


def test_axe_finds_no_violation_in_an_open_popover(open_page: OpenPage, outside: list[str]) -> None:
    page = open_page("?gpus=L4", viewport=NARROW, color_scheme="dark")
    page.get_by_test_id("stExpandSidebarButton").click()
    settle(page)
    for button in ("Save, reset", "Add a model"):
        page.get_by_role("button", name=button).click()
        expect(page.get_by_test_id("stPopoverBody")).to_be_visible()
        settle(page)
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        page.keyboard.press("Escape")
        expect(page.get_by_test_id("stPopoverBody")).to_have_count(0)
    assert outside == []


def test_tab_leads_into_an_open_popover_and_out_of_it(open_page: OpenPage) -> None:
    page = open_page("?gpus=L4")
    opener = page.get_by_role("button", name="Save, reset")
    name = page.get_by_test_id("stPopoverBody").get_by_label("Name", exact=True)
    opener.focus()
    page.keyboard.press("Enter")
    expect(name).to_be_visible()
    page.keyboard.press("Tab")
    expect(name).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(opener).to_be_focused()
    page.keyboard.press("Tab")
    for _ in range(20):
        page.keyboard.press("Tab")
        if opener.evaluate("button => button === document.activeElement"):
            break
    expect(opener).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("stPopoverBody")).to_have_count(0)
