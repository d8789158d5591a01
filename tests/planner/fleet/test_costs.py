"""Cost formulas against figures worked out by hand."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_plan import A100

from planner.catalog.lookup import Catalog
from planner.catalog.price_offer import PriceOffer
from planner.entered.cost_item import CostItem
from planner.entered.owned_hardware import OwnedHardware
from planner.fleet import costs
from planner.fleet.considered_offers import offers_considered, offers_for_replicas
from planner.fleet.plan import Option
from planner.fleet.scenario import Scenario
from planner.money.commitment import commitment_usd
from planner.money.cost_of_owning import owned_offer
from planner.money.machines import FollowingOffer


def offer(gpu_count: int = 1, usd_per_hour: float = 2.0, terms: str = "on-demand") -> PriceOffer:
    return PriceOffer(
        id="test",
        provider="Test",
        instance="x",
        gpu="A100 80GB",
        gpu_count=gpu_count,
        terms=terms,
        region="any",
        usd_per_hour=usd_per_hour,
        usd_per_year=usd_per_hour * 8760,
        tier="list",
        as_of="2026-01-01",
        source="a test",
    )


def test_a_machine_is_paid_for_all_8760_hours() -> None:
    assert costs.gpu_cost_usd_per_year(Scenario(), offer(), 3) == pytest.approx(3 * 2.0 * 8760)


def test_switched_off_outside_working_hours_it_costs_its_share_of_the_week() -> None:
    scenario = Scenario(hours_per_week=42, pay_only_for_hours=True)  # a quarter of 168
    assert costs.gpu_cost_usd_per_year(scenario, offer(), 1) == pytest.approx(2.0 * 2190)


def test_a_reservation_is_paid_all_year_whatever_the_hours() -> None:
    scenario = Scenario(hours_per_week=42, pay_only_for_hours=True)
    reserved = offer(terms="reserved-1y")
    assert costs.gpu_cost_usd_per_year(scenario, reserved, 1) == pytest.approx(2.0 * 8760)


@pytest.mark.parametrize(
    ("replicas", "gpus_per_replica", "gpus_per_machine", "machines"),
    [(1, 1, 1, 1), (3, 1, 1, 3), (1, 1, 8, 1), (9, 1, 8, 2), (3, 4, 8, 2), (1, 2, 1, 0)],
)
def test_whole_machines_are_rented(
    replicas: int, gpus_per_replica: int, gpus_per_machine: int, machines: int
) -> None:
    assert costs.instances_for(replicas, gpus_per_replica, offer(gpus_per_machine)) == machines


def test_other_cost_items_are_added_once() -> None:
    scenario = Scenario(
        other_costs=(
            CostItem(name="storage", amount=500),
            CostItem(name="people", amount=40_000),
        )
    )
    lines = costs.cost_lines(scenario, offer(), 2)
    assert [line.name for line in lines] == ["2 x Test x, on-demand", "storage", "people"]
    assert costs.total_cost_usd_per_year(lines) == pytest.approx(2 * 17_520 + 40_500)


def test_items_follow_the_machines_and_the_lines_add_up_to_the_total() -> None:
    scenario = Scenario(
        hours_per_week=84,
        pay_only_for_hours=True,
        standard_costs=("people", "tax"),
        other_costs=(
            CostItem(name="agent", amount=0.01, unit="usd_per_gpu_hour"),
            CostItem(name="staging", amount=0.5, unit="share_of_gpu_cost"),
        ),
    )
    lines = costs.cost_lines(scenario, offer(gpu_count=4, usd_per_hour=2.0), 2)
    # 2 machines x 2 USD x 4,380 h = 17,520; 8 GPUs x 4,380 h x 0.01 = 350.40;
    # half of 17,520; 0.2 x 300,000; 21.9 % of all but the people, 26,630.40
    assert [line.usd_per_year for line in lines] == pytest.approx(
        [17_520, 350.40, 8_760, 60_000, 5_832.0576]
    )
    total = costs.cost_usd_per_year(scenario, offer(gpu_count=4), 2)
    assert total == pytest.approx(sum(line.usd_per_year for line in lines))
    # 8,000 + 150 tokens of each of 20 million documents: 163,000 million
    assert costs.cost_usd_per_million_tokens(total, scenario) == pytest.approx(total / 163_000)


@given(budget=st.floats(0, 1e6), tax=st.floats(0, 50), share=st.floats(0, 2))
def test_a_budget_pays_for_as_many_machines_as_cost_no_more(
    budget: float, tax: float, share: float
) -> None:
    scenario = Scenario(
        other_costs=(
            CostItem(name="people", amount=20_000),
            CostItem(name="staging", amount=share, unit="share_of_gpu_cost"),
            CostItem(name="VAT", amount=tax, unit="percent_tax"),
        )
    )
    machines = costs.instances_within(scenario, offer(), budget)
    if machines:
        assert costs.cost_usd_per_year(scenario, offer(), machines) <= budget * (1 + 1e-6)
    assert costs.cost_usd_per_year(scenario, offer(), machines + 1) > budget * (1 - 1e-6)


@pytest.mark.parametrize(
    ("terms", "hours", "usd_per_year", "usd_per_1000"),
    [
        # 7 replicas of 2 GPUs on machines of 8 GPUs: 4 to a machine, so 2 machines of 20 USD an
        # hour. On demand, off at night: 8,760 x 50 / 168 = 2,607.142857 h, x 2 x 20 = 104,285.71;
        # 104,285.71 / 12,000 thousand documents = 8.690476 USD
        ("on-demand", 2_607.142857, 104_285.714286, 8.690476),
        ("spot", 2_607.142857, 104_285.714286, 8.690476),
        # Reserved: 8,760 h x 2 x 20 = 350,400 USD; / 12,000 = 29.2 USD
        ("reserved-1y", 8_760.0, 350_400.0, 29.2),
    ],
)
def test_what_a_fleet_costs_from_replicas_to_a_thousand_documents(
    terms: str, hours: float, usd_per_year: float, usd_per_1000: float
) -> None:
    scenario = Scenario(
        documents_per_year=12_000_000, hours_per_week=50, peak_factor=2, pay_only_for_hours=True
    )
    machine = offer(gpu_count=8, usd_per_hour=20.0, terms=terms)
    machines = costs.instances_for(7, 2, machine)
    cost = costs.gpu_cost_usd_per_year(scenario, machine, machines)
    assert machines == 2
    assert costs.hours_billed_per_year(scenario, machine) == pytest.approx(hours, rel=1e-9)
    assert cost == pytest.approx(usd_per_year, rel=1e-9)
    per_1000 = costs.cost_usd_per_1000_documents(cost, scenario.documents_per_year)
    assert per_1000 == pytest.approx(usd_per_1000, rel=1e-6)


def test_cost_per_1000_documents_counts_the_documents_asked_for() -> None:
    assert costs.cost_usd_per_1000_documents(30_000, 20_000_000) == pytest.approx(1.5)


@pytest.mark.parametrize(
    ("budget", "machines"), [(17_519.0, 0), (17_520.0, 1), (52_559.0, 2), (52_560.0, 3)]
)
def test_a_budget_pays_for_whole_machines_after_the_other_costs(
    budget: float, machines: int
) -> None:
    # one machine is 2.0 x 8760 = 17,520 USD a year
    assert costs.instances_within(Scenario(), offer(), budget) == machines
    dear = Scenario(other_costs=(CostItem(name="people", amount=40_000),))
    assert costs.instances_within(dear, offer(), budget + 40_000) == machines
    assert costs.instances_within(dear, offer(), 39_000) == 0


@pytest.mark.parametrize(
    ("terms", "committed"),
    # 2 machines at 0.31807 USD an hour: 5,573 USD a year, 16,718 USD in three
    [("on-demand", 0.0), ("reserved-1y", 5_572.59), ("reserved-3y", 16_717.76), ("reserved", None)],
)
def test_a_reservation_commits_to_all_of_its_years(terms: str, committed: float | None) -> None:
    reserved = offer(usd_per_hour=0.31807, terms=terms)
    assert commitment_usd(reserved, 2) == (
        None if committed is None else pytest.approx(committed, abs=0.01)
    )


def test_a_spot_machine_costs_its_price_and_that_of_the_one_that_stands_in() -> None:
    spot = replace(offer(usd_per_hour=1.0, terms="spot"), fallback_usd_per_hour=3.0)
    scenario = Scenario(spot_eviction_share=0.25)
    lines = costs.cost_lines(scenario, spot, 2)
    # 2 x 8,760 h: three quarters at 1 USD, a quarter at 3 USD
    assert [line.usd_per_year for line in lines] == pytest.approx([13_140, 13_140])
    assert costs.cost_usd_per_year(scenario, offer(usd_per_hour=1.0, terms="spot"), 2) == 17_520
    never = Scenario(spot_eviction_share=0)
    assert costs.cost_usd_per_year(never, spot, 2) == 17_520


@pytest.mark.parametrize(("at_least", "hours"), [(0, 40), (10, 50), (24, 120), (60, 168)])
def test_each_shift_is_billed_for_the_minimum_at_least(at_least: float, hours: float) -> None:
    # 40 hours a week are five shifts of 8
    scenario = Scenario(hours_per_week=40, pay_only_for_hours=True, minimum_billed_h=at_least)
    assert costs.hours_switched_on_per_week(scenario) == pytest.approx(hours)
    billed = costs.hours_billed_per_year(scenario, offer())
    assert billed == pytest.approx(8760 * hours / 168)


def option_on(machines: int, spares: int = 0) -> Option:
    item = replace(A100.fleet[0], price_offer=offer(), instances=machines, spare_instances=spares)
    return replace(A100, fleet=(item,))


def test_following_the_load_and_reserving_its_base_are_worked_out_by_hand() -> None:
    known = (offer(), offer(usd_per_hour=1.0, terms="reserved-3y"), offer(gpu_count=8))
    scenario = Scenario(peak_factor=2, hours_per_week=168, spare_replicas=1)
    found = costs.following_load(scenario, option_on(5, spares=1), known)
    assert found is not None
    # a spare one and 1 + 0.75 + 0.5 + 0.25 machines of 17,520 USD, instead of 5
    assert found.usd_per_year == pytest.approx(61_320)
    assert found.share_of_cost == pytest.approx(0.7)
    assert found.blend is not None
    # reserved at half the price: the spare one and those needed for over half of the year
    assert (found.blend.reserved, found.blend.following) == (3, 2)
    assert found.blend.usd_per_year == pytest.approx(3 * 8_760 + 0.75 * 17_520)


def test_machines_that_follow_the_load_are_paid_for_while_they_are_needed() -> None:
    # of four at a factor of 2 they run for 1, 0.75, 0.5 and 0.25 of half the week, at 17,520 a year
    scenario = Scenario(peak_factor=2, hours_per_week=84, follow_load=True)
    [line] = costs.cost_lines(scenario, offer(), 4)
    assert line.name == "4 x Test x, on-demand, while the load needs them"
    assert line.usd_per_year == pytest.approx(2.5 / 2 * 17_520)
    assert commitment_usd(offer(), 4) == 0.0
    spare = scenario.model_copy(update={"spare_replicas": 1})  # on in all working hours
    assert costs.cost_usd_per_year(spare, offer(), 5) == pytest.approx(3.5 / 2 * 17_520)
    two = scenario.model_copy(update={"min_replicas": 2})  # so is the second one
    assert costs.cost_usd_per_year(two, offer(), 4) == pytest.approx(2.75 / 2 * 17_520)
    waits = scenario.model_copy(update={"done_within_h": 24.0})  # the load is level
    assert costs.cost_usd_per_year(waits, offer(), 4) == pytest.approx(4 / 2 * 17_520)


def with_reserved(usd_per_hour: float, terms: str = "reserved-1y") -> PriceOffer:
    stated = {field.name: getattr(offer(), field.name) for field in fields(offer())}
    return FollowingOffer(**stated, reserved=offer(usd_per_hour=usd_per_hour, terms=terms))


def test_replicas_that_always_serve_share_a_machine() -> None:
    # one machine holds 8 of the 8 replicas that always run; of 4 they run for 1, 0.75, 0.5, 0.25
    scenario = Scenario(peak_factor=2, hours_per_week=168, follow_load=True, min_replicas=8)
    on_demand = replace(offer(gpu_count=8), as_of="2026-11-01")
    considered = offers_considered(scenario, (on_demand,))
    [of_eight] = offers_for_replicas(considered, 1)
    assert costs.cost_usd_per_year(scenario, of_eight, 4) == pytest.approx(2.5 * 17_520)
    [of_two] = offers_for_replicas(considered, 4)  # 8 replicas take all four
    assert costs.cost_usd_per_year(scenario, of_two, 4) == pytest.approx(4 * 17_520)


def test_those_that_are_needed_long_enough_are_reserved() -> None:
    # reserved at 0.6 of the price: the first machine, and the second, needed for 0.75 of the year
    scenario = Scenario(peak_factor=2, hours_per_week=168, follow_load=True)
    base, others = costs.cost_lines(scenario, with_reserved(1.2), 4)
    assert base.name == "2 x Test x, reserved-1y"
    assert base.usd_per_year == pytest.approx(2 * 1.2 * 8760)
    assert others.name == "2 x Test x, on-demand, while the load needs them"
    assert others.usd_per_year == pytest.approx(0.75 * 17_520)
    item = replace(option_on(4).fleet[0], price_offer=with_reserved(1.2), reserved_instances=2)
    assert costs.commitment_of(item) == pytest.approx(2 * 1.2 * 8760)
    dear = costs.cost_lines(scenario, with_reserved(2.5), 4)
    assert [line.usd_per_year for line in dear] == pytest.approx([2.5 * 17_520])


@pytest.mark.parametrize(
    ("budget", "machines"), [(17_519, 0), (17_521, 1), (43_799, 3), (43_801, 4)]
)
def test_a_budget_pays_for_more_machines_if_they_follow_the_load(
    budget: float, machines: int
) -> None:
    # of n machines at a factor of 2 (n + 1) / 2 run on average: 1, 1.5, 2 and 2.5 of 17,520
    scenario = Scenario(peak_factor=2, hours_per_week=168, follow_load=True)
    assert costs.instances_within(scenario, offer(), budget) == machines


def test_a_level_load_is_not_followed_and_machines_off_at_night_are() -> None:
    known = (offer(),)
    assert costs.following_load(Scenario(), option_on(2), known) is None
    half = Scenario(hours_per_week=84)
    found = costs.following_load(half, option_on(2), known)
    assert found is not None
    assert (found.share_of_cost, found.blend) == (0.5, None)
    assert costs.following_load(half, option_on(2), ()) is None
    # seven shifts of 12 hours: the second machine is needed for 6 of each, and billed for 9
    billed_longer = half.model_copy(update={"minimum_billed_h": 9.0, "peak_factor": 2.0})
    peak = costs.following_load(billed_longer, option_on(2), known)
    assert peak is not None
    assert peak.usd_per_year == pytest.approx((12 + 9) * 7 / 168 * 17_520)


def test_a_machine_that_follows_the_load_is_billed_for_the_minimum_in_each_shift() -> None:
    # Five shifts of 8 hours. Of four machines at a factor of 2 the first is needed for 8 hours of
    # each, the others for 6, 4 and 2: the last is billed for 5, as is the third.
    scenario = Scenario(peak_factor=2, hours_per_week=40, follow_load=True, minimum_billed_h=5.0)
    cost = costs.cost_usd_per_year(scenario, offer(), 4)
    assert cost == pytest.approx((8 + 6 + 5 + 5) * 5 / 168 * 17_520)
    # for 60 hours: all of them are billed around the clock
    longer = scenario.model_copy(update={"minimum_billed_h": 60.0})
    assert costs.cost_usd_per_year(longer, offer(), 4) == pytest.approx(4 * 17_520)
    # Reserved for 0.16 of the price: what is billed for over 26.88 hours a week is the first
    # machine with 40 and the second with 30.
    base, others = costs.cost_lines(scenario, with_reserved(0.32), 4)
    assert base.usd_per_year == pytest.approx(2 * 0.32 * 8760)
    assert others.usd_per_year == pytest.approx(2 * 25 / 168 * 17_520)


def test_own_machines_that_follow_the_load_hold_as_many_replicas_as_fit(catalog: Catalog) -> None:
    # 8 replicas always serve, on one machine of 8 GPUs; of 4 machines the others run for 0.75, 0.5
    # and 0.25 of the hours. A machine draws 8 x 100 W x PUE 1 at 0.10 USD: 700.80 USD a year.
    hardware = OwnedHardware(
        gpu="RTX 3090", count=32, gpus_per_machine=8, watts=100, pue=1, usd_per_kwh=0.1
    )
    scenario = Scenario(peak_factor=2, hours_per_week=168, follow_load=True, min_replicas=8)
    own = owned_offer(hardware, catalog.gpu("RTX 3090"), 8, 1)
    [of_eight] = offers_for_replicas([own], 1)
    assert costs.cost_usd_per_year(scenario, of_eight, 4) == pytest.approx(2.5 * 700.80)
    [of_two] = offers_for_replicas([own], 4)  # 8 replicas take all four
    assert costs.cost_usd_per_year(scenario, of_two, 4) == pytest.approx(4 * 700.80)


def test_the_hours_of_a_stated_week_say_how_many_machines_run_in_each() -> None:
    # On each of five days 2 + 6 hours of a quarter of the busiest, 8 busiest and 2 of half.
    day = (0,) * 6 + (1,) * 2 + (4,) * 4 + (2,) * 2 + (4,) * 4 + (1,) * 6
    scenario = Scenario.model_validate(
        {"hour_profile": day * 5 + (0,) * 48, "follow_load": True, "spare_replicas": 1}
    )
    # 38 machines carry the busiest hour, 19 a half and 10 a quarter; one is spare in all 18 hours.
    hours = 5 * (8 * 10 + 8 * 38 + 2 * 19 + 18 * 1)
    assert costs.gpu_cost_usd_per_year(scenario, offer(), 39) == pytest.approx(
        2.0 * hours * 8760 / 168
    )
    # The season makes half of the year's months half as busy: its own number in each month.
    months = (2,) * 6 + (1,) * 6
    seasonal = scenario.model_copy(update={"season": months, "spare_replicas": 0})
    low = 5 * (8 * 5 + 8 * 19 + 2 * 10)  # of 38: 4.75, 19 and 9.5
    share = 181 / 365  # January to June
    expected = share * (hours - 5 * 18) + (1 - share) * low
    assert costs.gpu_cost_usd_per_year(seasonal, offer(), 38) == pytest.approx(
        2.0 * expected * 8760 / 168
    )
    # Documents that may wait are processed at one pace in all hours of work.
    patient = scenario.model_copy(update={"done_within_h": 24.0, "spare_replicas": 0})
    assert costs.gpu_cost_usd_per_year(patient, offer(), 38) == pytest.approx(
        2.0 * 38 * 90 * 8760 / 168
    )
