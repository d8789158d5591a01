"""Fleets over several providers or regions, any one of which may be down."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from planner.catalog.lookup import Catalog
from planner.fleet.plan import Option, Plan
from planner.fleet.scenario import FleetPart, Scenario
from planner.forecast.forecaster import Forecaster
from planner.mixing import spread_fleet
from planner.mixing.places import Site, site_of, sites_apart
from planner.mixing.whole_plan import whole_plan
from planner.report.json_output import plan_json
from planner.wording.explanation import explain
from planner.wording.remedy_sentences import what_would_help
from planner.wording.why_not import reason_of


@pytest.fixture(scope="module")
def plan(forecaster: Forecaster, catalog: Catalog) -> Any:
    def of(**fields: Any) -> Plan:
        asked = {"gpus": ("L4", "A100 80GB"), "quantization": "awq"} | fields
        return whole_plan(Scenario.model_validate(asked), forecaster, catalog)

    return of


def places(plan: Plan, option: Option) -> list[Site]:
    over = plan.scenario.spread_over
    return sites_apart(site_of(over, item.price_offer) for item in option.fleet)


def without_place(plan: Plan, option: Option, lost: Site) -> float:
    """Documents a year of the machines that are left, by the central forecast."""
    capacity = option.capacity_documents_per_year.value
    shares = (
        sum(one.share for one in item.serves)
        for item in option.fleet
        if not site_of(plan.scenario.spread_over, item.price_offer).fails_with(lost)
    )
    return capacity * sum(shares)


@pytest.mark.slow
@pytest.mark.parametrize("over", ["provider", "region"])
@pytest.mark.parametrize("limits", [{}, {"latency_p95_s": 60.0}])
def test_with_any_place_down_the_others_keep_every_limit(
    plan: Any, over: str, limits: dict[str, Any]
) -> None:
    spread = plan(spread_over=over, **limits)
    best = spread.recommended
    assert best is not None
    assert len(places(spread, best)) >= 2
    assert best.probability_place_down is not None
    assert 0.8 <= best.probability_place_down.work <= best.probability.work
    for lost in places(spread, best):
        assert without_place(spread, best, lost) > spread.scenario.documents_per_year
    assert spread.mix.solver.usd_per_year == pytest.approx(best.cost_usd_per_year)
    assert f"With any one {over} down it is" in explain(spread)
    written = plan_json(spread)["recommended"]
    assert written["meets"]["spread"] is True
    assert written["probability_place_down"]["all"] >= 0.8


def test_one_provider_that_carries_all_misses_the_limit(plan: Any) -> None:
    spread = plan(spread_over="provider")
    alone = next(option for option in spread.options if len(option.fleet) == 1)
    assert alone.meets.spread is False
    assert reason_of(spread.scenario, alone) == "spread: one provider carries all"
    assert plan().options[0].meets.spread is None


def test_it_costs_more_than_one_provider_and_no_more_than_that_twice(plan: Any) -> None:
    one, spread = plan(), plan(spread_over="provider")
    second = min(
        option.cost_usd_per_year
        for option in one.options
        if option.meets.all
        and option.fleet[0].price_offer.provider != one.options[0].fleet[0].price_offer.provider
    )
    least = one.options[0].cost_usd_per_year
    # Each of two providers with a fleet of its own is such a fleet.
    assert least < spread.recommended.cost_usd_per_year <= (least + second) * 1.001


@pytest.mark.slow
def test_a_budget_that_is_too_small_is_told(plan: Any) -> None:
    asked = {"spread_over": "provider", "documents_per_year": 18e6}
    cost = plan(**asked).recommended.cost_usd_per_year
    short = plan(**asked, budget_usd_per_year=cost - 100)
    assert short.recommended is None
    at_one, remedy, fewer, less_sure = short.remedies
    assert [one.changed for one in short.remedies] == ["spread", "budget", "volume", "confidence"]
    assert cost <= remedy.value < cost + 1
    assert plan(**asked, budget_usd_per_year=remedy.value).recommended is not None
    assert fewer.option.cost_usd_per_year < cost
    assert less_sure.value < 0.8
    assert at_one.scenario.spread_over is None


def test_a_stated_fleet_at_one_provider_is_not_enough(plan: Any) -> None:
    fleet = (FleetPart(gpu="L4", replicas=20),)
    judged = plan(spread_over="provider", fleet=fleet)
    assert judged.recommended is None
    only = judged.options[0]
    # It keeps up with all documents, so that nothing else is missed.
    assert only.probability.volume > 0.99
    assert only.meets.volume
    assert only.probability_place_down is None
    assert reason_of(judged.scenario, only) == "spread: one provider carries all"
    at_one, instead = judged.remedies
    assert at_one.option == plan(fleet=fleet).recommended
    assert instead.option == plan(spread_over="provider").recommended
    first, second = what_would_help(judged)
    assert first.startswith("let one provider or region carry all documents: 20 x L4, ")
    assert second.startswith("replace your fleet by ")


def test_replicas_are_counted_without_the_place(plan: Any) -> None:
    spread = plan(documents_per_year=1e5, spread_over="provider", min_replicas=3)
    best = spread.recommended
    for lost in places(spread, best):
        left = sum(
            item.replicas
            for item in best.fleet
            if item.price_offer.provider.casefold() != lost.provider
        )
        assert left >= 3


@pytest.mark.slow
def test_it_is_looked_for_anew_each_year(plan: Any) -> None:
    spread = plan(spread_over="provider", growth_per_year=0.3, years=3)
    assert [year.enough for year in spread.years] == [True, True, True]
    grown = plan(spread_over="provider", documents_per_year=20e6 * 1.3**2)
    assert spread.years[2].cost_usd_per_year == pytest.approx(grown.recommended.cost_usd_per_year)
    assert spread.years[2].cost_usd_per_year > spread.years[0].cost_usd_per_year


def test_the_answer_names_the_providers(plan: Any) -> None:
    spread = plan(spread_over="provider")
    said = explain(spread)
    for item in spread.recommended.fleet:
        assert f"{item.replicas} x {item.gpu} at {item.price_offer.provider}" in said
    used = {item.gpu for item in spread.recommended.fleet}
    assert not used & {entry.gpu for entry in spread.infeasible}


@pytest.mark.slow
def test_the_solver_prints_nothing_where_json_is_read(plan: Any, capfd: Any) -> None:
    """HiGHS printed three lines for this programme after presolving it."""
    classes = (
        {"name": "invoices", "documents_per_year": 25341015.457121547, "input_tokens": 1000,
         "output_tokens": 100, "targets": {"e2e_p95_s": 20.0}},
        {"name": "claims", "documents_per_year": 101364061.82848619, "input_tokens": 8000,
         "output_tokens": 150},
    )  # fmt: skip
    items = (
        {"name": "licence", "amount": 900, "unit": "usd_per_gpu_year"},
        {"name": "postage", "amount": 0.2, "unit": "usd_per_1000_documents"},
    )
    plan(
        classes=classes,
        documents_per_year=126705077.28560773,
        gpus=("A100 80GB",),
        latency_p95_s=151.8106577550652,
        peak_factor=3.0,
        terms=("on-demand", "spot"),
        pay_only_for_hours=True,
        spread_over="region",
        min_replicas=2,
        confidence=0.5,
        other_costs=items,
        standard_costs=("people", "non-production", "tax"),
    )
    assert capfd.readouterr().out == ""


@pytest.mark.slow
def test_the_gap_is_that_of_the_first_search_and_the_seconds_are_of_all(
    plan: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, searched = spread_fleet._cheapest, list[tuple[float, float]]()

    def search(scenario: Scenario, sites: Any, shapes: Any, need: float) -> Any:
        machines, solver = real(scenario, sites, shapes, need)
        searched.append((need, sum(n * kind.usd.each for kind, n in machines.items())))
        return machines, replace(solver, gap=0.1 if need == 1.0 else 0.0, seconds=1.0)

    monkeypatch.setattr(spread_fleet, "_cheapest", search)
    monkeypatch.setattr("planner.mixing.whole_plan.levers", lambda *_: ())  # they search again
    asked = {"documents_per_year": 8e6, "latency_p95_s": 30.0}
    solver = plan(spread_over="provider", **asked).mix.solver
    (_, least), *_, (need, usd) = searched
    assert need > 1.0
    assert solver.seconds == len(searched)
    # Another fleet may cost nine tenths of the machines of the first search.
    assert solver.gap == pytest.approx(1 - 0.9 * least / usd)
