"""Prices of hosted models per token, for a break-even with own GPUs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from planner.catalog.csv_rows import read_records


@dataclass(frozen=True, slots=True)
class ApiPrice:
    """List price of a hosted model in USD per million tokens; None if it is not offered.

    ``batch`` prices are for answers that may take a day, ``cached`` prices for
    input that the provider has seen before.
    """

    provider: str
    model: str
    usd_per_m_input: float
    usd_per_m_cached_input: float | None
    usd_per_m_output: float
    usd_per_m_batch_input: float | None
    usd_per_m_batch_output: float | None
    max_input_tokens: int
    deprecation_date: str | None
    source: str
    source_date: str
    note: str | None = None


@cache
def load_api_prices() -> tuple[ApiPrice, ...]:
    """All rows of ``data/api_prices.csv``. Raises CatalogError if one is not sound."""
    return read_records(Path(__file__).parent.parent / "data" / "api_prices.csv", ApiPrice)
