"""The risk of the recommended configuration in plain words, and its figures if asked for."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st

from app.components.csv_download import csv_download
from app.csv_text import csv_text
from app.html_pieces import bullets, paragraph, table
from app.services import plans
from planner.fleet.plan import Plan
from planner.risk.assess_risk import Risk
from planner.wording.risk_sentences import (
    OPTION_COLUMNS,
    SWING_COLUMNS,
    option_rows,
    plain_risk_sentences,
    risk_sentences,
    swing_rows,
)

_SHOWN = "risk"


def risk_asked_for(plan: Plan) -> Risk | None:
    """The plan's risk if its switch is on."""
    on = plan.recommended is not None and st.session_state.get(_SHOWN, False)
    return plans.risk_of(plan) if on else None


def risk_of_plan(plan: Plan) -> None:
    """The words, and a switch with the figures below it; nothing if nothing is recommended."""
    if plan.recommended is None:
        return
    st.header("What if it is wrong?")
    st.html(bullets(plain_risk_sentences(plan.scenario, plan.recommended)))
    st.toggle(
        "Show what may go wrong",
        key=_SHOWN,
        help="Volume and forecast may both be wrong. Enter a low and a high volume under More "
        "assumptions. The PDF then has it, too.",
        bind="query-params",
    )
    found = risk_asked_for(plan)
    if found is None:
        return
    st.html(bullets(risk_sentences(found)))
    _table("If volume and forecast may be wrong", OPTION_COLUMNS, option_rows(found), "risks")
    _table(
        "The inputs, the one that moves the cost most first",
        SWING_COLUMNS,
        swing_rows(found),
        "sensitivity",
    )


def _table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], what: str) -> None:
    st.html(paragraph(title, "lead") + table(title, columns, rows))
    csv_download(what, partial(csv_text, columns, rows), f"{what}.csv")
