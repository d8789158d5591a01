"""What must hold for every scenario, tried on many random ones with a fixed seed."""

from __future__ import annotations

import math
import random
from typing import Any

import pytest

from planner.catalog.lookup import Catalog
from planner.entered.owned_hardware import OwnedHardware
from planner.errors import InputError
from planner.fleet.make_plan import make_plan, recommendation_for
from planner.fleet.plan import Option, Plan, Remedy
from planner.fleet.recommendation import premium_of
from planner.fleet.scenario import Scenario
from planner.forecast.forecaster import Forecaster

CARDS_OWNED = OwnedHardware(gpu="RTX 3090", count=6, gpus_per_machine=1, price_usd=700)
CARDS = ("A100 80GB", "L4", "L40S", "H100 SXM", "T4", "A10G")
DOCUMENTS = (
    ("mistralai/Mistral-7B-Instruct-v0.2", 8_000, 150),
    ("openai/gpt-oss-20b", 500, 400),
)
"""Models and lengths; few, because the forecasts of each are made once."""


def scenario_of(rng: random.Random) -> Scenario:
    """A scenario of three GPUs, with or without each limit."""
    model, input_tokens, output_tokens = rng.choice(DOCUMENTS)
    return Scenario(
        documents_per_year=10 ** rng.uniform(5, 9.5),
        input_tokens=input_tokens,
        output_tokens=output_tokens,
        model=model,
        gpus=tuple(rng.sample(CARDS, rng.choice([1, 2, 5]))),
        budget_usd_per_year=rng.choice([None, 10 ** rng.uniform(3.5, 7)]),
        latency_p95_s=rng.choice([None, 10 ** rng.uniform(0, 2.5)]),
        peak_factor=rng.choice([1.0, 3.0]),
        hours_per_week=rng.choice([168.0, 168.0, 60.0]),
        pay_only_for_hours=rng.random() < 0.3,
        spare_replicas=rng.choice([0, 0, 1]),
        confidence=rng.choice([0.5, 0.8, 0.95]),
        measured_premium=rng.choice([1.0, 1.25, 2.0]),
        standard_costs=rng.choice([(), (), ("people", "non-production", "tax")]),
        owned=rng.choice([(), (), (), (CARDS_OWNED,)]),
    )


def harder(rng: random.Random, scenario: Scenario) -> dict[str, Any]:
    """A change that asks for more."""
    changes: list[dict[str, Any]] = [
        {"documents_per_year": scenario.documents_per_year * rng.uniform(1.0, 3.0)},
        {"confidence": rng.uniform(scenario.confidence, 0.99)},
        {"spare_replicas": scenario.spare_replicas + rng.choice([1, 2])},
    ]
    if scenario.latency_p95_s is not None:
        changes.append({"latency_p95_s": scenario.latency_p95_s * rng.uniform(0.4, 1.0)})
    return rng.choice(changes)


def easier(rng: random.Random, scenario: Scenario) -> dict[str, Any]:
    """A change that allows more."""
    changes: list[dict[str, Any]] = [
        {"gpus": (*scenario.gpus, next(gpu for gpu in CARDS if gpu not in scenario.gpus))}
    ]
    if scenario.budget_usd_per_year is not None:
        changes.append({"budget_usd_per_year": scenario.budget_usd_per_year * rng.uniform(1, 3)})
    return rng.choice(changes)


def cost_of(option: Option | None) -> float:
    """Cost of an option; infinite if there is none."""
    return math.inf if option is None else option.cost_usd_per_year


def a_little_less(remedy: Remedy) -> Scenario:
    """The remedy's scenario if its change were smaller by what rounding may add."""
    value = remedy.value
    changes: dict[str, dict[str, float]] = {
        "budget": {"budget_usd_per_year": value - 1.01},
        "latency": {"latency_p95_s": value * 0.985},
        "volume": {"documents_per_year": value * 1.015},
        "confidence": {"confidence": min(0.99, value + 0.0151)},
    }
    return remedy.scenario.model_copy(update=changes[remedy.changed])


def check(scenario: Scenario, rng: random.Random, forecaster: Forecaster, catalog: Catalog) -> None:
    def least(other: Scenario) -> float:
        return cost_of(recommendation_for(other, forecaster, catalog).cheapest)

    asked = make_plan(scenario, forecaster, catalog)
    for option in asked.options:
        check_probabilities(option)
    check_recommendation(asked)
    assert recommendation_for(scenario, forecaster, catalog).chosen == asked.recommended
    cost = cost_of(asked.cheapest_sure or asked.recommended)
    more = scenario.model_copy(update=harder(rng, scenario))
    assert least(more) >= cost, more
    less = scenario.model_copy(update=easier(rng, scenario))
    assert least(less) <= cost, less
    for remedy in asked.remedies:
        assert least(remedy.scenario) == remedy.option.cost_usd_per_year, remedy.changed
        assert least(a_little_less(remedy)) == math.inf, remedy.changed
    for lever in asked.levers:
        saved = recommendation_for(lever.scenario, forecaster, catalog).chosen
        assert cost_of(saved) == lever.option.cost_usd_per_year, lever.change


def check_probabilities(option: Option) -> None:
    for found in (option.probability, option.probability_one_down):
        assert 0.0 <= found.all <= found.work <= found.volume <= 1.0
    assert option.probability_one_down.work <= option.probability.work + 0.005
    assert 0.0 <= option.availability <= 1.0
    total = sum(line.usd_per_year for line in option.cost_lines)
    assert option.cost_usd_per_year == pytest.approx(total)
    item = option.fleet[0]
    assert item.replicas == item.instances * (item.price_offer.gpu_count // item.gpu_count)


def check_recommendation(asked: Plan) -> None:
    """It is on the front of cost against probability, or the premium says why not."""
    best = asked.recommended
    if best is None:
        assert not any(option.meets.all for option in asked.options)
        return
    assert best.meets.all
    cheaper = [
        option
        for option in asked.options
        if option.cost_usd_per_year < best.cost_usd_per_year - 0.01
        and option.without_spares.work >= best.without_spares.work
    ]
    if cheaper:
        assert asked.cheapest_sure is not None
        assert best.is_measured
        least = asked.cheapest_sure.cost_usd_per_year
        assert best.cost_usd_per_year <= premium_of(asked.scenario) * least + 0.01


def try_many(number: int, seed: int, forecaster: Forecaster, catalog: Catalog) -> None:
    rng = random.Random(seed)
    planned = 0
    for _ in range(number):
        scenario = scenario_of(rng)
        try:
            check(scenario, rng, forecaster, catalog)
        except InputError:
            continue
        except AssertionError as error:
            raise AssertionError(f"{scenario!r}: {error}") from error
        planned += 1
    assert planned > 0.9 * number


@pytest.mark.slow
@pytest.mark.timeout(900)  # each is planned ten times
def test_many_scenarios(forecaster: Forecaster, catalog: Catalog) -> None:
    try_many(40, 1, forecaster, catalog)
