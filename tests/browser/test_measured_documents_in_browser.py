"""A sample PDF is measured in the browser, and the plan takes its lengths."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from sample_documents import WORDS_TOKENIZER, pdf_saying

from tests.browser.conftest import OpenPage
from tests.browser.viewports import NARROW

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_sample_is_measured_by_keyboard_and_its_lengths_are_planned(
    open_page: OpenPage, outside: list[str], tmp_path: Path
) -> None:
    pdf, rows, scan = (tmp_path / name for name in ("<b>claim.pdf", "claims.jsonl", "scan.pdf"))
    pdf.write_bytes(pdf_saying("confidential " * 40))
    rows.write_text("\n".join(json.dumps("confidential " * n) for n in range(500, 540)))
    scan.write_bytes(pdf_saying(""))
    tokenizer = tmp_path / "tokenizer.json"
    tokenizer.write_bytes(WORDS_TOKENIZER)
    page = open_page()
    page.get_by_role("button", name="Measure my documents").press("Enter")
    dialog = page.get_by_role("dialog")
    dialog.locator("input[type=file]").first.set_input_files([pdf, rows, scan])
    dialog.locator("input[type=file]").nth(1).set_input_files(tokenizer)
    for file in (pdf, rows, scan, tokenizer):  # on its way the button is "Cancel upload of"
        expect(dialog.get_by_role("button", name=f"Remove {file.name}")).to_be_visible()
    dialog.get_by_role("button", name="Count tokens").press("Enter")
    expect(dialog.get_by_role("alert")).to_have_text(
        "scan.pdf has no text on any page (of 1), so it is probably scanned; run OCR on it first, "
        "or plan for a vision model, which counts tokens by image."
    )
    expect(dialog.get_by_role("row", name="Documents counted 41")).to_be_visible()
    assert "confidential" not in page.content()
    page.set_viewport_size(NARROW)
    dialog.locator("summary", has_text="The chart as a table").press("Enter")
    expect(dialog.get_by_role("region", name="Documents by tokens")).to_be_visible()
    page.wait_for_function("document.getAnimations().every(one => one.playState != 'running')")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    dialog.get_by_role("button", name="Use these lengths").press("Enter")
    expect(dialog).to_have_count(0)
    # 40 words and 500 to 539: 20,820 in 41 documents
    expect(page.get_by_label("Tokens in", exact=True)).to_have_value("508")
    expect(page.locator(".echo")).to_contain_text(" · 508 tokens in, 150 out · ")
    assert outside == []
