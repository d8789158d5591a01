"""The plan as a workbook to download."""

from __future__ import annotations

import datetime

from app.services.opened_store import catalog, forecaster
from planner.fleet.plan import Plan
from planner.workbook.carried_volumes import carried_volumes
from planner.workbook.plan_workbook import plan_workbook


def workbook(asked: Plan) -> bytes:
    """The workbook of a plan, dated today."""
    carried = carried_volumes(asked, forecaster(), catalog())
    return plan_workbook(asked, created=datetime.date.today(), carried=carried)
