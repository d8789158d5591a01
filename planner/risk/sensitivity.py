"""Which input moves the cost of the recommended configuration most."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from planner.catalog.lookup import Catalog
from planner.catalog.price_offer import PriceOffer
from planner.errors import InputError
from planner.fleet import costs
from planner.fleet.make_plan import recommendation_for
from planner.fleet.plan import Option
from planner.fleet.recommendation import Recommendation
from planner.fleet.replanning import with_change
from planner.fleet.scenario import MAX_DOCUMENTS_PER_YEAR, Scenario
from planner.fleet.scenario_work import scenarios_by_model
from planner.forecast.forecaster import Forecaster
from planner.learning.throughput import Z90
from planner.mixing.divided_stock import divided, with_share
from planner.mixing.sum_of_options import option_together
from planner.money.cost_of_owning import OwnedOffer
from planner.risk.fleets_compared import Compared, FleetOfModel, compared_of
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
    ``of`` is the GPU of the price, with its machine and terms if two machines have it, or the model
    of the speed, if there are several.
    """

    input: Input
    low: float
    high: float
    cost_low_usd: float | None
    cost_high_usd: float | None
    of: str | None = None

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
    without a budget; the forecast's speed is then known, at the ends of its 90 % interval. Only
    the prices if a fleet is of several kinds.
    """
    fleets = recommended.alone
    if fleets is None:
        return tuple(sorted(price_swings(recommended), key=lambda swing: -swing.moves_usd))
    free = scenario.model_copy(update={"budget_usd_per_year": None})

    def replan(own: Scenario) -> Recommendation:
        return recommendation_for(own, forecaster, catalog)

    def cost(change: dict[str, Any]) -> float | None:
        other = with_change(free, change)
        try:
            if other is None:
                return None
            alone = zip(scenarios_by_model(other, catalog), fleets, strict=True)
            asked = divided([_on_the_same(own, one.option, catalog) for own, one in alone], replan)
            found = [replan(one) for one in asked]
        except InputError:  # documents beyond the model's context
            return None
        options = [one.chosen for one in found if one.chosen is not None]
        if len(options) < len(fleets):
            return None
        together = option_together(other, list(zip(asked, options, strict=True)))
        return together.cost_usd_per_year

    swings = [
        Swing(name, low, high, cost(change_low), cost(change_high))
        for name, (low, change_low), (high, change_high) in _changes(free)
    ]
    swings += [*price_swings(recommended), *_speeds(scenario, fleets)]
    return tuple(sorted(swings, key=lambda swing: (-swing.is_infeasible, -swing.moves_usd)))


def _on_the_same(scenario: Scenario, option: Option, catalog: Catalog) -> Scenario:
    """The scenario with the GPU and the weights of an option alone."""
    item = option.fleet[0]
    on_others = (item.gpu != catalog.gpu(one.gpu).name for one in scenario.owned)
    owned = [
        0 if other else one.count for other, one in zip(on_others, scenario.owned, strict=True)
    ]
    return with_share(scenario, tuple(owned)).model_copy(
        update={"gpus": (item.gpu,), "quantization": item.quantization}
    )


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


def price_swings(recommended: Compared) -> Iterator[Swing]:
    """The price of each machine that is rented."""
    total = recommended.option.cost_usd_per_year
    moved: dict[str, float] = defaultdict(float)
    offers: dict[str, PriceOffer] = {}
    for one in recommended.fleets:
        for item in one.option.fleet:
            offer = item.price_offer
            if isinstance(offer, OwnedOffer):
                continue
            lines = costs.machine_lines(one.scenario, item.machines)
            moved[offer.id] += STEP * costs.total_cost_usd_per_year(lines)
            offers[offer.id] = offer
    for offer_id, offer in offers.items():
        usd_per_hour, change = offer.usd_per_hour / offer.machines, moved[offer_id]
        ends = usd_per_hour * (1 - STEP), usd_per_hour * (1 + STEP)
        of = _machine_of(offer, offers.values()) if len(offers) > 1 else None
        yield Swing("price", *ends, total - change, total + change, of)


def _machine_of(offer: PriceOffer, offers: Collection[PriceOffer]) -> str:
    """Its GPU, with what tells it apart if another machine has this GPU, too."""
    again = sum(offer.gpu == other.gpu for other in offers) > 1
    return f"{offer.gpu}, {offer.provider} {offer.instance}, {offer.terms}" if again else offer.gpu


def _speeds(scenario: Scenario, fleets: Sequence[FleetOfModel]) -> Iterator[Swing]:
    """The speed of each model's replicas, the others as fast as forecast."""
    for number, one in enumerate(fleets):
        pace = one.sized.replica.pace

        def cost(error: float, number: int = number, one: FleetOfModel = one) -> float:
            other = one.with_machines(one.machines_for(1.0, error))
            all_fleets = [*fleets[:number], other, *fleets[number + 1 :]]
            return compared_of(scenario, all_fleets).option.cost_usd_per_year

        ends = 1.0 / pace.slowdown(Z90), 1.0 / pace.slowdown(-Z90)
        of = _model_of(one, fleets) if len(fleets) > 1 else None
        yield Swing("speed", *ends, cost(Z90), cost(-Z90), of)


def _model_of(one: FleetOfModel, fleets: Sequence[FleetOfModel]) -> str:
    """Its model, with the quantization if another fleet runs the same one."""
    item = one.option.fleet[0]
    again = sum(item.model == other.option.fleet[0].model for other in fleets) > 1
    return f"{item.model}, {item.quantization}" if again else item.model
