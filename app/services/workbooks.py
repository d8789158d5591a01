"""The plan as a workbook to download."""

from __future__ import annotations

import datetime

from app.services.opened_store import catalog, forecaster
from planner.fleet.plan import Plan
from planner.report.entries import Entries
from planner.report.pdf_assumptions_and_spares import assumptions
from planner.workbook.carried_volumes import carried_volumes
from planner.workbook.plan_workbook import plan_workbook


def workbook(asked: Plan, entries: Entries | None = None) -> bytes:
    """The workbook of a plan, dated today, with how its scenario was entered if given."""
    carried = carried_volumes(asked, forecaster(), catalog())
    assumed = assumptions(asked.scenario, entries)
    return plan_workbook(asked, created=datetime.date.today(), carried=carried, assumed=assumed)
