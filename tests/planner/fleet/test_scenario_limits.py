"""When a limit holds, to the last cent and the last document."""

from __future__ import annotations

from planner.fleet.scenario_limits import Meets, answers_in_time, carries, within_budget


def test_a_capacity_is_enough_up_to_rounding() -> None:
    assert carries(20e6, 20e6)
    assert carries(20e6 * (1 - 1e-12), 20e6)
    assert not carries(20e6 * (1 - 1e-6), 20e6)


def test_an_answer_time_may_be_the_limit_itself_and_an_endless_queue_never_is_in_time() -> None:
    assert answers_in_time(15.0, 15.0)
    assert not answers_in_time(15.1, 15.0)
    assert not answers_in_time(None, 15.0)


def test_the_articles_price_is_within_a_budget_of_the_same_figure() -> None:
    assert within_budget(30_000 / 8760 * 8760, 30_000)
    assert not within_budget(30_000.01, 30_000)


def test_a_limit_that_is_not_set_is_not_missed() -> None:
    assert Meets(volume=True, latency=None, budget=None).all
    assert Meets(volume=False, latency=None, budget=False).missed == ("volume", "budget")
