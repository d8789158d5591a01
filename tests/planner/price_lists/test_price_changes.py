"""A new price list against the known prices: new, dearer, cheaper, gone, and what is stored."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sample_plan import offer

from planner.catalog.price_offer import PriceOffer
from planner.price_lists.price_changes import price_changes

KNOWN = replace(
    offer("L4", 0.80, provider="Cloud"), id="known", region="us", as_of="2026-10-01", instance="g2"
)
LISTED = replace(KNOWN, id="listed", as_of="2026-11-20")


def at(usd_per_hour: float, of: PriceOffer = LISTED, **changes: Any) -> PriceOffer:
    return replace(of, usd_per_hour=usd_per_hour, **changes)


def test_a_dearer_price_takes_the_id_and_the_earlier_one_stays_with_its_date() -> None:
    changes = price_changes([KNOWN], [at(0.90)])
    assert [(old.usd_per_hour, new.usd_per_hour) for old, new in changes.dearer] == [(0.80, 0.90)]
    assert [(o.id, o.usd_per_hour, o.tier, o.as_of) for o in changes.to_store] == [
        ("known", 0.90, "list", "2026-11-20"),
        ("known-2026-10-01", 0.80, "stale", "2026-10-01"),
    ]


def test_a_cheaper_price_is_told_apart_and_an_equal_one_gets_the_new_date() -> None:
    assert len(price_changes([KNOWN], [at(0.70)]).cheaper) == 1
    same = price_changes([KNOWN], [LISTED])
    assert [(o.id, o.as_of) for o in same.to_store] == [("known", "2026-11-20")]


def test_a_list_older_than_what_is_known_changes_nothing() -> None:
    old = at(0.10, as_of="2026-09-30")
    changes = price_changes([KNOWN], [old])
    assert (changes.outdated, changes.to_store) == ((old,), ())


def test_the_lowest_price_of_a_regions_zones_counts() -> None:
    assert [o.usd_per_hour for o in price_changes([], [at(0.9), at(0.7), at(0.8)]).new] == [0.7]


def test_known_regions_and_the_cheapest_one_are_taken_or_those_that_are_asked_for() -> None:
    listed = [at(0.85), at(0.60, region="asia"), at(0.70, region="eu")]
    changes = price_changes([KNOWN], listed)
    assert [new.region for _, new in changes.dearer] == ["us"]
    assert [o.region for o in changes.new] == ["asia"]
    asked = price_changes([KNOWN], listed, regions=("eu",))
    assert ([o.region for o in asked.new], asked.dearer) == (["eu"], ())


def test_a_machine_that_the_list_lacks_is_gone_and_stays() -> None:
    four = replace(KNOWN, id="four", gpu_count=4, instance="g2-4")
    changes = price_changes([KNOWN, four], [LISTED])
    assert (changes.gone, changes.superseded) == ((four,), ())
    assert "four" not in {o.id for o in changes.to_store}


def test_a_gone_machine_is_retired_if_the_list_has_a_later_price_for_as_many_of_the_gpu() -> None:
    changes = price_changes([KNOWN], [at(0.90, instance="g3")])
    assert changes.superseded == (KNOWN,)
    stored = {o.id: (o.tier, o.usd_per_hour, o.as_of) for o in changes.to_store}
    assert stored["known"] == ("stale", 0.80, "2026-10-01")


def test_other_providers_and_terms_are_not_gone() -> None:
    spot = replace(KNOWN, id="spot", terms="spot")
    elsewhere = replace(KNOWN, id="elsewhere", provider="Other", instance="x")
    assert price_changes([KNOWN, spot, elsewhere], [LISTED]).gone == ()


def test_published_prices_leave_own_ones_alone_and_own_ones_stand_beside() -> None:
    own = replace(KNOWN, id="own", tier="own", usd_per_hour=0.5)
    changes = price_changes([KNOWN, own], [at(0.9)])
    assert [new.id for _, new in changes.dearer] == ["known"]
    beside = price_changes([KNOWN], [at(0.5, tier="own")])
    assert [o.id for o in beside.to_store] == ["listed"]


def test_the_newest_of_two_dates_counts_even_if_it_is_dearer() -> None:
    old, new = at(1.0, as_of="2026-10-01"), at(1.2, as_of="2026-11-01")
    for listed in ([old, new], [new, old]):
        assert [one.usd_per_hour for one in price_changes([], listed).new] == [1.2]
