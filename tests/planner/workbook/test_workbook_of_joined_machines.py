"""The workbook of a fleet whose replicas span several machines: they count and cost as sets."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from recalculated_workbook import RecalculatedWorkbook, opened

from planner.catalog.lookup import Catalog
from planner.entered.owned_hardware import OwnedHardware
from planner.fleet import costs
from planner.fleet.plan import FleetItem, Plan
from planner.fleet.scenario import FleetPart, Scenario
from planner.forecast.forecaster import Forecaster
from planner.mixing.whole_plan import whole_plan

pytestmark = pytest.mark.xdist_group("workbook")  # to plan each case once

RENTED: dict[str, Any] = {
    "model": "deepseek-ai/DeepSeek-R1",
    "gpus": ("H100 SXM",),
    "documents_per_year": 1e6,
    "spare_replicas": 1,
    "growth_per_year": 0.2,
    "years": 2,
}
NEW = OwnedHardware(
    gpu="H100 SXM", count=48, gpus_per_machine=8, price_usd=30_000, host_watts=2_000
)
OWN = RENTED | {"gpus": (), "terms": ("owned",), "owned": (NEW,)}
AGED = OWN | {"owned": (NEW.model_copy(update={"age_years": 1.0}),)}
FOLLOWING = RENTED | {
    "documents_per_year": 60e6,
    "peak_factor": 3.0,
    "follow_load": True,
    "terms": ("on-demand", "reserved-1y"),
}
STATED = RENTED | {
    "spare_replicas": 0,
    "gpus": ("H100 SXM", "H200"),
    "fleet": (
        FleetPart(gpu="H100 SXM", gpu_count=16, replicas=1),
        FleetPart(gpu="H200", gpu_count=8, replicas=1),
    ),
}
CASES = {"rented": RENTED, "own": OWN, "aged": AGED, "following": FOLLOWING, "stated": STATED}


@pytest.fixture(scope="module")
def with_reserved(catalog: Catalog) -> Catalog:
    """The catalogue and the cheapest machine of eight H100, reserved at 7 tenths of its price."""
    [cheap] = [one for one in catalog.offers if one.id == "hyperstack-n3-h100-sxm5x8-x8-on-demand"]
    price = 0.7 * cheap.usd_per_hour
    base = replace(
        cheap, id="reserved", terms="reserved-1y", usd_per_hour=price, usd_per_year=8760 * price
    )
    return catalog.with_additions(offers=[base])


@pytest.fixture(scope="module")
def planned(forecaster: Forecaster, with_reserved: Catalog) -> Any:
    found: dict[str, Plan] = {}

    def of(case: str) -> Plan:
        if case not in found:
            found[case] = whole_plan(
                Scenario.model_validate(CASES[case]), forecaster, with_reserved
            )
        return found[case]

    return of


def only_item(plan: Plan) -> FleetItem:
    assert plan.recommended is not None
    [item] = plan.recommended.fleet
    return item


def labels(book: RecalculatedWorkbook) -> list[str]:
    return [str(row[0].value) for row in book.book["Assumptions"].rows]


@pytest.mark.parametrize("case", CASES)
def test_formulas_compute_the_cost_of_the_plan(case: str, planned: Any) -> None:
    plan = planned(case)
    book = opened(plan)
    for cell in book.formulas():
        stated = book.stated(cell)
        wanted = stated if isinstance(stated, str) else pytest.approx(stated, rel=1e-9)
        assert book.value(cell) == wanted, cell
    assert any(item.price_offer.machines == 2 for item in plan.nearest.fleet)
    total = book.row("Cost lines", "Total")
    assert total[1] == pytest.approx(plan.nearest.cost_usd_per_year)


def test_what_is_counted_is_called_a_set(planned: Any) -> None:
    # A replica and a spare one are two sets of two machines.
    book = opened(planned("rented"))
    assert book.row("Assumptions", "Sets of 2 machines")[1:3] == [2, "sets, 1 of them spare"]
    assert book.row("Assumptions", "Machines of all sets")[1] == 4
    assert book.row("Assumptions", "Spare machines")[1:3] == ["1", "sets, if machines are joined"]
    assert book.column("Years", "Sets of 2 machines", 1) == [2]
    assert book.column("Options", "Machines", 1) == [4]
    assert "Hours that a set of 2 machines is billed" in labels(book)
    assert not any("of a machine" in label or "a machine is" in label for label in labels(book))


@pytest.mark.parametrize(
    ("case", "label"),
    [
        ("own", "Price of a set of 2 machines to buy"),
        ("own", "Power of a set of 2 machines"),
        ("own", "Hours that a set of 2 machines is switched on"),
        ("aged", "Price a set of 2 machines was bought at"),
        ("following", "Price of a set of 2 machines, reserved-1y"),
    ],
)
def test_the_inputs_of_a_set_say_so(case: str, label: str, planned: Any) -> None:
    assert label in labels(opened(planned(case)))


def test_sets_that_follow_the_load_are_counted_as_such(planned: Any) -> None:
    plan = planned("following")
    item, book = only_item(plan), opened(plan)
    name = f"{item.price_offer.provider} {item.price_offer.instance}"
    assert item.reserved_instances > 0
    assert book.row("Cost lines", f"Reserved sets: {name}")[1] == item.reserved_instances
    assert book.row("Cost lines", f"Billed sets in the mean working hour: {name}")[1] >= 0.0


def test_each_kind_is_headed_by_what_is_counted(planned: Any) -> None:
    heads = [cell.value for row in opened(planned("stated")).book["Years"].rows for cell in row]
    named = [str(head) for head in heads if str(head).startswith(("Sets ", "Machines "))]
    assert named[0].startswith("Sets 1, each of 2 machines: ")
    assert named[1].startswith("Machines 2: ")


def test_another_price_and_number_of_sets_cost_what_the_planner_says(planned: Any) -> None:
    plan = planned("rented")
    item = only_item(plan)
    book = opened(plan)
    book.enter("Price of a set of 2 machines", 40.0)
    book.enter("Sets of 2 machines", 5)
    assert book.row("Assumptions", "Machines of all sets")[1] == 10
    # five sets of 40 USD an hour
    assert book.row("Cost lines", "Total")[1] == pytest.approx(5 * 40 * 8760)
    offer = replace(item.price_offer, usd_per_hour=40.0, usd_per_year=40.0 * 8760)
    lines = costs.cost_lines(plan.scenario, offer, 5)
    assert costs.total_cost_usd_per_year(lines) == pytest.approx(5 * 40 * 8760)


def test_another_price_of_own_sets_costs_what_the_planner_says(planned: Any) -> None:
    book = opened(planned("own"))
    before = book.row("Cost lines", "Total")[1]
    price = book.row("Assumptions", "Price of a set of 2 machines to buy")[1]
    assert price == 16 * 30_000
    book.enter("Price of a set of 2 machines to buy", price + 16_000)
    book.enter("Power of a set of 2 machines", 0)
    found = book.row("Cost lines", "Total")[1]
    # 16,000 USD more lose three quarters in four years, at 10 % interest on their mean of 10,000.
    # A set draws 16 x 700 W + 2 x 2,000 W at a PUE of 1.54 and 0.146 USD/kWh.
    power = 2 * 15.2 * 1.54 * 0.146 * 8760
    assert found - before == pytest.approx(2 * (3_000 + 0.1 * 10_000) - power)
