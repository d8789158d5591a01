"""Options that say which costs count beside the GPUs, how machines are billed, what is owned."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from planner.entered.cost_item import STANDARD, STANDARD_COSTS, STANDARD_SET
from planner.entered.paper import A4, Paper
from planner.errors import InputError
from planner.fleet import scenario_defaults as defaults

CostItems = Annotated[
    list[str] | None,
    typer.Option(
        "--cost-items",
        metavar="NAME",
        show_default="none",
        help=f"Count costs beside the GPUs: {STANDARD} ({', '.join(STANDARD_SET)}) or one of "
        f"{', '.join(STANDARD_COSTS)}; may be repeated. Others stand in a file under costs.",
    ),
]
Owned = Annotated[
    list[str] | None,
    typer.Option(
        "--owned",
        metavar="GPU:COUNT",
        show_default="none",
        help='GPUs that you own, "RTX 3090:2", or that you would buy at a price each, '
        '"RTX 3090:2:700"; may be repeated. A file may state more about them.',
    ),
]
PayOnlyForHours = Annotated[
    bool | None,
    typer.Option(
        "--pay-only-for-hours/--pay-all-year",
        help="Bill on-demand and spot machines for the working hours alone.",
    ),
]
FollowLoad = Annotated[
    bool | None,
    typer.Option(
        "--follow-load/--always-on",
        help="Switch on-demand and spot machines on only while the load needs them. With a "
        "reserved --terms beside on-demand, those that are needed long enough are reserved.",
    ),
]
SpotEvictionShare = Annotated[
    float | None,
    typer.Option(
        "--spot-eviction-share",
        show_default=f"{defaults.SPOT_EVICTION_SHARE:g}",
        help="Share of the hours in which spot machines are taken back, and the same ones on "
        "demand stand in for them.",
    ),
]
MinimumBilled = Annotated[
    float | None,
    typer.Option(
        "--minimum-billed-h",
        show_default=f"{defaults.MINIMUM_BILLED_H:g}",
        help="Hours that a machine is billed at least each time it is switched on, with "
        "--pay-only-for-hours or --follow-load.",
    ),
]
DiscountRate = Annotated[
    float | None,
    typer.Option(
        "--discount-rate",
        show_default=f"{defaults.DISCOUNT_RATE:g}",
        help="Cost of capital in a year, for the present value of all years.",
    ),
]
PaperOfReport = Annotated[
    Paper | None,
    typer.Option("--paper", case_sensitive=False, show_default=A4, help="Paper of --pdf."),
]
Workbook = Annotated[
    Path | None,
    typer.Option(
        "--xlsx",
        help="Write a workbook to this file: the decision, and costs and years as formulas.",
    ),
]


def refuse_paper_alone(paper: Paper | None, pdf: Path | None) -> None:
    """Raises InputError if there is paper and no report to set on it."""
    if paper is not None and pdf is None:
        raise InputError("--paper is that of the report; give --pdf FILE too, or leave it out")
