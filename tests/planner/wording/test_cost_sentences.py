"""What a cost consists of and leaves out, in words."""

from __future__ import annotations

from dataclasses import replace

from sample_plan import A100, FEASIBLE_PLAN

from planner.entered.cost_item import CostItem
from planner.fleet.plan import FleetItem, Year
from planner.fleet.scenario import Scenario
from planner.money.cost_line import CostLine
from planner.money.follow_with_provider import FollowingLoad
from planner.money.load_following import Blend
from planner.wording.cost_sentences import (
    amount_and_unit,
    build_up,
    costs_not_counted,
    following_load_sentence,
    present_value_sentence,
)


def test_lines_and_their_total_are_also_told_per_thousand_documents_and_million_tokens() -> None:
    # 20 million documents of 8,150 tokens: 20,000 thousand, 163,000 million
    lines = (CostLine("machine", 30_000, "list"), CostLine("people", 60_000, "HR"))
    option = replace(A100, cost_lines=lines, cost_usd_per_year=90_000)
    rows = build_up(Scenario(), option)
    assert [(row.name, row.usd_per_year, row.usd_per_1000_documents) for row in rows] == [
        ("machine", "$30,000", "$1.50"),
        ("people", "$60,000", "$3.00"),
        ("Total", "$90,000", "$4.50"),
    ]
    assert [row.usd_per_million_tokens for row in rows] == ["$0.184", "$0.368", "$0.552"]
    assert len(build_up(Scenario(), replace(option, cost_lines=lines[:1]))) == 1


def test_what_is_counted_is_not_among_what_is_left_out() -> None:
    everything = costs_not_counted(Scenario())
    assert everything[:6] == (
        *("people", "storage", "egress", "non-production", "licences", "tax"),
    )
    own = (
        CostItem(name="VAT", amount=19, unit="percent_tax"),
        CostItem(name="Monitoring", amount=1200),
    )
    left = costs_not_counted(Scenario(standard_costs=("people",), other_costs=own))
    assert set(everything) - set(left) == {"people", "tax", "monitoring"}


def test_an_amount_names_what_it_is_for() -> None:
    people = CostItem(name="p", amount=150_000, unit="usd_per_fte_year", quantity=0.5)
    assert amount_and_unit(people) == ("$150,000", "per full-time year, × 0.5")
    tax = CostItem(name="t", amount=19, unit="percent_tax")
    assert amount_and_unit(tax) == ("19 %", "on all costs but people")


def test_several_years_have_a_present_value_and_one_has_none() -> None:
    years = (Year(1, 1e6, (), 10_000, 3e6), Year(2, 2e6, (), 20_000, 3e6))
    plan = replace(FEASIBLE_PLAN, years=years, present_value_usd=25_619.8)
    assert present_value_sentence(plan) == (
        "2 years cost $25,620 in today's money, at 10 % a year for capital."
    )
    assert present_value_sentence(replace(plan, years=years[:1])) is None


def test_a_load_that_is_followed_says_what_it_saves_and_what_to_reserve() -> None:
    following = FollowingLoad(4, 40_000, 25_000, "reserved-1y", Blend(2, 2, 20_100, 0.63))
    said = following_load_sentence(replace(FEASIBLE_PLAN, following_load=following))
    assert said == (
        "If machines are switched off while the load is low, 4 machines on demand cost $25,000 a "
        "year, 62 % of what they cost around the clock; this assumes a load that falls evenly from "
        "its busiest hour, and machines that start in time. The cheapest mix is 2 reserved-1y and "
        "2 on demand, at $20,100: a machine is worth reserving if it is needed for more than 63 % "
        "of the year."
    )
    assert following_load_sentence(FEASIBLE_PLAN) is None


def test_machines_that_follow_the_load_are_told_apart_from_those_that_always_run() -> None:
    # of four at a factor of 2 they run for 1, 0.75, 0.5 and 0.25 of the hours
    scenario = Scenario(peak_factor=2, hours_per_week=168, follow_load=True)
    four = replace(A100.fleet[0], instances=4, replicas=4)

    def said(item: FleetItem, scenario: Scenario = scenario) -> str | None:
        option = replace(A100, fleet=(item,))
        plan = replace(FEASIBLE_PLAN, scenario=scenario, recommended=option)
        return following_load_sentence(plan)

    assert str(said(four)).startswith(
        "Of 4 machines 2.5 run on average in the working hours, as they"
    )
    based = said(replace(four, reserved_instances=2))
    assert str(based).startswith("Of 2 machines beside the 2 reserved 0.75 run on average")
    pairs = replace(four, price_offer=replace(four.price_offer, machines=2))
    assert str(said(pairs)).startswith("Of 8 machines 5 run on average")
    assert str(said(replace(pairs, reserved_instances=2))).startswith(
        "Of 4 machines beside the 4 reserved 1.5 run on average"
    )
    assert said(replace(four, reserved_instances=4)) is None
    always = replace(four.price_offer, terms="reserved-3y")
    assert said(replace(four, price_offer=always)) is None
    assert said(four, Scenario(peak_factor=1, hours_per_week=168, follow_load=True)) is None
