"""The plan as a workbook to download."""

from __future__ import annotations

import datetime

from planner.fleet.plan import Plan
from planner.workbook.plan_workbook import plan_workbook


def workbook(asked: Plan) -> bytes:
    """The workbook of a plan, dated today."""
    return plan_workbook(asked, created=datetime.date.today())
