"""The fields of the Plan page that most planners leave as they are."""

from __future__ import annotations

from typing import get_args

import streamlit as st

from app.components.arrival_fields import arrival_fields
from app.components.engine_setting_fields import engine_settings
from app.components.fields import Fields
from app.components.money_fields import money_fields
from app.scenario_from_fields import KINDS, NOT_SPREAD
from planner.catalog.price_offer import Terms
from planner.fleet.scenario_defaults import Place

TERMS: tuple[str, ...] = get_args(Terms)


def assumption_fields(fields: Fields) -> None:
    """Draw the fields."""
    if fields.entered["size"] == KINDS:
        fields.hold("first_token", "per_token")
    else:
        _token_times(fields)
    left, right = st.columns(2)
    with left:
        fields.number("growth", "Growth (% a year)", "More documents each year.")
    with right:
        fields.number("years", "Years", "Years to plan for, 1 to 5.")
    arrival_fields(fields)
    left, right = st.columns(2)
    with left:
        fields.number(
            "volume_low",
            "Documents, low",
            "In the same time as the documents above. The volume lies between low and high with "
            "90 % probability. For what may go wrong; the fleet is sized for the volume above.",
            placeholder="as above",
        )
    with right:
        fields.number(
            "volume_high", "Documents, high", "The other end of the range.", placeholder="as above"
        )
    fields.number(
        "shortfall",
        "Cost of a document that falls short ($)",
        "What a document costs that no machine has time for. Empty: not known.",
        placeholder="not known",
    )
    fields.choices(
        "terms",
        "Price terms",
        TERMS,
        help="Default: on-demand, with no long-term commitment. reserved-1y and reserved-3y are "
        "for one and three years, reserved for a term that the price list does not state. owned is "
        "your own hardware; estimate is a figure at which nobody sells.",
    )
    fields.switch(
        "marketplace",
        "Include marketplace prices",
        "Third-party hosts and floor prices: cheap, but too uncertain for a yearly budget.",
    )
    fields.switch(
        "hours_only",
        "Pay only for working hours",
        "On-demand and spot machines are switched off outside the working hours. Default: they "
        "are billed all year.",
    )
    fields.switch(
        "follow_load",
        "Switch off while the load is low",
        "On-demand and spot machines are on only while the load needs them; with reserved terms, "
        "those that are needed long enough are reserved. Default: all of them run all the time.",
    )
    fields.switch(
        "unmeasured",
        "Pay no premium for measured GPUs",
        "If this is on, the cheapest configuration is recommended, whether its kind was measured "
        "or not.",
    )
    left, right = st.columns(2)
    with left:
        fields.number(
            "confidence",
            "Confidence (%)",
            "Smallest probability of keeping every limit that is recommended.",
        )
    with right:
        fields.number(
            "spare",
            "Spare machines",
            "None by default. Enter 1 to keep every limit when a machine fails.",
        )
    left, right = st.columns(2)
    with left:
        fields.number(
            "min_replicas",
            "Replicas, at least",
            "That serve each kind of documents, spare machines not counted. Enter 2 so that one "
            "can be replaced while another answers.",
        )
    with right:
        fields.choice(
            "spread",
            "Spread over",
            [NOT_SPREAD, *get_args(Place)],
            help="With any one provider, or region of one, down the others keep every limit.",
        )
    left, right = st.columns(2)
    with left:
        fields.number(
            "utilization",
            "Utilization, at most (%)",
            "Of its capacity in the busiest hour. At 95 % a failure of an hour is caught up within "
            "19 hours; at 100 % never.",
        )
    with right:
        fields.number(
            "availability",
            "A machine runs (%)",
            "Share of the time. AWS commits to 99.5 % for a single machine.",
        )
    fields.number(
        "premium",
        "Premium for measured (x)",
        "What was measured is recommended up to this many times the cost of what was not. 1.25 is "
        "about the error of a forecast before any measurement.",
    )
    left, right = st.columns(2)
    with left:
        fields.text(
            "engine", "vLLM version", "For example 0.11.0. Empty: not stated.",
            placeholder="not stated",
        )  # fmt: skip
    with right:
        fields.number(
            "memory",
            "GPU memory (%)",
            "Share of GPU memory that vLLM may use. Empty: the default of the vLLM version.",
            placeholder="default",
        )
    engine_settings(fields)
    money_fields(fields)


def _token_times(fields: Fields) -> None:
    left, right = st.columns(2)
    with left:
        fields.number(
            "first_token",
            "First token, p95 (s)",
            "95 % of documents get their first token within this time. Empty: no limit.",
            placeholder="no limit",
        )
    with right:
        fields.number(
            "per_token",
            "Per token, p95 (ms)",
            "95 % of answers take at most this time per further token. Empty: no limit.",
            placeholder="no limit",
        )
