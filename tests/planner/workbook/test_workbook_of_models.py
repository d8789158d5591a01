"""Plans of several models as a workbook and as a report."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from typing import Any

import openpyxl
import pytest

from planner.catalog.lookup import Catalog
from planner.fleet.plan import Plan
from planner.forecast.forecaster import Forecaster
from planner.mixing.whole_plan import whole_plan
from planner.report.pdf_content import content
from planner.report.pdf_evidence import evidence_for
from planner.workbook.inputs_sheet import NOTE, NOTE_WITHOUT_FORMULAS
from planner.workbook.plan_workbook import plan_workbook
from tests.planner.mixing.test_plan_of_models import (
    LARGE,
    OFFICE_HOURS,
    ON_LARGE,
    OVERNIGHT,
    SMALL,
    both,
)


@pytest.fixture(scope="module")
def at_once(forecaster: Forecaster, catalog: Catalog) -> Plan:
    return whole_plan(both(), forecaster, catalog)


def opened(plan: Plan) -> Any:
    return openpyxl.load_workbook(BytesIO(plan_workbook(plan, created=date(2026, 11, 28))))


def test_models_with_one_load_have_formulas(at_once: Plan) -> None:
    book = opened(at_once)
    assert book.sheetnames == [
        "Decision",
        "Assumptions",
        "Cost lines",
        "Years",
        "Options",
        "Hosted",
    ]
    assert book["Decision"]["A3"].value == NOTE


@pytest.mark.slow
def test_models_with_different_loads_have_the_figures_of_the_plan(
    forecaster: Forecaster, catalog: Catalog
) -> None:
    asked = both(classes=(OVERNIGHT, ON_LARGE), **OFFICE_HOURS)
    plan = whole_plan(asked, forecaster, catalog)
    assert plan.recommended is not None
    book = opened(plan)
    assert book.sheetnames == ["Decision", "Assumptions", "Options", "Hosted"]
    decision = list(book["Decision"].iter_rows(values_only=True))
    assert decision[2][0] == NOTE_WITHOUT_FORMULAS
    [cost] = [row[1] for row in decision if row[0] == "Cost a year, USD"]
    assert cost == pytest.approx(plan.recommended.cost_usd_per_year)


def test_the_report_names_both_models_and_deploys_each(
    at_once: Plan, forecaster: Forecaster, catalog: Catalog
) -> None:
    evidence = evidence_for(at_once, catalog, forecaster.measurements)
    found = content(at_once, evidence, date(2026, 11, 28))
    assert found["model"] == f"{SMALL}, {LARGE}"
    assert [one["title"] for one in found["deploy"]] == [
        f"1 replica on 1 x JarvisLabs 1x_L4_28V_124G: {SMALL} for invoices",
        f"2 replicas on 2 x Massed Compute 1x A100 SXM: {LARGE} for claims",
    ]
    assert f"planner calibrate --model {LARGE}" in found["deploy"][1]["commands"][1][0]
    subjects = [fact["subject"] for fact in found["facts"]]
    assert subjects[:2] == ["Mistral-7B-Instruct-v0.2", "Qwen2.5-32B-Instruct"]
