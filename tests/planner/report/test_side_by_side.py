"""Several plans side by side, each against the first."""

from __future__ import annotations

from dataclasses import replace

from sample_plan import A100, FEASIBLE_PLAN, INFEASIBLE_PLAN, SCENARIO

from planner.entered.owned_hardware import OwnedHardware
from planner.fleet.scenario import FleetPart, Scenario
from planner.report.plan_comparison import Compared, change_text
from planner.report.side_by_side import (
    answers_side_by_side,
    differing,
    questions_side_by_side,
)
from planner.workload.document_class import DocumentClass


def test_three_answers_stand_side_by_side_with_what_differs_from_the_first() -> None:
    rows = {
        r.name: r for r in answers_side_by_side([FEASIBLE_PLAN, INFEASIBLE_PLAN, FEASIBLE_PLAN])
    }
    assert rows["Recommended"].texts == ("yes", "no", "yes")
    assert rows["Recommended"].differ == (False, True, False)
    assert rows["Cost a year"].texts == ("$29,756", "$29,756", "$29,756")
    assert not any(rows["Cost a year"].differ)
    assert rows["Budget: limit kept"].texts == ("yes", "no", "yes")


def test_of_the_questions_only_those_that_differ_are_listed_on_request() -> None:
    more = SCENARIO.model_copy(update={"documents_per_year": 50_000_000.0})
    fast = SCENARIO.model_copy(update={"latency_p95_s": 10.0})
    rows = differing(questions_side_by_side([SCENARIO, more, fast]))
    assert [row.name for row in rows] == ["documents_per_year", "targets.e2e_p95_s"]
    assert rows[0].texts == ("20,000,000", "50,000,000", "20,000,000")
    assert rows[0].changes == ("", "x 2.5", "")


def test_a_field_that_only_one_has_is_missing_in_the_others() -> None:
    one = DocumentClass(name="a", documents_per_year=1, input_tokens=8_000, output_tokens=150)
    classes = (one, one.model_copy(update={"name": "b"}))
    several = Scenario(documents_per_year=2.0, classes=classes)
    rows = {row.name: row for row in questions_side_by_side([Scenario(), Scenario(), several])}
    assert rows["classes.b.documents_per_year"].texts == ("–", "–", "1")
    assert rows["classes.documents.documents_per_year"].texts == ("20,000,000", "20,000,000", "–")


def test_a_fleet_that_is_judged_is_itself_and_not_the_closest() -> None:
    judged = INFEASIBLE_PLAN.scenario.model_copy(
        update={"fleet": (FleetPart(gpu="A100 80GB", gpu_count=1, replicas=1),)}
    )
    own = replace(INFEASIBLE_PLAN, scenario=judged)
    rows = {row.name: row for row in answers_side_by_side([INFEASIBLE_PLAN, own])}
    closest, fleet = rows["Configuration"].texts
    assert closest == f"closest: {fleet}"


def test_the_bottleneck_is_called_as_on_the_plan_page_and_hosted_apis_are_compared() -> None:
    prompts = replace(FEASIBLE_PLAN, recommended=replace(A100, binding_limit="prefill"))
    rows = {row.name: row for row in answers_side_by_side([prompts, prompts])}
    assert rows["Bottleneck"].texts[0] == "prompt processing"
    assert rows["Hosted API"].texts == ("–", "–")  # the sample has none
    assert rows["Hosted API, cost a year"].texts == ("–", "–")


def test_a_stated_number_is_not_rounded() -> None:
    owned = Scenario(owned=(OwnedHardware(gpu="L4", count=2),))
    rows = {row.name: row for row in questions_side_by_side([owned, Scenario()])}
    assert rows["owned.1.usd_per_kwh"].texts == ("0.146", "–")
    assert rows["owned.1.pue"].texts == ("1.54", "–")


def test_what_reads_the_same_has_no_change() -> None:
    assert change_text(Compared("Sure", 0.8856, 0.8935, "89 %", "89 %", is_share=True)) == ""
    assert change_text(Compared("Sure", 0.884, 0.891, "88 %", "89 %", is_share=True)) == "+1 point"
