"""Plans and their risk as the app keeps them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from app.html_pieces import priced
from app.scenario_from_fields import ARTICLE_CASE
from app.services import plans
from planner.catalog import price_age
from planner.workload.document_class import DocumentClass, Targets

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


@pytest.mark.slow
def test_a_plan_whose_model_is_gone_is_not_answered_again() -> None:
    plan = plans.answer(ON_L4)
    gone = replace(plan, scenario=ON_L4.model_copy(update={"model": "our-org/removed"}))
    assert plans.answer_again(plan) == plan
    assert plans.answer_again(gone) is None
    assert plans.answer_again(None) is None


@pytest.mark.slow
def test_the_machines_of_each_model_are_paid_for_the_hours_of_its_documents() -> None:
    overnight = DocumentClass(
        name="invoices",
        documents_per_year=12e6,
        input_tokens=2000,
        output_tokens=100,
        targets=Targets(done_within_h=12),
    )
    at_once = DocumentClass(
        name="claims",
        documents_per_year=4e6,
        input_tokens=6000,
        output_tokens=150,
        model="Qwen/Qwen2.5-32B-Instruct",
        targets=Targets(e2e_p95_s=60),
    )
    asked = ON_L4.model_copy(
        update={
            "gpus": ("L4", "A100 80GB"),
            "classes": (overnight, at_once),
            "documents_per_year": 16e6,
            "hours_per_week": 50.0,
            "processing_hours_per_week": 168.0,
            "pay_only_for_hours": True,
            "budget_usd_per_year": None,
        }
    )
    plan = plans.answer(asked)
    assert plan.recommended is not None
    small, large = (priced(one, plans.scenario_of(one, plan)) for one in plan.recommended.fleet)
    # Invoices are processed at night too: 8,760 x $0.44 is the $3,854 of the cost line.
    assert plan.recommended.cost_lines[0].usd_per_year == pytest.approx(3_854.4)
    assert "1 machine at $0.44 an hour for 8,760 hours a year" in small
    # 8,760 x 50 / 168
    assert "for 2,607.14 hours a year" in large
    gone = replace(plan, scenario=asked.model_copy(update={"model": "our-org/removed"}))
    assert plans.scenario_of(plan.recommended.fleet[0], gone) == gone.scenario
