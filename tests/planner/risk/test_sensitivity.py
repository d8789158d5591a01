"""Which prices are moved, and by how much, by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest
from sample_plan import A100, SCENARIO, offer

from planner.catalog.lookup import Catalog
from planner.catalog.price_offer import PriceOffer
from planner.entered.owned_hardware import OwnedHardware
from planner.money.cost_of_owning import owned_offer
from planner.risk.fleets_compared import Compared, FleetOfModel
from planner.risk.sensitivity import price_swings

SMALL = offer("A100 80GB", 2.0)
LARGE = offer("A100 80GB", 4.0, gpu_count=2)


def running_on(*offers: PriceOffer) -> Compared:
    """Models on one machine each, for $100,000 a year together."""
    unsized = cast("Any", None)  # no price depends on the forecast
    fleets = [
        FleetOfModel(
            SCENARIO,
            replace(A100, fleet=(replace(A100.fleet[0], price_offer=one, instances=1),)),
            unsized,
        )
        for one in offers
    ]
    return Compared(replace(A100, cost_usd_per_year=100_000.0), tuple(fleets))


def test_two_machines_with_the_same_gpu_are_told_apart() -> None:
    small, large, other = price_swings(running_on(SMALL, LARGE, offer("L4", 1.0), SMALL))
    assert small.of == "A100 80GB, Fixture Cloud fx.1x, on-demand"
    assert large.of == "A100 80GB, Fixture Cloud fx.2x, on-demand"
    assert other.of == "L4"
    # Two of the small machines for 8,760 hours, and a tenth of that more or less.
    assert small.moves_usd == pytest.approx(0.2 * 2 * 2.0 * 8760)
    assert small.cost_high_usd == pytest.approx(100_000 + 0.1 * 2 * 2.0 * 8760)
    assert large.moves_usd == pytest.approx(0.2 * 4.0 * 8760)


def test_the_price_of_an_own_machine_is_not_moved(catalog: Catalog) -> None:
    own = owned_offer(OwnedHardware(gpu="L4", count=2), catalog.gpu("L4"), 1, 1)
    [rented] = price_swings(running_on(own, SMALL))
    assert (rented.low, rented.high, rented.of) == (pytest.approx(1.8), pytest.approx(2.2), None)
    assert list(price_swings(running_on(own))) == []
