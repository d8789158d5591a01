"""Many sessions of the app at once, each with entries of its own."""

from __future__ import annotations

import asyncio

import pytest

from benchmarks.checks.page_load import load_of, running_app

MOST_BYTES = 1_200_000_000
"""200 sessions took 650 MB, one took 390 MB: a session keeps its plan and what its page shows."""


@pytest.mark.soak
def test_200_sessions_get_the_answers_to_their_own_entries() -> None:
    with running_app() as (address, server):
        load = asyncio.run(load_of(200, address, server, rounds=2))
    assert load.errors == ()
    assert len(load.seconds) == 2 * 200
    assert load.resident_bytes < MOST_BYTES
