"""The Catalogue and the Calibrate page in a real browser, with hostile text and no mouse."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import settle
from tests.browser.viewports import NARROW

pytestmark = pytest.mark.browser

OpenPage = Callable[..., Page]


def go(page: Page, name: str, title: str) -> None:
    page.get_by_role("link", name=name, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    settle(page)


def assert_sound(page: Page) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    width = page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
    assert page.viewport_size is not None
    assert width <= page.viewport_size["width"]


def test_a_price_of_ones_own_is_entered_by_keyboard_and_both_pages_are_sound(
    open_page: OpenPage, outside: list[str]
) -> None:
    page = open_page(color_scheme="dark")
    go(page, "Calibrate", "Calibrate on your own GPU")
    assert_sound(page)
    go(page, "Catalogue", "GPUs, models and prices")
    page.get_by_role("tab", name="Prices").press("Enter")
    for label, text in (
        ("Provider", "<img src=x onerror=alert(1)>"),
        ("GPUs of the machine", "1"),
        ("Price", "0.25"),
        ("Date of the price", "2026-11-20"),
        ("Source", "<script>alert(2)</script>"),
    ):
        field = page.get_by_role("tabpanel", name="Prices").get_by_label(label, exact=True)
        field.fill(text)
        field.press("Tab")
    settle(page)
    page.get_by_role("button", name="Save price").press("Enter")
    settle(page)
    expect(page.get_by_text("Saved: img-src-x-onerror-alert-1")).to_be_visible()
    expect(page.get_by_text("<script>alert(2)</script>").first).to_be_visible()
    page.set_viewport_size(NARROW)
    settle(page)
    assert_sound(page)
    page.get_by_role("button", name="Remove it").press("Enter")
    settle(page)
    expect(page.get_by_text("Removed: img-src-x")).to_be_visible()
    assert outside == []
