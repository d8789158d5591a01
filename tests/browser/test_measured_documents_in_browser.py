"""A sample PDF is measured in the browser, and the plan takes its lengths."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from sample_documents import pdf_saying

from tests.browser.conftest import OpenPage, settle
from tests.browser.viewports import NARROW

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_sample_is_measured_by_keyboard_and_its_lengths_are_planned(
    open_page: OpenPage, outside: list[str], tmp_path: Path
) -> None:
    pdf, rows = tmp_path / "<b>claim.pdf", tmp_path / "claims.jsonl"
    pdf.write_bytes(pdf_saying("confidential " * 40))
    rows.write_text("\n".join(json.dumps("confidential " * n) for n in range(500, 540)))
    (tmp_path / "scan.pdf").write_bytes(pdf_saying(""))
    page = open_page()
    page.get_by_role("button", name="Measure my documents").press("Enter")
    dialog = page.get_by_role("dialog")
    dialog.locator("input[type=file]").first.set_input_files([pdf, rows, tmp_path / "scan.pdf"])
    settle(page)
    dialog.get_by_role("button", name="Count tokens").press("Enter")
    expect(dialog.get_by_role("alert")).to_have_text(
        "scan.pdf has no text on any page (of 1), so it is probably scanned; run OCR on it first, "
        "or plan for a vision model, which counts tokens by image."
    )
    expect(dialog.get_by_role("row", name="Documents counted 41")).to_be_visible()
    assert "confidential" not in page.content()
    page.set_viewport_size(NARROW)
    dialog.get_by_text("The chart as a table").press("Enter")
    settle(page)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    dialog.get_by_role("button", name="Use these lengths").press("Enter")
    expect(dialog).to_have_count(0)
    settle(page)
    expect(page.get_by_label("Tokens in", exact=True)).not_to_have_value("8,000")
    assert outside == []
