"""Which input moves the cost of the recommended configuration most."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from planner.catalog.lookup import Catalog
from planner.errors import InputError
from planner.fleet import costs
from planner.fleet.make_plan import recommendation_for
from planner.fleet.replanning import with_change
from planner.fleet.scenario import MAX_DOCUMENTS_PER_YEAR, Scenario
from planner.fleet.sizing import replicas_for
from planner.forecast.forecaster import Forecaster
from planner.learning.throughput import Z90
from planner.risk.fleets_compared import Compared
from planner.workload.weekly_hours import MAX_PEAK_FACTOR

Input = Literal[
    "volume", "input_length", "output_length", "peak_factor", "confidence", "price", "speed"
]

STEP = 0.1
"""A tenth less and a tenth more of every input that states no range: the same for all, so that
their effects compare."""

_FIELD: dict[Input, str] = {"input_length": "input", "output_length": "output"}


@dataclass(frozen=True, slots=True)
class Swing:
    """The yearly cost with an input at its low and its high value; None if nothing is feasible.

    ``low`` and ``high`` are in the input's unit: documents a year, tokens, times the average
    hour, a probability, USD an hour of a machine. Those of the speed are times the forecast one.
    """

    input: Input
    low: float
    high: float
    cost_low_usd: float | None
    cost_high_usd: float | None

    @property
    def moves_usd(self) -> float:
        """The difference between both costs; 0 if one of them is not known."""
        if self.cost_low_usd is None or self.cost_high_usd is None:
            return 0.0
        return abs(self.cost_high_usd - self.cost_low_usd)

    @property
    def is_infeasible(self) -> bool:
        """True if nothing is feasible at one of the ends."""
        return self.cost_low_usd is None or self.cost_high_usd is None


def sensitivity(
    scenario: Scenario, recommended: Compared, forecaster: Forecaster, catalog: Catalog
) -> tuple[Swing, ...]:
    """All inputs, the one that moves the cost most first.

    Each end is planned again, with the GPU and the weights of the recommended configuration and
    without a budget; the forecast's speed is then known, at the ends of its 90 % interval.
    """
    item = recommended.option.fleet[0]
    alone = scenario.model_copy(
        update={
            "gpus": (item.gpu,),
            "owned": tuple(one for one in scenario.owned if catalog.gpu(one.gpu).name == item.gpu),
            "quantization": item.quantization,
            "budget_usd_per_year": None,
        }
    )

    def cost(change: dict[str, Any]) -> float | None:
        other = with_change(alone, change)
        try:
            chosen = other and recommendation_for(other, forecaster, catalog).chosen
        except InputError:  # documents beyond the model's context
            return None
        return chosen.cost_usd_per_year if chosen else None

    swings = [
        Swing(name, low, high, cost(change_low), cost(change_high))
        for name, (low, change_low), (high, change_high) in _changes(alone)
    ]
    swings += [_price(scenario, recommended), _speed(scenario, recommended)]
    return tuple(sorted(swings, key=lambda swing: (-swing.is_infeasible, -swing.moves_usd)))


End = tuple[float, dict[str, Any]]


def _changes(s: Scenario) -> Iterator[tuple[Input, End, End]]:
    """The inputs with their ends, and what changes in the scenario there."""
    less, more = 1.0 - STEP, 1.0 + STEP

    def ends(field: str, low: float, high: float) -> tuple[End, End]:
        return (low, {field: low}), (high, {field: high})

    volume = s.documents_per_year
    low = s.volume_low or (volume if s.volume_high else volume * less)
    high = s.volume_high or (volume if s.volume_low else volume * more)
    yield "volume", *ends("documents_per_year", low, min(high, MAX_DOCUMENTS_PER_YEAR))
    for name, which in _FIELD.items():
        tokens = getattr(s, f"{which}_tokens")
        shorter = tokens * less, _longer(s, which, less)
        yield name, shorter, (tokens * more, _longer(s, which, more))
    peak = max(1.0, s.peak_factor * less), min(MAX_PEAK_FACTOR, s.peak_factor * more)
    yield "peak_factor", *ends("peak_factor", *peak)
    sure = max(0.5, s.confidence * less), min(0.99, s.confidence * more)
    yield "confidence", *ends("confidence", *sure)


def _longer(s: Scenario, which: str, times: float) -> dict[str, Any]:
    """The fields of a scenario whose documents are ``times`` as long."""
    tokens, spread = f"{which}_tokens", f"{which}_spread"

    def of(one: Any) -> dict[str, Any]:
        stated = getattr(one, spread)
        length = getattr(one, tokens) * times
        return {tokens: length, spread: stated and stated.times(times)}

    flat = of(s)
    flat[tokens] = max(1, round(flat[tokens]))
    return flat | {"classes": tuple(one.model_copy(update=of(one)) for one in s.classes)}


def _price(scenario: Scenario, recommended: Compared) -> Swing:
    item, total = recommended.option.fleet[0], recommended.option.cost_usd_per_year
    moved = STEP * costs.gpu_cost_usd_per_year(scenario, item.price_offer, item.instances)
    usd = item.price_offer.usd_per_hour
    return Swing("price", usd * (1 - STEP), usd * (1 + STEP), total - moved, total + moved)


def _speed(scenario: Scenario, recommended: Compared) -> Swing:
    sized, item = recommended.sized, recommended.option.fleet[0]
    pace = sized.replica.pace

    def cost(error: float) -> float:
        replicas = replicas_for(sized.demand, pace, error)
        needed = costs.instances_for(replicas, item.gpu_count, item.price_offer)
        machines = needed + scenario.spare_replicas
        return costs.total_cost_usd_per_year(costs.cost_lines(scenario, item.price_offer, machines))

    ends = 1.0 / pace.slowdown(Z90), 1.0 / pace.slowdown(-Z90)
    return Swing("speed", *ends, cost(Z90), cost(-Z90))
