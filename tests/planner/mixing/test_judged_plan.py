"""Fleets that the user states, and whether they are enough."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from sample_plan import offer

from planner.catalog.lookup import Catalog
from planner.catalog.price_offer import PriceOffer
from planner.entered.owned_hardware import OwnedHardware
from planner.errors import InputError
from planner.fleet.make_plan import make_plan
from planner.fleet.plan import Option, Plan, Remedy
from planner.fleet.refusals import TooFewOwned
from planner.fleet.scenario import CostItem, FleetPart, Scenario
from planner.forecast.forecaster import Forecaster
from planner.mixing.whole_plan import whole_plan
from planner.wording.explanation import explain, verdict_of
from planner.wording.remedy_sentences import what_would_help
from planner.wording.why_not import infeasible_sentence


def part(gpu: str, replicas: int, gpu_count: int = 1) -> FleetPart:
    return FleetPart(gpu=gpu, gpu_count=gpu_count, replicas=replicas)


@pytest.fixture(scope="module")
def judge(forecaster: Forecaster, catalog: Catalog) -> Any:
    def of(*fleet: FleetPart, **fields: Any) -> Plan:
        gpus = {"gpus": ("L4", "A100 80GB")} | fields
        scenario = Scenario(quantization="awq", fleet=fleet, **gpus)
        return whole_plan(scenario, forecaster, catalog)

    return of


def only(plan: Plan) -> Option:
    assert len(plan.options) == 1
    return plan.options[0]


def larger_fleets(remedies: Iterable[Remedy]) -> list[Remedy]:
    return [one for one in remedies if one.changed == "fleet" and one.scenario.fleet]


@pytest.mark.slow
def test_a_fleet_of_one_kind_is_the_option_of_the_whole_plan(
    judge: Any, forecaster: Forecaster, catalog: Catalog
) -> None:
    limits: dict[str, Any] = {"latency_p95_s": 60.0, "budget_usd_per_year": 30_000.0}
    free = Scenario(quantization="awq", gpus=("L4",), **limits)
    cheapest: dict[int, Option] = {}
    for option in make_plan(free, forecaster, catalog).options:
        if option.fleet[0].gpu_count == 1:
            cheapest.setdefault(option.fleet[0].replicas, option)
    assert cheapest
    for replicas, option in cheapest.items():
        judged = only(judge(part("L4", replicas), **limits))
        assert judged.probability == option.probability
        assert judged.capacity_documents_per_year.value == pytest.approx(
            option.capacity_documents_per_year.value
        )
        assert judged.latency_s == option.latency_s
        assert judged.cost_usd_per_year == option.cost_usd_per_year


def test_capacities_of_several_kinds_add_up(judge: Any) -> None:
    l4, a100 = only(judge(part("L4", 2))), only(judge(part("A100 80GB", 1)))
    both = only(judge(part("nvidia l4", 2), part("A100-80GB", 1)))
    assert [(item.gpu, item.replicas) for item in both.fleet] == [("L4", 2), ("A100 80GB", 1)]
    capacity = both.capacity_documents_per_year.value
    parts = [one.capacity_documents_per_year.value for one in (l4, a100)]
    assert capacity == pytest.approx(sum(parts))
    assert both.cost_usd_per_year == pytest.approx(l4.cost_usd_per_year + a100.cost_usd_per_year)
    assert both.probability.volume >= max(l4.probability.volume, a100.probability.volume)
    # Each kind serves documents as its speed allows.
    shares = [served.share for item in both.fleet for served in item.serves]
    assert shares == pytest.approx([parts[0] / capacity, parts[1] / capacity])
    # With one machine down it is the A100, the fastest, that is missed most.
    assert both.probability_one_down.volume == pytest.approx(l4.probability.volume)


def test_a_stated_gpu_need_not_be_among_those_considered(judge: Any) -> None:
    judged = judge(part("L4", 2), part("A100 80GB", 1), gpus=("L4",))
    beside = judge(part("L4", 2), part("A100 80GB", 1))
    assert only(judged).cost_usd_per_year == only(beside).cost_usd_per_year


def test_one_kind_in_two_parts_has_the_capacity_of_one_part(judge: Any) -> None:
    whole, split = only(judge(part("L4", 3))), only(judge(part("L4", 1), part("L4", 2)))
    assert split.capacity_documents_per_year.low == pytest.approx(
        whole.capacity_documents_per_year.low
    )
    # Errors are found to a hundredth of a standard deviation.
    assert split.probability.volume == pytest.approx(whole.probability.volume, abs=0.005)
    assert split.latency_s.p95 >= whole.latency_s.p95  # two queues instead of one


def test_other_costs_count_once(judge: Any) -> None:
    other = (CostItem(name="Log storage", usd_per_year=240.0),)
    with_other = only(judge(part("L4", 2), part("A100 80GB", 1), other_costs=other))
    without = only(judge(part("L4", 2), part("A100 80GB", 1)))
    assert with_other.cost_usd_per_year == pytest.approx(without.cost_usd_per_year + 240.0)
    lines = [line.usd_per_year for line in with_other.cost_lines]
    assert sum(lines) == pytest.approx(with_other.cost_usd_per_year)


def test_enough_is_said_and_is_no_recommendation(judge: Any) -> None:
    plan = judge(part("L4", 2), part("A100 80GB", 1))
    assert explain(plan).startswith("Your fleet is enough: 2 x L4 + 1 x A100 80GB at $")
    assert verdict_of(plan, only(plan)) == "meets all limits"
    assert plan.recommended is only(plan)


def test_too_few_are_told_how_many_would_do(
    judge: Any, forecaster: Forecaster, catalog: Catalog
) -> None:
    plan = judge(part("L4", 1), gpus=())  # other GPUs than the stated one may be better
    assert plan.recommended is None
    assert explain(plan).startswith("Your fleet is not enough: 1 x L4 at $")
    larger, *_, other = plan.remedies
    assert what_would_help(plan)[0].startswith("enlarge your fleet to 3 x L4 at $")
    assert whole_plan(larger.scenario, forecaster, catalog).recommended is not None
    assert judge(part("L4", 2)).recommended is None
    assert not other.scenario.fleet
    again = whole_plan(other.scenario, forecaster, catalog).recommended
    assert again is not None
    assert again.cost_usd_per_year == other.option.cost_usd_per_year


def test_a_spare_machine_is_one_of_the_fleet(judge: Any) -> None:
    assert judge(part("L4", 3)).recommended is not None
    assert judge(part("L4", 3), spare_replicas=1).recommended is None
    assert judge(part("L4", 4), spare_replicas=1).recommended is not None


def test_what_cannot_run_is_a_reason(judge: Any) -> None:
    plan = judge(part("L4", 1), part("V100 16GB", 1))
    assert plan.options == ()
    assert plan.infeasible[0].gpu == "V100 16GB"


@pytest.mark.parametrize(
    ("gpu", "gpu_count", "said"),
    [("L5", 1, "fleet: gpu 'L5'"), ("L4", 3, "a replica of 3 GPUs was given; it has 1, 2, 4, 8")],
)
def test_what_does_not_exist_is_refused(judge: Any, gpu: str, gpu_count: int, said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        judge(part(gpu, 1, gpu_count))
    assert caught.value.field == "fleet"


def test_no_more_own_machines_are_judged_or_advised_than_there_are(judge: Any) -> None:
    own: dict[str, Any] = {"owned": (OwnedHardware(gpu="RTX 3090", count=2),)}
    many = judge(part("RTX 3090", 10), terms=("owned",), **own)
    assert many.options == ()
    assert {entry.why for entry in many.infeasible} == {TooFewOwned(2, 0, needed=10)}
    twice = judge(part("RTX 3090", 2), part("RTX 3090", 1), terms=("owned",), **own)
    assert twice.options == ()
    [reason] = {infeasible_sentence(twice.scenario, entry) for entry in twice.infeasible}
    assert reason == "2 machines owned, and the fleet takes 3."
    beside = judge(part("RTX 3090", 2), part("RTX 3090", 1), gpus=("RTX 3090",), **own)
    assert [item.price_offer.terms for item in only(beside).fleet] == ["owned", "on-demand"]
    few = judge(part("RTX 3090", 1), terms=("owned",), **own)
    assert only(few).fleet[0].price_offer.terms == "owned"
    enlarged = larger_fleets(few.remedies)
    assert all(remedy.value <= 2 for remedy in enlarged)


def test_one_replica_more_is_advised_if_twice_as_many_are_over_the_budget(judge: Any) -> None:
    cost = only(judge(part("L4", 3))).cost_usd_per_year
    tight = judge(part("L4", 2), gpus=("L4",), budget_usd_per_year=cost + 1.0)
    assert tight.recommended is None
    assert what_would_help(tight)[0].startswith("enlarge your fleet to 3 x L4 at $")
    short = judge(part("L4", 2), gpus=("L4",), budget_usd_per_year=cost - 1.0)
    assert not larger_fleets(short.remedies)


def test_a_larger_fleet_is_advised_only_if_it_is_enough_where_it_costs_least(
    forecaster: Forecaster, catalog: Catalog
) -> None:
    """Four replicas cost less on one machine of eight GPUs than on four of one, and need a spare
    machine."""
    single, eight = offer("L4", 0.80), offer("L4", 2.80, gpu_count=8)

    def remedies(*offers: PriceOffer) -> list[Remedy]:
        scenario = Scenario(
            quantization="awq", gpus=("L4",), fleet=(part("L4", 2),), spare_replicas=1
        )
        sold = replace(catalog, offers=offers)
        found = whole_plan(scenario, forecaster, sold).remedies
        for one in found:
            assert whole_plan(one.scenario, forecaster, sold).recommended is not None
        return larger_fleets(found)

    assert [one.value for one in remedies(single)] == [4]
    assert remedies(single, eight) == []


@pytest.mark.slow
def test_the_same_fleet_is_advised_once(judge: Any) -> None:
    """A smaller fleet that is also the one to be recommended is no other fleet."""
    large = judge(part("L4", 12), gpus=("L4",), documents_per_year=25e6)
    changes = [one.change for one in large.levers]
    assert "fewer_replicas" in changes
    assert "other_fleet" not in changes
