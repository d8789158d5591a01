"""Machines that a replica spans, priced and owned together."""

from __future__ import annotations

import pytest

from planner.catalog.gpu import GPU
from planner.catalog.lookup import Catalog
from planner.catalog.price_offer import PriceOffer, Terms
from planner.entered.owned_hardware import OwnedHardware
from planner.money.commitment import commitment_usd
from planner.money.cost_of_owning import OwnedOffer, owned_offer
from planner.money.follow_with_provider import follow_with_provider
from planner.money.joined_machines import joined
from planner.money.load_following import MachinesBilled, MachinesNeeded
from planner.money.machines import FollowingOffer
from planner.money.own_stock import most_machines, own_gpus


def offer(terms: Terms, usd_per_hour: float, fallback: float | None = None) -> PriceOffer:
    return PriceOffer(
        id=f"x-{terms}", provider="X", instance="x.8", gpu="H100 SXM", gpu_count=8,
        terms=terms, region="any", usd_per_hour=usd_per_hour,
        usd_per_year=usd_per_hour * 8760, tier="list", as_of="2026-11-01", source="test",
        fallback_usd_per_hour=fallback,
    )  # fmt: skip


def test_prices_are_those_of_all_machines() -> None:
    pair = joined(offer("spot", 20.0, fallback=30.0), 2)
    assert (pair.gpu_count, pair.machines, pair.instance) == (16, 2, "x.8")
    assert (pair.usd_per_hour, pair.usd_per_year) == (40.0, 350_400.0)
    assert pair.fallback_usd_per_hour == 60.0
    assert pair.usd_per_gpu_hour == 2.5
    assert pair.machines_in(3) == 6


def test_a_reserved_base_is_joined_too() -> None:
    on_demand, reserved = offer("on-demand", 20.0), offer("reserved-1y", 12.0)
    stated = {name: getattr(on_demand, name) for name in PriceOffer.__dataclass_fields__}
    pair = joined(FollowingOffer(**stated, reserved=reserved), 2)
    assert isinstance(pair, FollowingOffer)
    assert pair.reserved is not None
    assert (pair.reserved.usd_per_hour, pair.reserved.machines) == (24.0, 2)
    # Two pairs reserved for a year: 4 x 12 x 8,760.
    assert commitment_usd(pair.reserved, 2) == 420_480.0


def test_what_is_owned_is_there_in_whole_sets(catalog: Catalog) -> None:
    gpu: GPU = catalog.gpu("H100 SXM")
    hardware = OwnedHardware(
        gpu="H100 SXM", count=20, gpus_per_machine=4, price_usd=30_000, host_watts=1_000
    )
    one = owned_offer(hardware, gpu, 4, 1)
    pair = joined(one, 2)
    assert isinstance(pair, OwnedOffer)
    # 5 machines of 4 make 2 pairs of 8.
    assert (most_machines(one), most_machines(pair), own_gpus([pair])) == (5, 2, {"own 1": 16})
    assert pair.watts == 2 * (4 * 700 + 1_000)
    assert pair.purchase_usd == 8 * 30_000
    assert pair.usd_per_year == pytest.approx(
        pair.power.usd_per_year + sum(line.usd_per_year for line in pair.standing)
    )
    # 240,000 USD lose three quarters in four years, at 10 % on the mean of 240,000 and 60,000.
    assert pair.books.loss_usd() == 45_000.0
    assert pair.capital_usd_per_year == pytest.approx(45_000.0 + 15_000.0)


def test_following_the_load_counts_single_machines() -> None:
    known = [offer("on-demand", 20.0), offer("reserved-1y", 10.0)]
    billed = MachinesBilled(MachinesNeeded(3, 2.0, 1, 1), (168.0,))
    alone = follow_with_provider(billed, known[0], known)
    pairs = follow_with_provider(billed, joined(known[0], 2), known)
    assert alone is not None
    assert pairs is not None
    assert (alone.machines, pairs.machines) == (4, 8)
    assert pairs.always_on_usd_per_year == 2 * alone.always_on_usd_per_year == 8 * 20 * 8760
    assert pairs.usd_per_year == pytest.approx(2 * alone.usd_per_year)
    assert alone.blend is not None
    assert pairs.blend is not None
    assert pairs.blend.reserved == 2 * alone.blend.reserved
    assert pairs.blend.usd_per_year == pytest.approx(2 * alone.blend.usd_per_year)
