"""Which machines fail together."""

from __future__ import annotations

from dataclasses import replace

from sample_plan import offer

from planner.catalog.price_offer import PriceOffer
from planner.fleet.scenario_defaults import Place
from planner.mixing.places import Site, site_of, sites_apart

EU = replace(offer("L4", 0.8, "Cloud"), region="eu")
ANY = replace(EU, region="any")
US = replace(EU, provider="cloud", region="US")
OTHER = replace(ANY, provider="Other")


def apart(over: Place, *offers: PriceOffer) -> int:
    return len(sites_apart(site_of(over, one) for one in offers))


def test_a_provider_is_one_however_it_is_written() -> None:
    assert site_of("provider", EU) == site_of("provider", US) == Site("cloud")
    assert site_of("region", US) == Site("cloud", "us")


def test_any_region_is_no_second_one_of_its_provider() -> None:
    assert apart("region", EU, ANY) == 1
    assert apart("region", EU, replace(ANY, region="not stated")) == 1
    assert apart("region", ANY) == 1
    assert apart("region", EU, US, ANY) == 2
    assert apart("region", EU, OTHER) == 2


def test_machines_in_any_region_may_be_in_the_one_that_is_down() -> None:
    lost = site_of("region", EU)
    assert site_of("region", ANY).fails_with(lost)
    assert not site_of("region", US).fails_with(lost)
    assert not site_of("region", OTHER).fails_with(lost)
