"""What the cost items beside the GPUs come to in a year; the standard ones with their sources."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from planner.catalog.csv_rows import read_records
from planner.entered.cost_item import STANDARD_COSTS, CostItem, CostUnit, StandardCost
from planner.money.cost_line import CostLine

_DATA = Path(__file__).parent.parent / "data"

MONTHS = 12.0

BYTES_PER_TOKEN = 4.0
"""A token of English is about 4 characters (OpenAI, "What are tokens and how to count them?"),
each a byte in UTF-8. Other languages have more bytes."""

ENTERED = "entered by you"


@dataclass(frozen=True, slots=True)
class Usage:
    """The quantities that the amounts of cost items are multiplied by.

    ``gpu_hours`` are those billed in a year, ``machines_usd`` the yearly cost of the machines.
    """

    documents: float
    input_tokens: float
    output_tokens: float
    gpus: int
    gpu_hours: float
    machines_usd: float

    @property
    def text_gb(self) -> float:
        """Prompts and answers of a year as text."""
        return self._gb(self.input_tokens + self.output_tokens)

    @property
    def answers_gb(self) -> float:
        """Answers of a year as text."""
        return self._gb(self.output_tokens)

    def _gb(self, tokens: float) -> float:
        return self.documents * tokens * BYTES_PER_TOKEN / 1e9


@dataclass(frozen=True, slots=True)
class StandardItem:
    """A row of ``data/cost_items.csv``: a cost that finance reviewers ask for."""

    name: StandardCost
    amount: float
    unit: CostUnit
    quantity: float | None
    date: str
    source: str
    note: str


@cache
def standard_items() -> dict[StandardCost, StandardItem]:
    """The standard items by name, with amount, unit, date and source."""
    found = {row.name: row for row in read_records(_DATA / "cost_items.csv", StandardItem)}
    return {name: found[name] for name in STANDARD_COSTS}


def counted_items(
    own: Iterable[CostItem], standard: Iterable[StandardCost]
) -> tuple[CostItem, ...]:
    """The items entered, then the standard ones that no entered one of their name replaces."""
    entered = tuple(own)
    names = {item.name for item in entered}
    return (*entered, *(_as_item(name) for name in standard if name not in names))


FIXED: tuple[CostUnit, ...] = ("usd_per_year", "usd_per_month", "usd_per_fte_year")
"""Units of costs that are the same whatever the machines and documents are."""


def is_fixed(item: CostItem) -> bool:
    """True if the item costs the same whatever the machines and documents are."""
    of_stored_text = item.unit in ("usd_per_gb_month", "usd_per_gb")
    return item.unit in FIXED or (of_stored_text and item.quantity is not None)


@cache
def _as_item(name: StandardCost) -> CostItem:
    row = standard_items()[name]
    return CostItem(
        name=row.name,
        amount=row.amount,
        unit=row.unit,
        quantity=row.quantity,
        source=f"{row.source}, {row.date}: {row.note}",
    )


def item_lines(items: Iterable[CostItem], usage: Usage) -> tuple[CostLine, ...]:
    """A line for each item; taxes last, each on the machines and on all items but people.

    Wages bear no value added tax, and no tax is on another one.
    """
    taxes: list[CostItem] = []
    lines: list[CostLine] = []
    taxed = usage.machines_usd
    for item in items:
        if item.unit == "percent_tax":
            taxes.append(item)
        else:
            lines.append(_line(item, _usd_per_year(item, usage)))
            taxed += 0.0 if item.unit == "usd_per_fte_year" else lines[-1].usd_per_year
    return (*lines, *(_line(tax, taxed * tax.amount / 100.0) for tax in taxes))


def _line(item: CostItem, usd_per_year: float) -> CostLine:
    return CostLine(item.name, usd_per_year, item.source or ENTERED)


def _usd_per_year(item: CostItem, usage: Usage) -> float:
    """amount x quantity x what the unit is counted in."""
    per_unit: dict[CostUnit, tuple[float, float]] = {  # default quantity, and how often it counts
        "usd_per_year": (1.0, 1.0),
        "usd_per_month": (1.0, MONTHS),
        "usd_per_gpu_hour": (1.0, usage.gpu_hours),
        "usd_per_gpu_year": (1.0, usage.gpus),
        "share_of_gpu_cost": (1.0, usage.machines_usd),
        "usd_per_fte_year": (1.0, 1.0),
        "usd_per_gb_month": (usage.text_gb, MONTHS),
        "usd_per_gb": (usage.answers_gb, 1.0),
        "usd_per_1000_documents": (1.0, usage.documents / 1000.0),
    }
    quantity, times = per_unit[item.unit]
    return item.amount * (quantity if item.quantity is None else item.quantity) * times
