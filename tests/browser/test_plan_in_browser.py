"""The main job in a real browser: a volume and a budget in, a recommendation and its PDF out."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from tests.browser.conftest import enter, settle
from tests.browser.viewports import NARROW, WIDE

pytestmark = pytest.mark.browser

OpenPage = Callable[..., Page]


def consider(page: Page, *gpus: str) -> None:
    field = page.get_by_role("combobox", name="GPUs to consider")
    for gpu in gpus:
        field.fill(gpu)
        page.get_by_role("option", name=gpu, exact=True).click()
        settle(page)
    field.press("Escape")


def key_figures(page: Page) -> dict[str, str]:
    found: dict[str, str] = page.eval_on_selector_all(
        "dl.figures > div",
        """divs => Object.fromEntries(divs.map(d => [
            d.querySelector("dt").innerText, d.querySelector("dd").firstChild.textContent]))""",
    )
    return found


def test_a_planner_gets_a_recommendation_and_a_pdf_that_says_the_same(
    open_page: OpenPage, outside: list[str]
) -> None:
    page = open_page()
    enter(page, "Documents", "20,000,000")
    enter(page, "Tokens in", "8000")
    enter(page, "Tokens out", "150")
    enter(page, "Budget a year ($)", "30000")
    expect(page.get_by_role("combobox", name="Quantization")).to_have_value("AWQ")
    consider(page, "A100 80GB", "T4", "RTX 3090", "V100 16GB")

    headline = page.locator("h2.headline").inner_text()
    figures = key_figures(page)
    assert "A100 80GB" in headline
    assert figures["Cost a year"] in headline
    assert figures["Capacity a year"].endswith("million")
    assert 20 <= float(figures["Capacity a year"].split()[0]) <= 40
    unusable = page.get_by_role("table", name="GPUs without a configuration")
    assert "V100 16GB" in unusable.inner_text()
    assert page.locator("[data-testid=stCode]").inner_text().startswith("vllm serve ")

    with page.expect_download() as download:
        page.get_by_role("button", name="Download sizing PDF").click()
    path = download.value.path()
    text = " ".join(page.extract_text() for page in PdfReader(BytesIO(path.read_bytes())).pages)
    assert "A100 80GB" in text
    for figure in ("Cost a year", "Capacity a year", "Per 1,000 documents", "Utilization"):
        assert figures[figure] in text, figure
    with page.expect_download() as download:
        page.get_by_role("button", name="Download deployment files").click()
    with ZipFile(download.value.path()) as archive:
        assert archive.namelist() == ["compose.yaml", "kubernetes.yaml", "skypilot.yaml"]
    assert outside == []


def test_a_cell_of_the_table_of_kinds_is_edited(open_page: OpenPage) -> None:
    page = open_page("?size=several+kinds")
    expect(page.locator("p.echo")).to_contain_text("20,000,000 documents a year · 2 kinds")
    cells = page.locator("[data-testid=stDataFrame] canvas").first.bounding_box()
    assert cells is not None
    page.mouse.dblclick(cells["x"] + 200, cells["y"] + 52)  # the documents of the first row
    cell = page.locator("textarea.gdg-input")
    cell.fill("30 million")
    cell.press("Enter")
    expect(page.locator("p.echo")).to_contain_text("42,000,000 documents a year · 2 kinds")


def test_the_entries_outlive_a_reload_a_step_back_and_another_page(open_page: OpenPage) -> None:
    page = open_page("plan?size=several+kinds&kind=Letters;6+million;900;;50&gpus=L4")
    expect(page.get_by_role("dialog")).to_have_count(0)
    echo = page.locator("p.echo")
    expect(echo).to_contain_text("6,000,000 documents a year · 900 tokens in")
    enter(page, "Budget a year ($)", "40000")
    expect(echo).to_contain_text("$40,000 a year")
    page.reload()
    expect(echo).to_contain_text("$40,000 a year")
    expect(echo).to_contain_text("6,000,000 documents a year · 900 tokens in")
    to_plan = page.get_by_role("link", name="Plan", exact=True).click
    for reloads, back in ((False, page.go_back), (True, to_plan)):
        page.get_by_role("link", name="Compare").click()
        page.get_by_role("heading", name="Compare scenarios").wait_for()
        settle(page)
        if reloads:
            page.reload()
            page.get_by_role("heading", name="Compare scenarios").wait_for()
            settle(page)
        back()
        expect(echo).to_contain_text("$40,000 a year")
        expect(echo).to_contain_text("6,000,000 documents a year · 900 tokens in")
        settle(page)


def test_the_table_is_downloaded_as_csv(open_page: OpenPage) -> None:
    page = open_page()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download table (CSV)").click()
    head, *rows = Path(download.value.path()).read_text("utf-8-sig").splitlines()
    assert head.startswith("configuration,gpu,gpu_count,")
    assert len(rows) > 10


def test_a_wrong_entry_is_told_beside_its_field_and_the_last_answer_stays(
    open_page: OpenPage,
) -> None:
    page = open_page()
    before = page.locator("h2.headline").inner_text()
    enter(page, "Documents", "minus one")
    message, field = page.get_by_role("alert"), page.get_by_label("Documents", exact=True)
    expect(message).to_have_count(1)
    expect(message).to_contain_text("cannot be read as a number")
    below, entry = message.bounding_box(), field.bounding_box()
    assert below is not None
    assert entry is not None
    assert 0 < below["y"] - entry["y"] < 80
    assert page.locator("h2.headline").inner_text() == before
    enter(page, "Documents", "25 million")
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(field).to_have_value("25,000,000")


def test_the_address_carries_the_entries(open_page: OpenPage) -> None:
    page = open_page()
    enter(page, "Documents", "60 million")
    enter(page, "Answer time, p95 (s)", "30")
    consider(page, "A100 80GB")
    shown = page.locator("p.echo").inner_text()
    page.reload()
    page.wait_for_selector("h2.headline")
    settle(page)
    assert page.locator("p.echo").inner_text() == shown
    assert "60,000,000" in shown


WRONG = "?documents=x&gpus=T4&gpus=A100+80GB&size=pages"
INFEASIBLE = "?gpus=A100+80GB&budget=10"


@pytest.mark.parametrize(
    ("query", "viewport", "theme"),
    [
        ("?size=several+kinds", WIDE, "light"),
        ("", WIDE, "dark"),
        ("", NARROW, "light"),
        ("", NARROW, "dark"),
        (WRONG, WIDE, "dark"),
        (INFEASIBLE, NARROW, "light"),
    ],
)
def test_axe_finds_no_violation(
    open_page: OpenPage, outside: list[str], query: str, viewport: dict[str, Any], theme: str
) -> None:
    page = open_page(query, viewport=viewport, color_scheme=theme)
    if viewport == WIDE:
        page.get_by_text("More assumptions").click()
        settle(page)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert outside == []


def test_nothing_is_wider_than_a_narrow_window(open_page: OpenPage) -> None:
    page = open_page(viewport=NARROW)
    width = page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
    assert width == NARROW["width"]


def test_on_a_wide_screen_the_answer_and_its_pdf_are_seen_without_scrolling(
    open_page: OpenPage,
) -> None:
    page = open_page()
    expect(page.locator("h2.headline")).to_be_in_viewport(ratio=1)
    expect(page.get_by_role("button", name="Download sizing PDF")).to_be_in_viewport(ratio=1)


def test_on_a_wide_screen_the_gpus_are_chosen_without_scrolling(open_page: OpenPage) -> None:
    """A list that opens while the panel scrolls to its field is closed by the scrolling."""
    page = open_page()
    expect(page.get_by_role("combobox", name="GPUs to consider")).to_be_in_viewport(ratio=1)
