"""The places of everything in a chart, in points; the template only draws."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from planner.fleet.busiest_hour import load_of
from planner.fleet.plan import Option
from planner.fleet.scenario import Scenario
from planner.report.pdf_evidence import Curve
from planner.wording.backlog_sentence import demand_words
from planner.wording.explanation import configuration
from planner.wording.formatting import BASIS_COLOUR, BASIS_SHAPE, large, significant, usd

WIDTH_PT, HEIGHT_PT = 380.0, 96.0
_LETTER_PT, _LINE_PT, _MARK_PT = 4.2, 9.0, 8.0
_LOG_FROM = 12.0  # largest over smallest value from which a linear axis crowds its low end

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Scale:
    """A value's place on an axis of ``length`` points, linear or logarithmic."""

    low: float
    high: float
    length: float
    log: bool = False

    def at(self, value: float) -> float:
        """Points from the axis's start; values beyond an end are put at that end."""
        value = min(max(value, self.low), self.high)
        if self.log:
            share = math.log(value / self.low) / math.log(self.high / self.low)
        else:
            share = (value - self.low) / (self.high - self.low)
        return round(share * self.length, 2)

    def ticks(self) -> list[float]:
        """Round values (1, 2 or 5 times a power of ten) within the axis, about five of them."""
        if not self.log:
            step = _round_step((self.high - self.low) / 5)
            first = math.ceil(self.low / step - 1e-9)
            last = math.floor(self.high / step + 1e-9)
            return [round(i * step, 12) for i in range(first, last + 1)]
        decades = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
        steps = (1, 2, 5) if len(decades) <= 4 else (1,)
        every = max(1, len(decades) // 7)
        values = [m * 10.0**d for d in decades[::every] for m in steps]
        return [v for v in values if self.low <= v * (1 + 1e-9) and v <= self.high * (1 + 1e-9)]


def scale_for(values: Sequence[float], length: float) -> Scale:
    """An axis with room around all of ``values``; logarithmic if they span a wide range."""
    positive = [value for value in values if value > 0]
    largest, smallest = max(positive, default=1.0), min(positive, default=1.0)
    if largest / smallest > _LOG_FROM:
        margin = (largest / smallest) ** 0.06
        return Scale(smallest / margin, largest * margin, length, log=True)
    return Scale(0.0, largest * 1.1, length)


def cost_against_capacity(
    scenario: Scenario, options: Sequence[Option], others: Sequence[Option]
) -> dict[str, Any] | None:
    """The options with their intervals, the demand and the budget; None without options.

    ``others`` are drawn as unnamed dots if they fall inside.
    """
    if not options:
        return None
    demand = load_of(scenario).busiest_per_year
    budget = scenario.budget_usd_per_year
    reach = [x for o in options for x in _interval(o)]
    x = scale_for([*reach, demand], WIDTH_PT)
    y = scale_for(
        [*(o.cost_usd_per_year for o in options), *([budget] if budget else [])], HEIGHT_PT
    )
    top = HEIGHT_PT - y.at(budget) if budget else 0.0
    spots = [(x.at(o.capacity_documents_per_year.value), HEIGHT_PT - _y(y, o)) for o in options]
    names = [f"option {number}" for number in range(1, len(options) + 1)]
    taken = [_around(*spot, _MARK_PT, _MARK_PT) for spot in spots]
    bars = [_bar(x, option, spot) for option, spot in zip(options, spots, strict=True)]
    taken += bars
    taken.append((x.at(demand) - 1, 0.0, x.at(demand) + 1, HEIGHT_PT))
    if budget:
        taken.append((0.0, top - 1, WIDTH_PT, top + 1))
    return {
        "width": WIDTH_PT,
        "height": HEIGHT_PT,
        "x_ticks": [{"at": x.at(v), "text": large(v)} for v in x.ticks()],
        "y_ticks": [{"at": HEIGHT_PT - y.at(v), "text": usd(v)} for v in y.ticks()],
        "demand": {"at": x.at(demand), "text": f"demand {demand_words(scenario)}"},
        "budget": {"at": top, "text": f"budget {usd(budget)}"} if budget else None,
        "feasible": {"x": x.at(demand), "y": top},
        "others": [
            {"x": x.at(o.capacity_documents_per_year.value), "y": HEIGHT_PT - _y(y, o)}
            for o in others
            if x.low < o.capacity_documents_per_year.value < x.high
            and y.low < o.cost_usd_per_year < y.high
        ],
        "points": [
            {
                "x": spot[0],
                "y": spot[1],
                "from": x.at(option.capacity_documents_per_year.low),
                "to": x.at(option.capacity_documents_per_year.high),
                "shape": BASIS_SHAPE[option.basis],
                "colour": BASIS_COLOUR[option.basis],
                "filled": option.meets.all,
                "label": _label(name, bar, spot, taken),
            }
            for option, spot, bar, name in zip(options, spots, bars, names, strict=True)
        ],
        "legend": [
            {"text": basis, "shape": BASIS_SHAPE[basis], "colour": BASIS_COLOUR[basis]}
            for basis in dict.fromkeys(o.basis for o in options)
        ],
        "alt": _alt(options, names, demand, budget),
    }


def throughput_curve(curve: Curve) -> dict[str, Any]:
    """One replica's output tokens/s over parallel requests: line, 90 % band, measured dots."""
    xs = [n for n, _ in curve.forecast] + [n for n, _ in curve.measured]
    highs = [i.high for _, i in curve.forecast] + [v for _, v in curve.measured]
    height = 0.5 * HEIGHT_PT
    x, y = scale_for(xs, WIDTH_PT), Scale(0.0, max(highs) * 1.05, height)

    def place(n: float, value: float) -> list[float]:
        return [x.at(n), height - y.at(value)]

    upper = [place(n, i.high) for n, i in curve.forecast]
    lower = [place(n, i.low) for n, i in reversed(curve.forecast)]
    return {
        "title": curve.title,
        "width": WIDTH_PT,
        "height": height,
        "x_ticks": [{"at": x.at(v), "text": significant(v)} for v in x.ticks()],
        "y_ticks": [{"at": height - y.at(v), "text": significant(v)} for v in y.ticks()],
        "band": upper + lower,
        "line": [place(n, i.value) for n, i in curve.forecast],
        "dots": [place(n, value) for n, value in curve.measured],
        "alt": f"{curve.title}: output tokens per second over parallel requests, "
        f"from {significant(curve.forecast[0][1].value)} at {significant(curve.forecast[0][0])} "
        f"to {significant(curve.forecast[-1][1].value)} at {significant(curve.forecast[-1][0])}.",
    }


def _interval(option: Option) -> tuple[float, float, float]:
    capacity = option.capacity_documents_per_year
    return capacity.low, capacity.value, capacity.high


def _y(scale: Scale, option: Option) -> float:
    return scale.at(option.cost_usd_per_year)


def _around(x: float, y: float, width: float, height: float) -> Box:
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2


def _bar(scale: Scale, option: Option, spot: tuple[float, float]) -> Box:
    low, _, high = _interval(option)
    return scale.at(low), spot[1] - 1, scale.at(high), spot[1] + 1


def _label(text: str, bar: Box, spot: tuple[float, float], taken: list[Box]) -> dict[str, Any]:
    """The first free place around the interval or the marker, which is taken from then on."""
    width = len(text) * _LETTER_PT
    x, y = spot
    gap = _MARK_PT / 2 + 2
    beside, above, below = y - _LINE_PT / 2, y - gap - _LINE_PT, y + gap
    places = [
        (bar[2] + 4, beside),
        (bar[0] - 4 - width, beside),
        (x - width / 2, above),
        (x - width / 2, below),
        (x + 2, above),
        (x - 2 - width, above),
        (x + 2, below),
        (x - 2 - width, below),
        *(
            (x + aside * (width + 2) - width / 2, top)
            for aside in (0, 1, -1, 2, -2)
            for lines in (0, 1, 2, 3)
            for top in (above - lines * _LINE_PT, below + lines * _LINE_PT)
        ),
    ]
    left, top = next(
        (p for p in places if _is_free((p[0], p[1], p[0] + width, p[1] + _LINE_PT), taken)),
        (min(max(x - width / 2, 2.0), WIDTH_PT - width), above),
    )
    taken.append((left, top, left + width, top + _LINE_PT))
    return {"text": text, "x": round(left, 2), "y": round(top, 2), "width": round(width, 2)}


def _is_free(box: Box, taken: Sequence[Box]) -> bool:
    if box[0] < 2 or box[1] < 2 or box[2] > WIDTH_PT or box[3] > HEIGHT_PT:
        return False
    return not any(
        box[0] < other[2] and other[0] < box[2] and box[1] < other[3] and other[1] < box[3]
        for other in taken
    )


def _alt(
    options: Sequence[Option], names: Sequence[str], demand: float, budget: float | None
) -> str:
    points = "; ".join(
        f"{name}, {configuration(o)}: {large(o.capacity_documents_per_year.value)} documents for "
        f"{usd(o.cost_usd_per_year)}"
        for o, name in zip(options, names, strict=True)
    )
    limit = f", budget {usd(budget)}" if budget else ""
    return f"Cost a year against documents a year, to read {large(demand)}{limit}. {points}."


def _round_step(rough: float) -> float:
    power = 10.0 ** math.floor(math.log10(rough))
    return next(m * power for m in (1, 2, 5, 10) if m * power >= rough * (1 - 1e-9))
