"""The price of a fleet as a paragraph."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest
from sample_plan import fleet_item

from app.html_pieces import echo, priced
from planner.fleet.plan import FleetItem
from planner.fleet.scenario import Scenario
from planner.money.machines import FollowingOffer

FOUR = fleet_item("L4", 4, 2.0, 4)


def test_the_machines_their_price_and_its_source() -> None:
    assert priced(FOUR, Scenario()) == (
        '<p class="rests">Price: 4 machines at $2.00 an hour for 8,760 hours a year, on-demand; '
        "Fixture Cloud (fx.1x), region eu-test-1, as of 2026-07-20.</p>"
    )


def beside_reserved(usd_per_hour: float) -> FleetItem:
    offer = FOUR.price_offer
    stated = {field.name: getattr(offer, field.name) for field in fields(offer)}
    reserved = replace(
        offer,
        terms="reserved-1y",
        usd_per_hour=usd_per_hour,
        usd_per_year=usd_per_hour * 8760,
    )
    return replace(FOUR, price_offer=FollowingOffer(**stated, reserved=reserved))


@pytest.mark.parametrize(
    ("peak", "usd_per_hour", "said"),
    [
        # All four are needed all year.
        (1, 1.2, "Price: 4 machines at $1.20 an hour for 8,760 hours a year, reserved-1y; Fixture"),
        # The third and fourth are needed for 0.5 and 0.25 of the year, 3,285 hours on average.
        (
            2,
            1.2,
            "Price: 2 machines at $1.20 an hour for 8,760 hours a year, reserved-1y and 2 machines "
            "at $2.00 an hour for 3,285 hours a year on average, on-demand; Fixture",
        ),
        # Reserving is dearer; of 1, 0.75, 0.5 and 0.25 of the year the mean is 5,475 hours.
        (2, 2.5, "Price: 4 machines at $2.00 an hour for 5,475 hours a year on average, on-demand"),
    ],
)
def test_reserved_machines_beside_those_that_follow_the_load(
    peak: float, usd_per_hour: float, said: str
) -> None:
    scenario = Scenario(peak_factor=peak, hours_per_week=168, follow_load=True)
    assert said in priced(beside_reserved(usd_per_hour), scenario)


def test_the_line_above_the_answer_has_every_limit_and_the_hours() -> None:
    scenario = Scenario(
        documents_per_year=2e6, latency_p95_s=10, ttft_p95_s=2, done_within_h=24, peak_factor=4,
        hours_per_week=50,
    )  # fmt: skip
    said = echo(scenario, example=False)
    assert (
        "95 % of answers within 10 s · first token within 2 s · done within 24 h · busiest hour "
        "4 x the average · 50 hours a week<"
    ) in said
    assert "hours a week" not in echo(Scenario(), example=False)
