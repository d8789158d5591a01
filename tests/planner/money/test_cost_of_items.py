"""What cost items come to, worked out by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.entered.cost_item import STANDARD_COSTS, CostItem, CostUnit, standard_costs
from planner.errors import InputError
from planner.money.cost_of_items import Usage, counted_items, item_lines, standard_items

USAGE = Usage(
    documents=20_000_000,
    input_tokens=8000,
    output_tokens=150,
    gpus=2,
    gpu_hours=2 * 8760,
    machines_usd=30_000,
)


@pytest.mark.parametrize(
    ("unit", "amount", "quantity", "usd"),
    [
        ("usd_per_year", 1200, None, 1200),
        ("usd_per_month", 100, None, 1200),
        ("usd_per_gpu_hour", 0.1, None, 1752),  # 0.1 x 2 x 8,760
        ("usd_per_gpu_year", 4500, None, 9000),
        ("share_of_gpu_cost", 0.37, None, 11_100),
        ("usd_per_fte_year", 300_000, 0.2, 60_000),
        ("usd_per_gb_month", 0.08, 500, 480),  # 0.08 x 500 x 12
        # 20 million x 8,150 tokens x 4 bytes = 652 GB; x 0.023 x 12
        ("usd_per_gb_month", 0.023, None, 179.952),
        ("usd_per_gb", 0.09, None, 1.08),  # 20 million x 150 x 4 bytes = 12 GB
        ("usd_per_1000_documents", 0.05, None, 1000),
        ("percent_tax", 21.9, None, 6570),  # of the machines
    ],
)
def test_an_item_comes_to_its_amount_times_what_it_is_counted_in(
    unit: CostUnit, amount: float, quantity: float | None, usd: float
) -> None:
    item = CostItem(name="x", amount=amount, unit=unit, quantity=quantity)
    [line] = item_lines([item], USAGE)
    assert line.usd_per_year == pytest.approx(usd)
    assert line.source == "entered by you"


def test_a_tax_is_on_the_machines_and_all_other_items_but_not_on_wages_or_a_tax() -> None:
    items = [
        CostItem(name="VAT", amount=20, unit="percent_tax"),
        CostItem(name="monitoring", amount=10_000),
        CostItem(name="people", amount=90_000, unit="usd_per_fte_year"),
        CostItem(name="levy", amount=1, unit="percent_tax"),
    ]
    lines = item_lines(items, USAGE)
    assert [(line.name, line.usd_per_year) for line in lines] == [
        ("monitoring", 10_000),
        ("people", 90_000),
        ("VAT", 8_000),  # 20 % of 30,000 + 10,000
        ("levy", 400),
    ]


def test_the_standard_items_have_amounts_dates_and_sources() -> None:
    rows = standard_items()
    assert tuple(rows) == STANDARD_COSTS
    assert all(row.date and row.source and row.note for row in rows.values())
    lines = item_lines(counted_items((), ("people", "non-production")), USAGE)
    assert [(line.name, line.usd_per_year) for line in lines] == [
        ("people", 60_000),  # 0.2 x 300,000
        ("non-production", 11_100),  # 0.37 x 30,000
    ]
    assert all("20" in line.source for line in lines)


def test_an_entered_item_replaces_the_standard_one_of_its_name() -> None:
    own = CostItem(name="people", amount=90_000)
    assert [item.amount for item in counted_items((own,), ("people", "tax"))] == [90_000, 21.9]


def test_the_set_and_single_names_are_switched_on() -> None:
    assert standard_costs(("standard", "tax"), "here") == (
        *("people", "storage", "egress", "non-production"),
        "tax",
    )
    with pytest.raises(InputError, match="here: 'coffee' was given; it must be standard"):
        standard_costs(("coffee",), "here")


def test_usd_per_year_is_short_for_an_amount_of_that_unit() -> None:
    short = CostItem.model_validate({"name": "logs", "usd_per_year": 240})
    assert short == CostItem(name="logs", amount=240)
    assert CostItem.model_validate(short.model_dump()) == short


@given(
    amounts=st.lists(
        st.tuples(
            st.sampled_from(["usd_per_year", "share_of_gpu_cost", "usd_per_gpu_hour"]),
            st.floats(0, 1e6),
        ),
        max_size=5,
    ),
    tax=st.floats(0, 100),
)
def test_a_tax_line_is_its_share_of_all_lines_before_it(
    amounts: list[tuple[CostUnit, float]], tax: float
) -> None:
    items = [CostItem(name=str(n), amount=a, unit=u) for n, (u, a) in enumerate(amounts)]
    *before, last = item_lines([*items, CostItem(name="t", amount=tax, unit="percent_tax")], USAGE)
    total = USAGE.machines_usd + sum(line.usd_per_year for line in before)
    assert last.usd_per_year == pytest.approx(total * tax / 100)
