"""A count waits for those of others, but not without end."""

from __future__ import annotations

import threading

import pytest

from app.services import measured_documents
from planner.errors import InputError


def test_who_waits_too_long_for_the_counts_of_others_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(measured_documents, "_few_at_once", threading.Semaphore(0))
    monkeypatch.setattr(measured_documents, "MOST_WAIT_S", 0)
    with pytest.raises(InputError, match=r"documents of others.*again in a few minutes"):
        measured_documents.count_tokens([("a.txt", b"a")], None, "")


def test_a_count_that_is_refused_lets_the_next_one_in(monkeypatch: pytest.MonkeyPatch) -> None:
    counters = threading.Semaphore(1)
    monkeypatch.setattr(measured_documents, "_few_at_once", counters)
    with pytest.raises(InputError, match="No file is selected"):
        measured_documents.count_tokens([], None, "")
    assert counters.acquire(blocking=False)
