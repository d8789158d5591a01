"""Fields for costs beside the rented GPUs: items, standard ones, hardware that is owned."""

from __future__ import annotations

import streamlit as st

from app.components.fields import Fields
from planner.entered.cost_item import STANDARD_COSTS, STANDARD_SET


def money_fields(fields: Fields) -> None:
    """Costs beside the rented GPUs, and what money costs."""
    fields.lines(
        "other_costs",
        "Other costs a year",
        "One per line: name, colon, dollars a year. Added to the cost of every configuration. "
        "Other units follow the amount: Staging: 0.3 share_of_gpu_cost, or People: 150,000 "
        "usd_per_fte_year x 0.5. A source follows after a semicolon.",
        placeholder="Log storage: 2,400",
    )
    fields.choices(
        "standard_costs",
        "Standard costs",
        STANDARD_COSTS,
        placeholder="none",
        help="Costs beside the GPUs that finance reviewers ask for, each with a default amount and "
        f"its source. Every deployment in a cloud has {', '.join(STANDARD_SET)}.",
    )
    fields.lines(
        "owned",
        "Own GPUs",
        "One kind per line: GPU, colon, how many. RTX 3090: 2: 700 adds the price of each if "
        "you would buy them. Measured power and others follow after commas: RTX 3090: 2, "
        "watts=200, usd_per_kwh=0.3; age_years=2 if they were bought at that price 2 years ago.",
        placeholder="RTX 3090: 2",
    )
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
