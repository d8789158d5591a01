"""GPU memory against parallel requests: as measured, and as the model's shape makes it."""

from __future__ import annotations

from collections.abc import Sequence

from app.analysis_data import ShownSweep
from app.charts.measured_sweep_chart import SERIES, log_doublings
from app.charts.style import Chart, Json, Palette, figure_in, literal, title
from app.sweep_names import legend_name
from planner.forecast.memory_in_use import MemoryInUse
from planner.wording.formatting import significant

GIB_PER_GB = 1e9 / 2**30


def memory_chart(sweeps: Sequence[ShownSweep], colours: Palette) -> Chart | None:
    """GiB on each GPU at each concurrency; None if no sweep has a figure."""
    traces: list[Json] = []
    told: list[str] = []
    for shown, (colour, symbol) in zip(sweeps, SERIES, strict=False):
        name = legend_name(shown.sweep)
        if shown.memory is not None and shown.along is not None:
            at, memory = shown.along.at, shown.memory
            traces += [_used(at, memory, name, colour), _reserved(at, memory, name, colour)]
            told.append(_in_words(at, memory, name))
        if any(row.measurement.peak_memory_gb for row in shown.sweep.rows):
            traces.append(_measured(shown, name, colour, symbol))
            told.append(f"{name}: measured peaks are marked")
    if not traces:
        return None
    places = [x for trace in traces for x in trace["x"]]
    figure = figure_in(
        colours,
        360 + 22 * len(sweeps),
        traces,
        xaxis={
            "title": title("parallel requests", colours),
            **log_doublings(min(places), max(places)),
        },
        yaxis={"title": title("GiB on each GPU", colours), "rangemode": "tozero"},
    )
    return Chart(figure, f"GPU memory against parallel requests. {'; '.join(told)}.")


def _in_words(at: Sequence[float], memory: MemoryInUse, name: str) -> str:
    used = _in_use(memory)
    return (
        f"{name}: {significant(used[0])} GiB in use with {significant(at[0])} and "
        f"{significant(used[-1])} GiB with {significant(at[-1])} parallel requests, of "
        f"{significant(memory.reserved_gib)} GiB reserved"
    )


def _in_use(memory: MemoryInUse) -> list[float]:
    return [memory.fixed_gib + held for held in memory.requests_gib]


def _used(at: Sequence[float], memory: MemoryInUse, name: str, colour: str) -> Json:
    return {
        "type": "scatter",
        "x": list(at),
        "y": _in_use(memory),
        "mode": "lines",
        "line": {"color": colour, "width": 2.2},
        "name": literal(name),
        "legendgroup": name,
        "text": [significant(held) for held in memory.requests_gib],
        "hovertemplate": "%{x:.0f} parallel requests: %{y:.3g} GiB in use, of which %{text} GiB "
        "KV cache of these requests (computed)<extra></extra>",
    }


def _reserved(at: Sequence[float], memory: MemoryInUse, name: str, colour: str) -> Json:
    return {
        "type": "scatter",
        "x": [at[0], at[-1]],
        "y": [memory.reserved_gib] * 2,
        "mode": "lines",
        "line": {"color": colour, "width": 1.5, "dash": "dash"},
        "legendgroup": name,
        "showlegend": False,
        "hovertemplate": "vLLM reserves %{y:.3g} GiB when it starts (computed)<extra></extra>",
    }


def _measured(shown: ShownSweep, name: str, colour: str, symbol: str) -> Json:
    rows = [row for row in shown.sweep.rows if row.measurement.peak_memory_gb]
    return {
        "type": "scatter",
        "x": [row.at("concurrency") for row in rows],
        "y": [(row.measurement.peak_memory_gb or 0.0) * GIB_PER_GB for row in rows],
        "mode": "markers",
        "marker": {"symbol": symbol, "size": 10, "color": colour},
        "name": literal(f"measured peak: {name}"),
        "legendgroup": name,
        "hovertemplate": "%{x:.0f} parallel requests: %{y:.3g} GiB, measured peak<extra></extra>",
    }
