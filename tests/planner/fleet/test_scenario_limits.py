"""When a limit holds, to the last cent and the last document."""

from __future__ import annotations

import pickle

from planner.fleet.scenario import Scenario
from planner.fleet.scenario_limits import Meets, is_sure, within_budget


def test_a_limit_is_sure_from_the_confidence_itself_on() -> None:
    assert is_sure(0.8, 0.8)
    assert is_sure(0.8 - 1e-9, 0.8)
    assert not is_sure(0.79, 0.8)


def test_the_articles_price_is_within_a_budget_of_the_same_figure() -> None:
    assert within_budget(30_000 / 8760 * 8760, 30_000)
    assert not within_budget(30_000.01, 30_000)


def test_a_limit_that_is_not_set_is_not_missed() -> None:
    assert Meets(volume=True, latency=None, budget=None).all
    assert Meets(volume=False, latency=None, budget=False).missed == ("volume", "budget")


def test_equal_scenarios_have_one_hash_and_a_changed_copy_another() -> None:
    asked = Scenario(documents_per_year=2e6)
    first = hash(asked)
    changed = asked.model_copy(update={"documents_per_year": 3e6})
    assert hash(changed) == hash(Scenario(documents_per_year=3e6)) != first
    assert first == hash(Scenario(documents_per_year=2e6))
    assert asked == Scenario(documents_per_year=2e6)
    assert asked.model_dump() == Scenario(documents_per_year=2e6).model_dump()


def test_a_pickled_scenario_is_hashed_anew() -> None:
    """A hash of strings holds in one process alone."""
    asked = Scenario(documents_per_year=2e6)
    fresh = pickle.dumps(asked)
    hash(asked)
    assert pickle.dumps(asked) == fresh
