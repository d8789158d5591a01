"""The article's six analyses, drawn from the measurements in the store."""

from __future__ import annotations

import io
import math
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

import numpy as np

from app.analysis_data import Choices, Selection, ShownSweep
from app.scenario_from_fields import ARTICLE_CASE
from app.services.opened_store import catalog_of, forecaster_of, store
from benchmarks.design.suite import read_suite
from planner.forecast.article_analyses import ANALYSES, Analysis, Quantity, is_vllm
from planner.forecast.measured_sweeps import (
    LENGTHS,
    MeasuredRow,
    Sweep,
    forecast_along,
    forecast_like,
    measured_rows,
    sweeps_of,
)
from planner.forecast.memory_in_use import MemoryInUse, memory_in_use
from planner.records.measurement_csv import write_measurement_csv

ARTICLE, ARTICLE_GPU = "article", "A100 80GB"
_ARTICLE_LOAD = {
    "input_tokens": ARTICLE_CASE.input_tokens,
    "output_tokens": ARTICLE_CASE.output_tokens,
    "concurrency": 1.0,
}
_FEW = 3
"""Two points show no curve."""

CURVE_POINTS = 40
SELECTIONS_KEPT = 64


def choices() -> Choices:
    """What can be chosen in each field, from all rows of the store."""
    found = _rows(store().version())
    used = {row.measurement.source_id for row in found}
    listed = [(s.id != ARTICLE, s.name.lower(), s.name, s.id) for s in store().sources()]
    sources: dict[str, tuple[str, ...]] = {}
    for _, _, name, key in sorted(listed):
        if key in used:
            sources[name] = (*sources.get(name, ()), key)
    return Choices(
        gpus=tuple(sorted({row.gpu for row in found})),
        models=tuple(sorted({row.model for row in found}, key=str.lower)),
        quantizations=tuple(sorted({row.quantization for row in found})),
        sources=sources,
    )


def row_counts() -> tuple[int, int]:
    """Numbers of published and of own measurements."""
    own = sum(row.own for row in _rows(store().version()))
    return len(_rows(store().version())) - own, own


def knows_another_engine() -> bool:
    """True if the store holds a measurement of another engine than vLLM."""
    return not all(is_vllm(row.measurement) for row in _rows(store().version()))


def sweeps(analysis: Analysis, selection: Selection) -> tuple[Sweep, ...]:
    """The sweeps of the chosen rows: the user's own, the article's, then those most like it.

    Sweeps of another engine than vLLM come before those that they are compared with.
    """
    return _sweeps(analysis.name, selection, store().version())


def shown(analysis: Analysis, sweep: Sweep) -> ShownSweep:
    """A sweep with its forecasts; with memory if its requests run in parallel.

    The forecast covers what was measured and what the suite ``article`` would measure.
    """
    fitted = forecaster_of(store().version())
    if sweep.varied == "gpu":
        return ShownSweep(sweep, None, tuple(forecast_like(fitted, row) for row in sweep.rows))
    measured = [float(row.at(sweep.varied) or 0.0) for row in sweep.rows]
    at = sorted({*measured, *_places(analysis, sweep, measured)})
    along = forecast_along(fitted, sweep, at)
    if along is None:
        return ShownSweep(sweep, None, tuple(None for _ in measured))
    by_place = dict(zip(along.at, along.output_tokens_per_s, strict=True))
    return ShownSweep(sweep, along, tuple(by_place[x] for x in measured), _memory(sweep, at))


def csv_of(rows: Iterable[MeasuredRow]) -> bytes:
    """The rows as ``planner export`` writes them, which ``planner import`` reads.

    A spreadsheet runs no cell as a formula.
    """
    out = io.StringIO(newline="")
    write_measurement_csv(out, [row.measurement for row in rows])
    return out.getvalue().encode("utf-8-sig")


@lru_cache(maxsize=2)
def _rows(version: str) -> tuple[MeasuredRow, ...]:
    return measured_rows(forecaster_of(version))


@lru_cache(maxsize=SELECTIONS_KEPT)
def _sweeps(name: str, selection: Selection, version: str) -> tuple[Sweep, ...]:
    analysis = next(analysis for analysis in ANALYSES if analysis.name == name)
    chosen = [row for row in _rows(version) if selection.holds(row)]
    found = sweeps_of(chosen, analysis, catalog_of(version))
    return _varied(sorted(found, key=_distance))


def _varied(sweeps: Iterable[Sweep]) -> tuple[Sweep, ...]:
    """The user's own and the article's first, then the first of each kind before the second."""
    seen: Counter[tuple[str, ...]] = Counter()
    ranked: list[tuple[tuple[float, ...], Sweep]] = []
    for place, sweep in enumerate(sweeps):
        row = sweep.rows[0]
        m = row.measurement
        kind = (row.gpu, row.quantization, m.engine, m.source_id)
        ranked.append(((*_distance(sweep)[:3], seen[kind], place), sweep))
        seen[kind] += 1
    return tuple(sweep for _, sweep in sorted(ranked, key=lambda entry: entry[0]))


def _distance(sweep: Sweep) -> tuple[float, ...]:
    """How far a sweep is from what the reader came for, the most important difference first."""
    row = sweep.rows[0]
    article = any(each.measurement.source_id == ARTICLE for each in sweep.rows)
    others = [
        abs(math.log(value / _ARTICLE_LOAD[name]))
        for name in LENGTHS
        if name != sweep.varied and (value := sweep.typical(name))
    ]
    return (
        not sweep.own,
        is_vllm(row.measurement),
        not article,
        row.model != ARTICLE_CASE.model,
        row.quantization != ARTICLE_CASE.quantization,
        sweep.varied != "gpu" and row.gpu != ARTICLE_GPU,
        len(sweep.rows) < _FEW,
        sum(others),
        -len(sweep.rows),
    )


def _places(analysis: Analysis, sweep: Sweep, measured: list[float]) -> list[float]:
    """Values of what varies over the range of the suite and of the measured ones."""
    least, most = _suite_range(analysis)
    if sweep.varied != "concurrency":
        most = min(most, _longest(sweep))
    low, high = min(*measured, least), max(*measured, most)
    places = np.geomspace(low, high, CURVE_POINTS)
    if sweep.varied == "concurrency":
        places = np.unique(np.round(places))
    return [float(place) for place in places]


@lru_cache(maxsize=len(ANALYSES))
def _suite_range(analysis: Analysis) -> tuple[float, float]:
    """The smallest and the largest value of what varies among the points of the suite."""
    measured = next(a for a in read_suite("article").analyses if a.name == analysis.name)
    values = [float(getattr(point, analysis.varied)) for point in measured.points]
    return min(values), max(values)


def _longest(sweep: Sweep) -> float:
    """The longest prompt or answer that fits the model's context beside the other of the two."""
    deployment = sweep.rows[0].deployment
    if deployment is None:
        return math.inf
    context = deployment.longest_tokens
    other: Quantity = "output_tokens" if sweep.varied == "input_tokens" else "input_tokens"
    return context - (sweep.typical(other) or 0.0)


def _memory(sweep: Sweep, at: list[float]) -> MemoryInUse | None:
    observed = next((row.observed for row in sweep.rows if row.observed is not None), None)
    inputs, outputs = sweep.typical("input_tokens"), sweep.typical("output_tokens")
    if sweep.varied != "concurrency" or observed is None or not inputs or not outputs:
        return None
    return memory_in_use(observed, inputs, outputs, np.array(at))
