"""The workbook that is downloaded beside the PDF has the figures of the page."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from recalculated_workbook import RecalculatedWorkbook

from planner.wording.formatting import usd
from tests.browser.conftest import OpenPage
from tests.browser.test_plan_in_browser import key_figures
from tests.browser.viewports import NARROW

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_the_workbook_is_downloaded_and_has_the_cost_of_the_page(
    open_page: OpenPage, outside: list[str]
) -> None:
    page = open_page(viewport=NARROW)
    button = page.get_by_role("button", name="Download workbook (XLSX)")
    button.scroll_into_view_if_needed()
    expect(button).to_be_in_viewport(ratio=1)
    button.focus()
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert download.value.suggested_filename == "plan.xlsx"
    book = RecalculatedWorkbook(download.value.path().read_bytes())
    figures = key_figures(page)
    _, planned, now, *_ = book.row("Decision", "Cost a year, USD")
    assert figures["Cost a year"] == usd(planned) == usd(now)
    of_1000 = book.row("Decision", "per 1,000 documents, USD")[2]
    assert figures["Per 1,000 documents"] == usd(of_1000)
    headline = page.locator("h2.headline").inner_text()
    assert book.row("Decision", "Configuration")[1] in headline
    assert outside == []
