"""The Measurements page in a real browser: an analysis is chosen and its rows are downloaded."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from planner.records.measurement_csv import parse_measurement_csv
from tests.browser.conftest import settle
from tests.browser.viewports import NARROW

pytestmark = pytest.mark.browser

OpenPage = Callable[..., Page]


def test_a_reader_sees_an_analysis_and_takes_its_rows_along(
    open_page: OpenPage, address: str, outside: list[str]
) -> None:
    page = open_page(viewport=NARROW, color_scheme="light")
    page.goto(f"{address}measurements?analysis=GPU&measured_gpu=Abacus")
    expect(page.get_by_role("heading", level=1)).to_have_text("Measurements")
    settle(page)
    expect(page.get_by_text("This link asks for “Abacus”")).to_be_visible()
    expect(page.get_by_text("A100 80GB is the fastest with 83 output tokens/s")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download", exact=False).click()
    rows = parse_measurement_csv(download.value.path().read_text("utf-8-sig"), "gpus.csv")
    assert [row.output_tokens_per_s for row in rows[:3]] == [83.0, 72.14, 21.96]
    page.get_by_text("The rows shown").click()
    settle(page)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    width = page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
    assert width <= NARROW["width"]
    assert outside == []
