"""The server does what the first visitor would wait for."""

from __future__ import annotations

from typing import NoReturn

import pytest

from app import server
from app.scenario_from_fields import ARTICLE_CASE
from app.services import plans
from app.warm_up import warm_up
from planner.errors import PlannerError


def test_the_first_answer_is_there_before_a_visit(monkeypatch: pytest.MonkeyPatch) -> None:
    compressed: list[bool] = []
    monkeypatch.setattr(server, "compress_all", lambda: compressed.append(True))
    warm_up()
    made = plans._plan.cache_info().misses
    plans.answer(ARTICLE_CASE)
    assert plans._plan.cache_info().misses == made
    assert compressed == [True]


def test_a_store_that_cannot_be_read_is_left_to_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_scenario: object) -> NoReturn:
        raise PlannerError("no store")

    compressed: list[bool] = []
    monkeypatch.setattr(server, "compress_all", lambda: compressed.append(True))
    monkeypatch.setattr(plans, "answer", refused)
    warm_up()
    assert compressed == [True]
