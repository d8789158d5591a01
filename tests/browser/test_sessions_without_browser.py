"""The sessions of `benchmarks.checks.page_load` see what a browser shows."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pytest

from app.scenario_from_fields import ARTICLE_CASE, PAGES
from benchmarks.load.page_session import Answered, PageError, page_session

T = TypeVar("T")

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def run(steps: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """What the steps return; Playwright's own event loop runs in this thread."""
    with ThreadPoolExecutor() as thread:
        return thread.submit(lambda: asyncio.run(steps())).result()


def says(answered: Answered, text: str) -> bool:
    return any(text in one for one in answered.texts)


def test_each_session_gets_the_answer_to_its_own_entry(address: str) -> None:
    async def entered(volume: str) -> Answered:
        async with page_session(address) as page:
            first = await page.open()
            assert any("20,000,000 documents a year" in text for text in first.texts)
            with pytest.raises(PageError, match="no field 'nothing'"):
                await page.enter("nothing", "1")
            return await page.enter("documents", volume)

    async def both() -> list[Answered]:
        return await asyncio.gather(entered("21 million"), entered("22 million"))

    one, other = run(both)
    assert any("21,000,000 documents a year" in text for text in one.texts)
    assert any("22,000,000 documents a year" in text for text in other.texts)
    assert one.received_bytes > 0


def test_the_answer_that_is_run_alone_is_that_of_the_whole_page(address: str) -> None:
    async def both() -> tuple[Answered, Answered]:
        async with page_session(address) as page:
            whole = await page.open()
            await page.enter("documents", "31 million")
            alone = await page.enter("answer_within", "40")
            assert alone.received_bytes < whole.received_bytes
        async with page_session(f"{address}?documents=31,000,000&answer_within=40") as page:
            return alone, await page.open()

    alone, whole = run(both)
    said = [text for text in alone.texts if "<script>" not in text]
    assert any("95 % of answers within 40 s" in text for text in said)
    assert said == [text for text in whole.texts if "<script>" not in text][-len(said) :]


def test_an_entry_that_is_taken_back_shows_the_answer_before(address: str) -> None:
    async def steps() -> list[Answered]:
        async with page_session(f"{address}?documents=32,000,000") as page:
            await page.open()
            return [await page.enter("documents", text) for text in ("33,000,000", "32,000,000")]

    other, again = run(steps)
    assert says(other, "33,000,000 documents a year")
    assert says(again, "32,000,000 documents a year")


def test_what_comes_together_with_a_number_runs_the_whole_page(address: str) -> None:
    async def steps() -> tuple[Answered, Answered]:
        async with page_session(address) as page:
            await page.open()
            pages = await page.enter("documents", "34 million", size=PAGES)
            return pages, await page.enter("pages", "12")

    both, more = run(steps)
    assert says(both, "34,000,000 documents a year")
    assert says(more, "10,800 tokens")


def test_a_saved_scenario_that_is_the_example_again_is_the_example(address: str) -> None:
    async def steps() -> list[str]:
        async with page_session(address) as page:
            await page.open()
            await page.enter("documents", "35 million")
            await page.enter("scenario_name", "Claims again")
            await page.press("Save under this name")
            saved = page.selected("scenario")
            await page.enter("documents", "20 million")
            return [saved, page.selected("scenario")]

    assert run(steps) == ["Claims again", ARTICLE_CASE.name]


def test_what_is_wrong_is_told_at_its_field_and_taken_back(address: str) -> None:
    async def steps() -> list[Answered]:
        async with page_session(address) as page:
            await page.open()
            entries = [("documents", "23 million"), ("documents", "none"), ("documents", "24e6")]
            return [await page.enter(*entry) for entry in entries]

    _, wrong, right = run(steps)
    assert says(wrong, "cannot be read as a number")
    assert says(wrong, "23,000,000 documents a year")
    assert says(wrong, "This result is for the last valid inputs")
    assert says(right, "24,000,000 documents a year")
    assert not says(right, 'role="alert"')
    assert not says(right, "This result is for the last valid inputs")
