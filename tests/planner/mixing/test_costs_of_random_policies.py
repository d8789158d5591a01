"""Cost lines add up to the total and to what the searches minimize, under any policy."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sample_plan import offer

from planner.catalog.lookup import Catalog
from planner.catalog.price_offer import PriceOffer
from planner.entered.cost_item import CostItem
from planner.entered.owned_hardware import OwnedHardware
from planner.fleet import costs
from planner.fleet.plan import Option
from planner.fleet.scenario import Scenario
from planner.fleet.sized_candidate import size
from planner.forecast.forecaster import Forecaster
from planner.mixing.fleet_part import AssignedFleet, Part, SharedFleet
from planner.mixing.machine_kinds import runnable, shape_of, usd_at_least
from planner.mixing.option_of_parts import option_of_parts
from planner.money.cost_of_owning import owned_offer
from planner.money.machines import FollowingOffer

POLICIES = st.fixed_dictionaries(
    {
        "peak_factor": st.sampled_from([1.0, 1.5, 2.0, 4.0]),
        "hours_per_week": st.sampled_from([40.0, 84.0, 168.0]),
        "follow_load": st.booleans(),
        "pay_only_for_hours": st.booleans(),
        "minimum_billed_h": st.sampled_from([0.0, 5.0, 24.0]),
        "spot_eviction_share": st.sampled_from([0.0, 0.3]),
        "spare_replicas": st.integers(0, 1),
        "min_replicas": st.integers(1, 3),
        "standard_costs": st.sampled_from([(), ("people", "non-production", "tax")]),
        "other_costs": st.sampled_from(
            [(), (CostItem(name="desk", amount=0.5, unit="usd_per_gpu_hour"),)]
        ),
    }
)


@pytest.fixture(scope="module")
def offers(catalog: Catalog) -> list[PriceOffer]:
    """On demand, spot with its fallback, on demand with a reserved base, and owned."""
    rented = replace(offer("L4", 0.8), id="rented")
    spot = replace(rented, id="spot", terms="spot", fallback_usd_per_hour=1.1)
    stated = {field.name: getattr(rented, field.name) for field in fields(rented)}
    reserved = replace(rented, terms="reserved-1y", usd_per_hour=0.5, usd_per_year=4380.0)
    own = OwnedHardware(gpu="L4", count=40, price_usd=2500, gpus_per_machine=1)
    return [
        rented,
        spot,
        FollowingOffer(**stated | {"id": "both"}, reserved=reserved),
        owned_offer(own, catalog.gpu("L4"), 1, 1),
    ]


@pytest.fixture(scope="module")
def part(forecaster: Forecaster, catalog: Catalog, offers: list[PriceOffer]) -> Part:
    scenario = Scenario(gpus=("L4",), quantization="awq")
    [one] = [one for one in runnable(scenario, catalog) if shape_of(one)[1] == 1]
    one = replace(one, offers=tuple(offers))
    return Part(scenario, size(scenario, forecaster, one), one.offers[0], 3)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(policy=POLICIES, kinds=st.lists(st.integers(0, 3), min_size=1, max_size=3, unique=True))
def test_the_lines_add_up_to_the_total_and_to_the_objective(
    policy: dict[str, Any], kinds: list[int], part: Part, offers: list[PriceOffer]
) -> None:
    scenario = Scenario(gpus=("L4",), quantization="awq", **policy)
    # No programme takes fewer than min_replicas and the spare one.
    parts = tuple(
        replace(part, scenario=scenario, offer=offers[kind], replicas=4 + kind) for kind in kinds
    )
    fixed = costs.usd_without_machines(scenario)

    def checked(option: Option) -> float:
        total = sum(line.usd_per_year for line in option.cost_lines)
        assert option.cost_usd_per_year == pytest.approx(total)
        assert all(line.usd_per_year >= 0.0 for line in option.cost_lines)
        return total

    shared = checked(option_of_parts(scenario, SharedFleet(parts)))
    assigned = checked(option_of_parts(scenario, AssignedFleet(parts)))
    machines = [(one.offer, one.machines) for one in parts]
    objective = sum(costs.usd_of_machines(scenario, *one) for one in machines)
    assert assigned == pytest.approx(fixed + objective)
    # What the programmes take machines to cost is never more than they do.
    least = sum(
        line.if_used + number * line.each
        for one, number in machines
        for line in [usd_at_least(scenario, one)]
    )
    assert least <= objective * (1.0 + 1e-9)
    always_on = scenario.model_copy(
        update={"follow_load": False, "pay_only_for_hours": False, "minimum_billed_h": 0.0}
    )
    dearest = checked(option_of_parts(always_on, SharedFleet(parts)))
    assert shared <= dearest * (1.0 + 1e-9)
    if not scenario.follow_load:
        of_each = sum(number * costs.usd_of_each_machine(scenario, one) for one, number in machines)
        assert shared == assigned == pytest.approx(fixed + of_each)
        assert least == pytest.approx(of_each)
