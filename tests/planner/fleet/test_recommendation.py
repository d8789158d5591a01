"""Which option is recommended as more is asked."""

from __future__ import annotations

from dataclasses import replace

from sample_plan import A100, L40S

from planner.fleet.plan import Option
from planner.fleet.recommendation import Recommendation, recommend
from planner.fleet.scenario import Scenario


def measured(cost: float) -> Option:
    return replace(A100, cost_usd_per_year=cost)


def unmeasured(cost: float) -> Option:
    return replace(L40S, cost_usd_per_year=cost, meets=A100.meets)


def costs_of(found: Recommendation) -> tuple[float, float]:
    """Of the cheapest option and of the recommended one."""
    assert found.cheapest is not None
    assert found.chosen is not None
    return found.cheapest.cost_usd_per_year, found.chosen.cost_usd_per_year


def test_the_recommended_option_may_cost_less_as_more_is_asked_and_the_cheapest_may_not() -> None:
    """The example of docs/costs.md: the measured option leaves the premium of 1.25."""
    assert costs_of(recommend(Scenario(), [unmeasured(100), measured(120)])) == (100, 120)
    assert costs_of(recommend(Scenario(), [unmeasured(110), measured(150)])) == (110, 110)


def test_without_a_premium_the_cheapest_is_recommended() -> None:
    free = Scenario(accept_extrapolated=True)
    assert costs_of(recommend(free, [unmeasured(100), measured(120)])) == (100, 100)


def test_nothing_cheaper_stands_beside_a_measured_option_of_the_same_cost() -> None:
    found = recommend(Scenario(), [replace(unmeasured(100), utilization=0.1), measured(100)])
    assert found.chosen is not None
    assert found.chosen.is_measured
    assert found.cheapest_sure is None
