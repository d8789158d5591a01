"""What must hold for every scenario, tried on many random ones with fixed seeds."""

from __future__ import annotations

import math
import random
import re
from typing import Any

import pytest
from random_scenarios import CARDS, few_gpus, scenario_of

from planner.catalog.lookup import Catalog
from planner.errors import InputError
from planner.fleet import costs
from planner.fleet.answer_targets import with_limits
from planner.fleet.make_plan import recommendation_for
from planner.fleet.plan import Option, Plan, Remedy
from planner.fleet.recommendation import premium_of
from planner.fleet.scenario import Scenario
from planner.forecast.forecaster import Forecaster
from planner.mixing.whole_plan import whole_plan
from planner.wording.remedy_sentences import change_of

SCENARIOS = 3_000
OF_A_TEST = 12
ONLY_IN_A_SOAK = [
    pytest.param(part, marks=pytest.mark.soak) for part in range(1, SCENARIOS // OF_A_TEST)
]


def harder(rng: random.Random, scenario: Scenario) -> dict[str, Any]:
    """A change that asks for more."""
    changes: list[dict[str, Any]] = [
        {"documents_per_year": scenario.documents_per_year * rng.uniform(1.0, 3.0)},
        {"confidence": rng.uniform(scenario.confidence, 0.99)},
        {"spare_replicas": scenario.spare_replicas + rng.choice([1, 2])},
        {"min_replicas": scenario.min_replicas + rng.choice([1, 4])},
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
    if remedy.target is not None:
        fields = with_limits(remedy.scenario, {remedy.target: 0.985 * value})
        return Scenario.model_validate(remedy.scenario.model_dump(exclude_unset=True) | fields)
    changes: dict[str, dict[str, float]] = {
        "budget": {"budget_usd_per_year": value - 1.01},
        "latency": {"latency_p95_s": value * 0.985},
        "volume": {"documents_per_year": value * 1.015},
        "confidence": {"confidence": min(0.99, value + 0.0151)},
    }
    return remedy.scenario.model_copy(update=changes[remedy.changed])


def check(scenario: Scenario, rng: random.Random, forecaster: Forecaster, catalog: Catalog) -> None:
    asked = whole_plan(scenario, forecaster, catalog)
    for option in asked.options:
        check_probabilities(option)
        check_cost(scenario, option)
    check_recommendation(asked)
    check_changes(scenario, rng, forecaster, catalog)
    for remedy in asked.remedies:
        check_remedy(remedy, forecaster, catalog)
    for lever in asked.levers:
        saved = recommendation_for(lever.scenario, forecaster, catalog).chosen
        assert cost_of(saved) == lever.option.cost_usd_per_year, lever.change


def check_changes(
    scenario: Scenario, rng: random.Random, forecaster: Forecaster, catalog: Catalog
) -> None:
    """Asking for more is never cheaper, and allowing more never dearer, of one kind of machine.

    That is the cheapest that keeps every limit; the recommended one costs up to the premium more,
    so it may fall by no more than the premium.
    """

    def found(other: Scenario) -> tuple[float, float]:
        recommendation = recommendation_for(other, forecaster, catalog)
        return cost_of(recommendation.cheapest), cost_of(recommendation.chosen)

    cheapest, recommended = found(scenario)
    more = scenario.model_copy(update=harder(rng, scenario))
    cheapest_of_more, recommended_of_more = found(more)
    assert cheapest_of_more >= cheapest, more
    assert recommended_of_more * premium_of(scenario) >= recommended - 0.01, more
    less = scenario.model_copy(update=easier(rng, scenario))
    assert found(less)[0] <= cheapest, less


def check_remedy(remedy: Remedy, forecaster: Forecaster, catalog: Catalog) -> None:
    """It works as printed, costs what it says, and nothing smaller works."""
    again = whole_plan(remedy.scenario, forecaster, catalog)
    costs_usd = [
        option.cost_usd_per_year
        for option in again.options
        if option.meets.all and (len(option.fleet) == 1 or len(remedy.option.fleet) > 1)
    ]
    assert again.recommended is not None, remedy.changed
    assert min(costs_usd) == pytest.approx(remedy.option.cost_usd_per_year), remedy.changed
    smaller = a_little_less(remedy)
    assert recommendation_for(smaller, forecaster, catalog).chosen is None, remedy.changed
    if remedy.changed == "budget":
        assert whole_plan(smaller, forecaster, catalog).recommended is None
    if remedy.target is not None:
        assert change_of(remedy).endswith(f"{remedy.value:.15g})")
        return
    [printed] = re.findall(r"[\d,]+(?:\.\d+)?", change_of(remedy))
    share = 100.0 if remedy.changed == "confidence" else 1.0
    assert float(printed.replace(",", "")) == pytest.approx(share * remedy.value, rel=1e-12)


def check_probabilities(option: Option) -> None:
    for found in (option.probability, option.probability_one_down):
        assert 0.0 <= found.all <= found.work <= found.volume <= 1.0
    assert option.probability_one_down.work <= option.probability.work + 0.005
    assert 0.0 <= option.availability <= 1.0
    for item in option.fleet:
        assert item.replicas == item.instances * (item.price_offer.gpu_count // item.gpu_count)


def check_cost(scenario: Scenario, option: Option) -> None:
    """The lines add up, to what the integer programme counts for the machines."""
    total = sum(line.usd_per_year for line in option.cost_lines)
    assert option.cost_usd_per_year == pytest.approx(total)
    fixed = costs.usd_without_machines(scenario)
    of_items = [costs.cost_lines_of_fleet(scenario, [item.machines]) for item in option.fleet]
    machines = sum(costs.total_cost_usd_per_year(lines) - fixed for lines in of_items)
    assert total == pytest.approx(fixed + machines)


def check_recommendation(asked: Plan) -> None:
    """It is on the front of cost against probability, or the premium says why not.

    A mixed fleet that costs less stands beside it, with what it saves.
    """
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
        and (asked.mix is None or option is not asked.mix.option)
        and option.meets.replicas is not False
    ]
    if cheaper:
        assert asked.cheapest_sure is not None
        assert best.is_measured
        least = asked.cheapest_sure.cost_usd_per_year
        assert best.cost_usd_per_year <= premium_of(asked.scenario) * least + 0.01
    if asked.mix is not None and asked.mix.option is not None:
        assert asked.mix.solver.usd_per_year == pytest.approx(asked.mix.option.cost_usd_per_year)


def try_many(part: int, forecaster: Forecaster, catalog: Catalog) -> None:
    rng = random.Random(part)
    planned = 0
    for _ in range(OF_A_TEST):
        scenario = scenario_of(rng)
        try:
            check(scenario, rng, forecaster, catalog)
        except InputError:
            continue
        except AssertionError as error:
            raise AssertionError(f"{scenario!r}: {error}") from error
        planned += 1
    assert planned > 0.9 * OF_A_TEST


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("part", [0, *ONLY_IN_A_SOAK])
def test_many_scenarios(part: int, forecaster: Forecaster, catalog: Catalog) -> None:
    try_many(part, forecaster, few_gpus(catalog))
