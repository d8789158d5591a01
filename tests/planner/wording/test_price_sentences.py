"""What is said about a price beside the price."""

from __future__ import annotations

from dataclasses import fields, replace

from sample_plan import A100, fleet_item

from planner.catalog.lookup import Catalog
from planner.catalog.price_offer import PriceOffer, Terms
from planner.entered.owned_hardware import OwnedHardware
from planner.fleet.considered_offers import PriceStanding
from planner.money.cost_of_owning import owned_offer
from planner.money.machines import FollowingOffer
from planner.wording.price_sentences import (
    about_price,
    about_prices,
    date_and_mark,
    dated,
    provider_and_mark,
)

ITEM = replace(fleet_item("L4", 1, 0.5, 8), standing=PriceStanding(130, 3, 0.60))


def test_a_price_stands_beside_the_median_of_the_providers() -> None:
    assert about_price(ITEM) == (
        "One provider's price: the median of 3 providers is $0.60 an hour for each GPU, "
        "this one $0.50.",
    )


def test_a_price_that_nobody_else_has_says_so() -> None:
    alone = replace(ITEM, standing=PriceStanding(1, 1, 0.50))
    assert about_price(alone) == (
        "One provider's price: no other one is listed with such a machine on these terms.",
    )


def test_an_old_price_says_what_to_do() -> None:
    offer = ITEM.price_offer
    assert dated(offer, ITEM.standing) == (
        "as of 2026-07-20, 130 days old: ask for it again before you rely on it"
    )
    assert dated(offer, PriceStanding(1, 1, 0.5)) == "as of 2026-07-20, 1 day old"
    assert date_and_mark(offer, ITEM.standing) == "2026-07-20, old"
    assert date_and_mark(offer, PriceStanding(90, 1, 0.5)) == "2026-07-20"


def test_another_source_and_an_estimate_are_named() -> None:
    disputed = replace(ITEM.price_offer, conflict="84.80 elsewhere")
    assert about_price(replace(ITEM, price_offer=disputed))[1] == (
        "Another source differs: 84.80 elsewhere."
    )
    estimate = replace(ITEM.price_offer, terms="estimate", tier="article", note="a table")
    assert about_price(replace(ITEM, price_offer=estimate)) == ("Note: a table.",)


def test_a_reservation_says_what_is_committed() -> None:
    # 2 machines x 0.50 USD x 8,760 h x 3 years
    reserved = replace(ITEM.price_offer, terms="reserved-3y")
    assert about_price(replace(ITEM, price_offer=reserved, instances=2))[0] == (
        "2 machines reserved for 3 years: $26,280 committed, whether they are used or not."
    )


def test_nothing_is_committed_by_machines_that_are_rented_by_the_hour_alone() -> None:
    free = "Nothing is committed: these machines can be given up at any time."

    def said(terms: Terms, reserved_instances: int = 0) -> bool:
        priced = replace(ITEM.price_offer, terms=terms)
        other = replace(ITEM, price_offer=priced, reserved_instances=reserved_instances)
        return free in about_prices(replace(A100, fleet=(ITEM, other)))

    assert said("on-demand")
    assert said("spot")
    assert not said("reserved-1y")
    assert not said("owned")
    assert not said("on-demand", reserved_instances=1)


def test_a_reservation_of_unknown_length_is_asked_about_also_if_it_is_a_base() -> None:
    ask = "Reserved: ask the provider for how long."
    reserved = replace(ITEM.price_offer, terms="reserved")
    assert about_price(replace(ITEM, price_offer=reserved))[0] == ask
    stated = {field.name: getattr(reserved, field.name) for field in fields(PriceOffer)}
    base = FollowingOffer(**stated | {"terms": "on-demand"}, reserved=reserved)
    item = replace(ITEM, price_offer=base)
    assert ask not in about_price(item)
    assert about_price(replace(item, reserved_instances=1))[0] == ask


def test_an_old_price_is_marked_in_a_table_without_dates() -> None:
    assert provider_and_mark(ITEM.price_offer, ITEM.standing) == "Fixture Cloud (old price)"
    assert provider_and_mark(ITEM.price_offer, PriceStanding(90, 1, 0.5)) == "Fixture Cloud"


def test_a_spot_price_says_what_stands_in_while_the_machine_is_taken_back() -> None:
    spot = replace(ITEM.price_offer, terms="spot")
    assert about_price(replace(ITEM, price_offer=spot))[0].endswith(
        "nothing stands in for it in this cost."
    )
    known = replace(spot, fallback_usd_per_hour=1.25)
    assert about_price(replace(ITEM, price_offer=known))[0] == (
        "The provider may take a spot machine back at any time; the same one on demand costs "
        "$1.25 an hour while it stands in."
    )


def test_what_is_to_be_bought_is_told_and_what_is_paid_for_is_not(catalog: Catalog) -> None:
    card = catalog.gpu("RTX 3090")
    bought = owned_offer(OwnedHardware(gpu="RTX 3090", count=8, price_usd=700), card, 2, 1)
    item = replace(ITEM, price_offer=bought, instances=3, standing=None)
    assert about_price(item) == ("3 machines to buy: $4,200 at the start.",)
    paid = owned_offer(OwnedHardware(gpu="RTX 3090", count=8), card, 2, 1)
    assert about_price(replace(item, price_offer=paid)) == ()
