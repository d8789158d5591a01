"""The sessions of `benchmarks.checks.page_load` see what a browser shows."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest

from benchmarks.load.page_session import Answered, PageError, page_session

pytestmark = [pytest.mark.browser, pytest.mark.slow]


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

    with ThreadPoolExecutor() as thread:  # Playwright's own event loop runs in this one
        one, other = thread.submit(lambda: asyncio.run(both())).result()
    assert any("21,000,000 documents a year" in text for text in one.texts)
    assert any("22,000,000 documents a year" in text for text in other.texts)
    assert one.received_bytes > 0
