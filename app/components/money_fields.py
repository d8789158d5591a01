"""Fields for costs beside the rented GPUs: items, standard ones, hardware that is owned."""

from __future__ import annotations

import streamlit as st

from app.components.fields import Fields
from app.scenario_from_fields import DEFAULTS
from planner.entered.cost_item import STANDARD_COSTS, STANDARD_SET


def money_fields(fields: Fields) -> None:
    """Costs beside the rented GPUs, and what money costs."""
    fields.entered["other_costs"] = st.text_area(
        "Other costs a year",
        DEFAULTS["other_costs"],
        key="other_costs",
        height=80,
        placeholder="Log storage: 2,400",
        help="One per line: name, colon, dollars a year. Added to the cost of every configuration. "
        "Other units follow the amount: Staging: 0.3 share_of_gpu_cost, or People: 150,000 "
        "usd_per_fte_year x 0.5. A source follows after a semicolon.",
        bind="query-params",
    )
    fields.places["other_costs"] = st.empty()
    fields.choices(
        "standard_costs",
        "Standard costs",
        STANDARD_COSTS,
        placeholder="none",
        help="Costs beside the GPUs that finance reviewers ask for, each with a default amount and "
        f"its source. Every deployment in a cloud has {', '.join(STANDARD_SET)}.",
    )
    fields.entered["owned"] = st.text_area(
        "Own GPUs",
        DEFAULTS["owned"],
        key="owned",
        height=80,
        placeholder="RTX 3090: 2",
        help="One kind per line: GPU, colon, how many. RTX 3090: 2: 700 adds the price of each if "
        "you would buy them. Measured power and others follow after commas: RTX 3090: 2, "
        "watts=200, usd_per_kwh=0.3.",
        bind="query-params",
    )
    fields.places["owned"] = st.empty()
    left, right = st.columns(2)
    with left:
        fields.number(
            "evicted",
            "Spot taken back (%)",
            "Share of the hours in which the same machines on demand stand in for spot ones.",
        )
    with right:
        fields.number(
            "billed_h",
            "Billed at least (h)",
            "Each time a machine is switched on, if you pay only for working hours.",
        )
    fields.number(
        "capital", "Cost of capital (% a year)", "For the present value if you plan several years."
    )
