"""Authors whose measurements a forecast rests on, counted once for every place that shows them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from planner.catalog.lookup import Catalog
from planner.errors import InputError
from planner.forecast.forecast_values import Basis
from planner.learning.random_effects import silicon_name
from planner.records.measurement import Measurement
from planner.records.reference import source_name


@dataclass(frozen=True, slots=True)
class Cited:
    """Measurements by one author; ``source_ids`` are the ids that forecasts name them by."""

    name: str
    source_ids: tuple[str, ...]
    measurements: int
    first_date: str | None
    last_date: str | None


def cited(
    sources: Collection[str],
    basis: Basis,
    cards: Iterable[str],
    measurements: Iterable[Measurement],
    catalog: Catalog,
) -> tuple[Cited, ...]:
    """Authors among the ``sources`` that a forecast names, those with the most rows first.

    Of ``measurements``, which the model was fitted to, those on ``cards`` count, whatever
    their slot; all count if the forecast is extrapolated.
    """
    chips = {silicon_name(card) for card in cards}
    by_author: dict[str, list[Measurement]] = {}
    for row in measurements:
        if row.source_id not in sources:
            continue
        if basis == "extrapolated" or silicon_name(card_of(row, catalog)) in chips:
            by_author.setdefault(source_name(row.source), []).append(row)
    found = [_cited(name, rows) for name, rows in by_author.items()]
    return tuple(sorted(found, key=lambda author: -author.measurements))


def card_of(row: Measurement, catalog: Catalog) -> str:
    """Catalogue name of the card that a row was measured on, else the row's own name."""
    try:
        return catalog.gpu(row.gpu, row.gpu_memory_gb).name
    except InputError:
        return row.gpu


def _cited(name: str, rows: list[Measurement]) -> Cited:
    dates = sorted(row.date for row in rows if row.date)
    return Cited(
        name,
        tuple(sorted({row.source_id for row in rows})),
        len(rows),
        dates[0] if dates else None,
        dates[-1] if dates else None,
    )
