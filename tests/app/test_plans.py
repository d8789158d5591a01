"""Plans and their risk as the app keeps them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from app.scenario_from_fields import ARTICLE_CASE
from app.services import plans
from planner.catalog import price_age

ON_L4 = ARTICLE_CASE.model_copy(update={"gpus": ("L4",), "quantization": "awq"})


def test_a_price_grows_older_in_a_plan_that_was_made_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ages = []
    for day in (date(2026, 11, 27), date(2026, 11, 28)):
        monkeypatch.setattr(price_age, "today", lambda day=day: day)
        option = plans.answer(ON_L4).nearest
        assert option is not None
        standing = option.fleet[0].standing
        assert standing is not None
        ages.append(standing.age_days)
    assert ages[1] == ages[0] + 1


def test_a_plan_whose_model_is_gone_is_not_answered_again() -> None:
    plan = plans.answer(ON_L4)
    gone = replace(plan, scenario=ON_L4.model_copy(update={"model": "our-org/removed"}))
    assert plans.answer_again(plan) == plan
    assert plans.answer_again(gone) is None
    assert plans.answer_again(None) is None
