"""Cost against capacity: one mark per option, with the demand and the budget as lines."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from app.charts.style import (
    Chart,
    Json,
    Palette,
    figure_in,
    label_at,
    line_at,
    literal,
    title,
    translucent,
)
from planner.fleet.busiest_hour import load_of
from planner.fleet.plan import Option, Plan
from planner.fleet.scenario import Scenario
from planner.forecast.forecast_values import BASES, Basis
from planner.wording.backlog_sentence import demand_words
from planner.wording.explanation import configuration, sureness
from planner.wording.formatting import (
    BASIS_COLOUR,
    BASIS_SHAPE,
    large,
    large_interval,
    terms_of,
    usd,
)
from planner.wording.why_not import reason_of

_PLOTLY_SHAPE = {
    "circle": "circle",
    "diamond": "diamond",
    "square": "square",
    "triangle": "triangle-up",
}
_NEAR = 6.0
"""Options above this many times the budget or the demand are counted but not drawn; the
recommended one, or the nearest, always is."""


def cost_against_capacity(plan: Plan, options: Sequence[Option], colours: Palette) -> Chart:
    """Options with their capacity intervals; the area that meets demand and budget is shaded."""
    scenario = plan.scenario
    demand = load_of(scenario).busiest_per_year
    budget = scenario.budget_usd_per_year
    nearest = plan.nearest
    near = [o for o in options if o is nearest or _is_near(o, demand, budget)]
    shown = near if len(near) > 1 else list(options[:12])
    reach = _reach(shown, demand, budget, nearest)
    groups = [
        (basis, feasible, [o for o in shown if o.basis == basis and o.meets.all is feasible])
        for basis in BASES
        for feasible in (True, False)
    ]
    traces = [
        _points(scenario, group, basis, fits, colours) for basis, fits, group in groups if group
    ]
    if plan.recommended is not None:
        traces.append(_ring(plan.recommended, colours))
    figure = figure_in(
        colours,
        420,
        traces,
        xaxis={
            "title": title("documents a year (capacity, with 90 % interval)", colours),
            **log_axis(reach.left, reach.right, large),
        },
        yaxis={"title": title("cost a year", colours), **log_axis(reach.low, reach.high, usd)},
        lines=_lines(demand, budget, reach, colours),
        labels=_labels(scenario, demand, budget, colours),
    )
    return Chart(figure, _alt(plan, shown, len(options) - len(shown), demand, budget))


def _is_near(option: Option, demand: float, budget: float | None) -> bool:
    cheap = budget is None or option.cost_usd_per_year <= _NEAR * budget
    return cheap and option.capacity_documents_per_year.value <= _NEAR * demand


def _points(
    scenario: Scenario, group: Sequence[Option], basis: Basis, feasible: bool, colours: Palette
) -> Json:
    capacity = [o.capacity_documents_per_year for o in group]
    shape, colour = _PLOTLY_SHAPE[BASIS_SHAPE[basis]], BASIS_COLOUR[basis]
    return {
        "type": "scatter",
        "x": [c.value for c in capacity],
        "y": [o.cost_usd_per_year for o in group],
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [c.high - c.value for c in capacity],
            "arrayminus": [c.value - c.low for c in capacity],
            "thickness": 1,
            "width": 0,
            "color": translucent(colour, 0.55 if feasible else 0.3),
        },
        "mode": "markers",
        "name": basis if feasible else f"{basis}, misses a limit",
        "marker": {
            "symbol": shape if feasible else f"{shape}-open",
            "size": 11 if feasible else 9,
            "color": colour,
            "opacity": 1 if feasible else 0.75,
            "line": {
                "width": 1 if feasible else 1.5,
                "color": colours.page if feasible else colour,
            },
        },
        "text": [_hover(scenario, option) for option in group],
        "hovertemplate": "%{text}<extra></extra>",
    }


def _hover(scenario: Scenario, option: Option) -> str:
    offer = option.fleet[0].price_offer
    lines = [
        f"<b>{literal(configuration(option))}, {option.fleet[0].quantization}</b>",
        f"{usd(option.cost_usd_per_year)} a year, {literal(offer.provider)} {terms_of(offer)}, "
        f"{offer.as_of}",
        f"{large_interval(option.capacity_documents_per_year)} documents a year",
        f"{sureness(option)}, {option.basis}",
    ]
    if reason := reason_of(scenario, option):
        lines.append(literal(reason))
    return "<br>".join(lines)


def _lines(demand: float, budget: float | None, reach: _Reach, colours: Palette) -> list[Json]:
    if budget is None:
        return [line_at(colours, x=demand)]
    corner = {
        "type": "rect",
        "x0": demand,
        "x1": reach.right,
        "y0": reach.low,
        "y1": budget,
        "fillcolor": colours.band,
        "line": {"width": 0},
        "layer": "below",
    }
    return [corner, line_at(colours, x=demand), line_at(colours, y=budget)]


def _labels(
    scenario: Scenario, demand: float, budget: float | None, colours: Palette
) -> list[Json]:
    asked = f" demand: {demand_words(scenario)}"
    labels = [label_at(asked, colours, x=math.log10(demand))]
    if budget is not None:
        labels.append(label_at(f"budget {usd(budget)}", colours, y=math.log10(budget)))
    return labels


def _ring(option: Option, colours: Palette) -> Json:
    return {
        "type": "scatter",
        "x": [option.capacity_documents_per_year.value],
        "y": [option.cost_usd_per_year],
        "mode": "markers+text",
        "marker": {
            "symbol": "circle-open",
            "size": 24,
            "color": colours.accent,
            "line": {"width": 2.5},
        },
        "text": [f"<b>{literal(configuration(option))}</b>"],
        "textposition": "bottom center",
        "textfont": {"color": colours.text, "size": 13},
        "name": "recommended",
        "hoverinfo": "skip",
    }


@dataclass(frozen=True, slots=True)
class _Reach:
    """The limits of both axes."""

    left: float
    right: float
    low: float
    high: float


def _reach(
    shown: Iterable[Option], demand: float, budget: float | None, nearest: Option | None
) -> _Reach:
    options = list(shown)
    xs = [demand, *(v for o in options for v in _bounds(o))]
    ys = [o.cost_usd_per_year for o in options] + ([budget] if budget else [])
    right = min(max(xs), demand * _NEAR * 1.5)
    if nearest is not None:
        right = max(right, nearest.capacity_documents_per_year.high)
    left = max(min(xs), demand / 5)
    return _Reach(left / 1.1, right * 1.1, min(ys) / 1.5, max(ys) * 1.35)


def _bounds(option: Option) -> tuple[float, float]:
    return option.capacity_documents_per_year.low, option.capacity_documents_per_year.high


def log_axis(low: float, high: float, write: Callable[[float], str]) -> Json:
    """A logarithmic axis with round values: 1, 2 or 5 times a power of ten, fewer on a long one."""
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    steps = (1, 2, 5) if len(decades) <= 4 else (1,)
    values = [m * 10.0**d for d in decades for m in steps]
    values = [v for v in values if low <= v <= high]
    return {
        "type": "log",
        "range": [math.log10(low), math.log10(high)],
        "tickmode": "array",
        "tickvals": values,
        "ticktext": [write(v) for v in values],
    }


def _alt(
    plan: Plan, shown: Sequence[Option], left_out: int, demand: float, budget: float | None
) -> str:
    limit = f" for at most {usd(budget)}" if budget else ""
    best = plan.recommended
    marked = (
        f" Marked: {configuration(best)}, "
        f"{large_interval(best.capacity_documents_per_year)} for {usd(best.cost_usd_per_year)}."
        if best
        else " None meets every limit."
    )
    rest = f" {left_out} more expensive or far larger ones are not shown." if left_out else ""
    good = sum(option.meets.all for option in shown)
    return (
        f"Cost a year against documents a year for {len(shown)} configurations, each on its best "
        f"price offer. {good} of them process {large(demand)} documents a year{limit}.{marked}"
        f"{rest}"
    )
