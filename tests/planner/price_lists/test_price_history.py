"""Earlier prices of a machine, kept with their dates."""

from __future__ import annotations

from dataclasses import replace

from store_samples import OFFER

from planner.price_lists.price_history import history_of, in_place_of


def test_a_later_price_leaves_the_earlier_one_under_an_id_of_its_own() -> None:
    now = replace(OFFER, usd_per_hour=12.0, as_of="2026-11-20")
    kept = replace(OFFER, id="ours-2026-11-01", tier="stale")
    assert in_place_of(now, [OFFER]) == (now, kept)


def test_a_price_of_the_same_day_corrects_the_one_before() -> None:
    now = replace(OFFER, usd_per_hour=12.0)
    assert in_place_of(now, [OFFER, replace(OFFER, id="other")]) == (now,)


def test_the_history_has_the_same_place_alone_the_latest_first() -> None:
    first = replace(OFFER, id="first", as_of="2025-01")
    moved = replace(OFFER, id="ours-2026-05-01", as_of="2026-05-01", tier="stale", region="away")
    others = (
        replace(OFFER, id="spot", terms="spot"),
        replace(OFFER, id="there", region="there"),
        replace(OFFER, id="small", gpu_count=4),
    )
    assert history_of(OFFER, (first, *others, moved)) == (OFFER, moved, first)
