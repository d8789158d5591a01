"""A plan considers current offers that somebody sells, unless it asks for others."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_plan import offer

from planner.catalog.price_offer import PriceOffer
from planner.fleet.considered_offers import (
    PriceStanding,
    offers_considered,
    offers_for_replicas,
    standings,
)
from planner.fleet.costs import instances_for
from planner.fleet.scenario import Scenario
from planner.money.machines import reserved_beside

L4 = replace(offer("L4", 0.80), id="a", provider="A", as_of="2026-11-09")
B = replace(L4, id="b", provider="B", usd_per_hour=0.50)
C_OF_FOUR = replace(L4, id="c", provider="C", usd_per_hour=2.40, gpu_count=4)


def considered(*offers: PriceOffer, **changes: object) -> list[str]:
    scenario = Scenario.model_validate(changes)
    return [found.id for found in offers_considered(scenario, offers)]


def test_a_price_of_over_a_year_is_not_considered() -> None:
    assert considered(replace(L4, as_of="2025-11-27"), B) == ["a", "b"]  # 365 days
    assert considered(replace(L4, as_of="2025-11-26"), B) == ["b"]


def test_what_the_user_pays_is_considered_however_old() -> None:
    assert considered(replace(L4, as_of="2024-01-01", tier="own")) == ["a"]


@pytest.mark.parametrize(("terms", "found"), [(["on-demand"], []), (["estimate"], ["a"])])
def test_an_estimate_is_considered_only_if_it_is_asked_for(
    terms: list[str], found: list[str]
) -> None:
    estimate = replace(L4, tier="article", terms="estimate", as_of="2024-08-26")
    assert considered(estimate, terms=terms) == found


def test_marketplaces_are_considered_only_if_they_are_asked_for() -> None:
    cheap = replace(B, tier="marketplace")
    assert considered(L4, cheap) == ["a"]
    assert considered(L4, cheap, include_marketplace=True) == ["a", "b"]


def test_the_cheapest_region_of_a_provider_is_left() -> None:
    assert considered(L4, replace(L4, id="a-eu", region="eu", usd_per_hour=0.70)) == ["a-eu"]


def test_an_own_price_takes_the_place_of_a_published_one_even_if_that_is_lower() -> None:
    own = replace(L4, id="own", tier="own", usd_per_hour=0.90)
    assert considered(L4, own, B) == ["own", "b"]


def test_an_own_price_for_any_region_takes_the_place_of_those_of_all_regions() -> None:
    own = replace(L4, id="own", tier="own", region="any", usd_per_hour=0.90)
    eu = replace(L4, id="eu", region="eu")
    over = {"spread_over": "region"}
    assert considered(L4, eu, own, B, **over) == ["own", "b"]
    assert considered(L4, eu, replace(own, region="EU"), **over) == ["a", "own"]


def test_a_providers_own_machines_and_those_of_third_parties_are_both_considered() -> None:
    community = replace(L4, id="community", tier="marketplace", usd_per_hour=0.40)
    assert considered(L4, community, include_marketplace=True) == ["a", "community"]


@pytest.mark.parametrize(
    ("usd_per_hour_of_four", "gpus_per_replica", "left"),
    [
        (3.20, 1, ["a"]),  # 4 x 0.80: one machine of four never costs less than single ones
        (3.19, 1, ["a", "four"]),
        (3.20, 2, ["four"]),  # a single GPU holds no replica
    ],
)
def test_a_machine_that_smaller_ones_always_undercut_is_left_out(
    usd_per_hour_of_four: float, gpus_per_replica: int, left: list[str]
) -> None:
    four = replace(L4, id="four", gpu_count=4, usd_per_hour=usd_per_hour_of_four)
    assert [o.id for o in offers_for_replicas((L4, four), gpus_per_replica)] == left


def test_a_larger_machine_of_another_provider_stays() -> None:
    four = replace(B, id="four", gpu_count=4, usd_per_hour=9.0)
    assert offers_for_replicas((L4, four), 1) == (L4, four)


def test_a_larger_machine_in_another_region_stays_if_a_fleet_is_spread_over_regions() -> None:
    four = replace(L4, id="four", region="us", gpu_count=4, usd_per_hour=9.0)
    assert offers_for_replicas((L4, four), 1) == (L4,)
    assert offers_for_replicas((L4, four), 1, regions_apart=True) == (L4, four)
    same = replace(four, region=L4.region)
    assert offers_for_replicas((L4, same), 1, regions_apart=True) == (L4,)


@given(
    replicas=st.integers(1, 40),
    size=st.sampled_from((1, 2, 4, 8)),
    price=st.floats(0.1, 10),
    factor=st.floats(0.5, 2),
)
def test_leaving_machines_out_never_makes_a_fleet_dearer(
    replicas: int, size: int, price: float, factor: float
) -> None:
    one = replace(L4, usd_per_hour=price, usd_per_year=8760 * price)
    large = price * size * factor
    many = replace(L4, id="many", gpu_count=size, usd_per_hour=large, usd_per_year=8760 * large)

    def cheapest(offers: tuple[PriceOffer, ...]) -> float:
        return min(instances_for(replicas, 1, o) * o.usd_per_year for o in offers)

    assert cheapest(offers_for_replicas((one, many), 1)) == pytest.approx(cheapest((one, many)))


def test_the_median_is_of_providers_by_their_lowest_price_of_one_gpu() -> None:
    dear_b = replace(B, id="b8", usd_per_hour=8.0, gpu_count=8)
    spot = replace(B, id="spot", provider="D", terms="spot", usd_per_hour=0.1)
    # 0.80, 0.50 and 2.40 / 4 = 0.60
    assert standings((L4, B, dear_b, C_OF_FOUR, spot))[L4.id] == PriceStanding(18, 3, 0.60)


def test_a_price_is_old_after_90_days() -> None:
    assert not standings((replace(L4, as_of="2026-08-29"),))[L4.id].old  # 90 days
    assert standings((replace(L4, as_of="2026-08-28"),))[L4.id].old


def test_a_spot_machine_knows_what_the_same_one_costs_on_demand() -> None:
    spot = replace(L4, id="spot", terms="spot", usd_per_hour=0.30)
    dearer = replace(L4, id="eu", region="eu", usd_per_hour=0.95)
    scenario = Scenario(terms=("spot",))
    [found] = offers_considered(scenario, (spot, dearer, L4, B, C_OF_FOUR))
    assert found == replace(spot, fallback_usd_per_hour=0.80)  # its provider's lowest
    [alone] = offers_considered(scenario, (spot, B))
    assert alone.fallback_usd_per_hour is None
    own = replace(L4, id="own", tier="own", usd_per_hour=0.90)
    [paid] = offers_considered(scenario, (spot, L4, own))
    assert paid.fallback_usd_per_hour == 0.90


def test_the_reserved_base_is_at_the_own_price_of_its_terms() -> None:
    list_1y = replace(L4, id="1y", terms="reserved-1y", usd_per_year=0.45 * 8760)
    own_1y = replace(list_1y, id="own 1y", tier="own", usd_per_year=0.58 * 8760)
    list_3y = replace(L4, id="3y", terms="reserved-3y", usd_per_year=0.50 * 8760)
    scenario = Scenario(follow_load=True, terms=("on-demand", "reserved-1y", "reserved-3y"))
    for known, base in (((list_1y, own_1y), own_1y), ((list_1y, own_1y, list_3y), list_3y)):
        [on_demand] = (
            one for one in offers_considered(scenario, (L4, *known)) if one.terms == "on-demand"
        )
        assert reserved_beside(on_demand) == base
