"""Fleets of several parts whose machines are on only while the load needs them, by hand.

At a peak factor of 2 the load falls from twice its mean to nothing: of n machines the first runs in
all hours, and each further one for 1 / n of them less, (n + 1) / 2 machines on average.
"""

from __future__ import annotations

from typing import Any

import pytest

from planner.catalog.lookup import Catalog
from planner.fleet.plan import FleetItem, Option
from planner.fleet.scenario import FleetPart, Scenario
from planner.forecast.forecaster import Forecaster
from planner.mixing.whole_plan import whole_plan
from planner.workload.document_class import DocumentClass, Targets

PEAKS: dict[str, Any] = {"quantization": "awq", "peak_factor": 2.0, "follow_load": True}
TWO_KINDS = (FleetPart(gpu="L4", replicas=4), FleetPart(gpu="A100 80GB", replicas=2))


def usd(item: FleetItem) -> float:
    """The price of one machine for a year."""
    return item.price_offer.usd_per_hour * 8760


def judged(forecaster: Forecaster, catalog: Catalog, **fields: Any) -> Option:
    plan = whole_plan(Scenario(fleet=TWO_KINDS, **PEAKS | fields), forecaster, catalog)
    [option] = plan.options
    return option


@pytest.mark.parametrize(
    ("fields", "l4", "a100"),
    [
        ({}, 2.5, 1.5),
        # Half of all replicas always serve: 2 of 4 L4 and 1 of 2 A100.
        ({"min_replicas": 3}, 1 + 1 + 0.5 + 0.25, 1.5),
        # 84 of 168 hours
        ({"hours_per_week": 84.0}, 1.25, 0.75),
        # 7 shifts of 12 hours, billed for 9: of 4 L4 12, 9, 9 and 9, of 2 A100 12 and 9
        ({"hours_per_week": 84.0, "minimum_billed_h": 9.0}, 39 * 7 / 168, 21 * 7 / 168),
        # One A100 is spare, as it would be missed most: it is on in all hours, and so is the other.
        ({"spare_replicas": 1}, 2.5, 2.0),
    ],
)
def test_each_part_of_a_stated_fleet_follows_its_share_of_the_load(
    fields: dict[str, Any], l4: float, a100: float, forecaster: Forecaster, catalog: Catalog
) -> None:
    option = judged(forecaster, catalog, **fields)
    first, second = option.fleet
    assert [line.usd_per_year for line in option.cost_lines] == pytest.approx(
        [l4 * usd(first), a100 * usd(second)]
    )
    assert option.cost_usd_per_year == pytest.approx(l4 * usd(first) + a100 * usd(second))


@pytest.mark.slow
@pytest.mark.parametrize("over", ["provider", "region"])
def test_the_machines_of_each_place_follow_the_load(
    over: str, forecaster: Forecaster, catalog: Catalog
) -> None:
    fields: dict[str, Any] = PEAKS | {"gpus": ("L4", "A100 80GB"), "spread_over": over}
    plan = whole_plan(Scenario(**fields), forecaster, catalog)
    best = plan.recommended
    assert best is not None
    assert plan.mix is not None
    assert len({item.price_offer.provider for item in best.fleet}) > 1 or over == "region"
    by_hand = sum(usd(item) * (item.instances + 1) / 2 for item in best.fleet)
    assert best.cost_usd_per_year == pytest.approx(by_hand)
    # At a peak factor of 2 the programme knows the cost of any number of machines.
    assert plan.mix.solver.usd_per_year == pytest.approx(by_hand)
    assert plan.mix.solver.gap == pytest.approx(0.0, abs=0.15)
    steady = whole_plan(Scenario(**fields | {"follow_load": False}), forecaster, catalog)
    assert steady.recommended is not None
    assert best.cost_usd_per_year < steady.recommended.cost_usd_per_year


def chat_and_bulk(
    forecaster: Forecaster, catalog: Catalog, bulk: Targets, **fields: Any
) -> tuple[Option, float]:
    """The mixed fleet of two classes, of which one L4 alone is too slow for the first."""
    chat = DocumentClass(
        name="chat", documents_per_year=5e6, input_tokens=500, output_tokens=100,
        targets=Targets(e2e_p95_s=2),
    )  # fmt: skip
    other = DocumentClass(
        name="bulk", documents_per_year=30e6, input_tokens=8000, output_tokens=150, targets=bulk
    )
    asked: dict[str, Any] = PEAKS | {"gpus": ("L4", "H100 SXM"), "accept_extrapolated": True}
    scenario = Scenario(documents_per_year=35e6, classes=(chat, other), **asked | fields)
    plan = whole_plan(scenario, forecaster, catalog)
    assert plan.mix is not None
    assert plan.mix.option is not None
    assert plan.mix.solver.usd_per_year is not None
    return plan.mix.option, plan.mix.solver.usd_per_year


@pytest.mark.slow
def test_each_part_of_a_mixed_fleet_follows_the_load_of_its_own_documents(
    forecaster: Forecaster, catalog: Catalog
) -> None:
    option, objective = chat_and_bulk(forecaster, catalog, Targets())
    by_hand = sum(usd(item) * (item.instances + 1) / 2 for item in option.fleet)
    assert option.cost_usd_per_year == pytest.approx(by_hand)
    assert objective == pytest.approx(by_hand)


@pytest.mark.slow
def test_the_part_whose_documents_may_wait_has_a_level_load_and_its_own_hours(
    forecaster: Forecaster, catalog: Catalog
) -> None:
    hours: dict[str, Any] = {"hours_per_week": 84.0, "processing_hours_per_week": 126.0}
    option, objective = chat_and_bulk(forecaster, catalog, Targets(done_within_h=48), **hours)
    at_work = {"chat": 84 / 168, "bulk": 126 / 168}
    of_each = {item.serves[0].name: item for item in option.fleet if len(item.serves) == 1}
    assert set(of_each) == {"chat", "bulk"}
    chat, bulk = of_each["chat"], of_each["bulk"]
    by_hand = usd(chat) * (chat.instances + 1) / 2 * at_work["chat"]
    by_hand += usd(bulk) * bulk.instances * at_work["bulk"]
    assert option.cost_usd_per_year == pytest.approx(by_hand)
    assert objective == pytest.approx(by_hand)
