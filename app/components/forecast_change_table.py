"""The table of forecasts and plan before and after new measurements, with their intervals."""

from __future__ import annotations

import streamlit as st

from app.html_pieces import paragraph, table
from app.services.forecast_change import ForecastChange
from planner.fleet.scenario import Scenario
from planner.wording.formatting import count, counted, interval

MOST_SHOWN = 8


def forecast_change(change: ForecastChange, scenario: Scenario) -> None:
    """A table of the forecasts that moved, and what is recommended before and after."""
    load = f"{count(scenario.input_tokens)} tokens in, {count(scenario.output_tokens)} out"
    if not change.changed:
        st.html(paragraph(f"No forecast for “{scenario.name}” ({load}) changes."))
        return
    title = f"Output tokens per second of a replica at {load}, with the 90 % interval"
    st.html(
        paragraph(title, "lead")
        + table(
            title,
            ("Configuration", "In parallel", "Before", "Rests on", "After", "Rests on now"),
            [
                (
                    one.configuration,
                    str(one.concurrency),
                    interval(one.before.output_tokens_per_s),
                    one.before.basis,
                    interval(one.after.output_tokens_per_s),
                    one.after.basis,
                )
                for one in change.changed[:MOST_SHOWN]
            ],
        )
    )
    if change.unchanged:
        st.html(
            paragraph(
                f"The forecasts of {counted(change.unchanged, 'configuration')} stay.", "note"
            )
        )
    if change.plan_before == change.plan_after:
        st.html(paragraph(f"The recommendation stays: {change.plan_after}"))
        return
    st.html(
        paragraph(f"Recommended before: {change.plan_before}")
        + paragraph(f"Recommended with these measurements: {change.plan_after}")
    )
