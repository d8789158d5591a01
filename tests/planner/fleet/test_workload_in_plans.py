"""Lengths, classes, deadlines, targets and growth, from the scenario to the plan."""

from __future__ import annotations

import math
from typing import Any

import pytest

from planner.catalog.lookup import Catalog
from planner.errors import InputError
from planner.fleet.busiest_hour import load_of
from planner.fleet.candidates import context_length
from planner.fleet.make_plan import make_plan
from planner.fleet.plan import Option, Plan
from planner.fleet.scenario import Scenario
from planner.forecast.forecaster import Forecaster
from planner.wording.explanation import explain
from planner.workload.document_class import DocumentClass, Targets
from planner.workload.length_spread import LengthSpread

FIXED = LengthSpread(fixed=True)


def a100(**fields: Any) -> Scenario:
    return Scenario(gpus=("A100 80GB",), quantization="awq", **fields)


def documents(name: str, volume: float, into: float, out: float, **more: Any) -> DocumentClass:
    return DocumentClass(
        name=name,
        documents_per_year=volume,
        input_tokens=into,
        output_tokens=out,
        input_spread=FIXED,
        output_spread=FIXED,
        **more,
    )


def of_classes(*classes: DocumentClass, **fields: Any) -> Scenario:
    total = sum(one.documents_per_year for one in classes)
    return a100(documents_per_year=total, classes=classes, **fields)


@pytest.fixture(scope="module")
def plan(forecaster: Forecaster, catalog: Catalog) -> Any:
    def of(scenario: Scenario) -> Plan:
        return make_plan(scenario, forecaster, catalog)

    return of


def best(found: Plan) -> Option:
    assert found.recommended is not None
    return found.recommended


def test_the_context_holds_the_999th_of_a_thousand_documents() -> None:
    # 1,000 exp(-0.5^2 / 2 + 3.0902 x 0.5) = 4,137.8, with 100 of the answer 4,238: 17 x 256.
    # p95 / mean of that spread: exp(1.644854 x 0.5 - 0.125) = 2.00865.
    spread = LengthSpread(p95=2008.65)
    scenario = Scenario(
        input_tokens=1000, output_tokens=100, input_spread=spread, output_spread=FIXED
    )
    assert context_length(scenario) == 4352
    assert context_length(Scenario(input_spread=FIXED, output_spread=FIXED)) == 8192


@pytest.mark.slow
def test_what_exceeds_the_models_context_is_told(plan: Any) -> None:
    item = best(plan(a100(output_spread=FIXED))).fleet[0]
    # 32,768 - 150 tokens are (ln(32,618 / 8,000) + 0.1922) / 0.62 = 2.5769 sd: 0.50 %.
    assert item.max_model_len == 32768
    assert item.share_too_long == pytest.approx(0.00498, abs=2e-5)


@pytest.mark.slow
def test_longer_documents_among_equal_means_cost_capacity(plan: Any) -> None:
    equal = best(plan(a100(input_spread=FIXED, output_spread=FIXED)))
    varied = best(plan(a100(input_spread=LengthSpread(p95=20000))))
    assert varied.capacity_documents_per_year.value < 0.97 * equal.capacity_documents_per_year.value


@pytest.mark.slow
def test_the_plan_of_two_classes_is_the_sum_of_both(plan: Any) -> None:
    invoices = documents("invoices", 30e6, 2000, 100)
    claims = documents("claims", 10e6, 12000, 200)
    both = best(plan(of_classes(invoices, claims)))
    single = [
        best(
            plan(
                a100(
                    documents_per_year=one.documents_per_year,
                    input_tokens=int(one.input_tokens),
                    output_tokens=int(one.output_tokens),
                    input_spread=FIXED,
                    output_spread=FIXED,
                )
            )
        )
        for one in (invoices, claims)
    ]

    def replicas_busy(option: Option) -> float:
        return option.utilization * option.fleet[0].replicas

    # The number of requests that run together differs, and with it 5 % of the throughput.
    assert replicas_busy(both) == pytest.approx(sum(map(replicas_busy, single)), rel=0.05)
    assert [(one.name, one.share) for one in both.fleet[0].serves] == [
        ("invoices", 0.75),
        ("claims", 0.25),
    ]


@pytest.mark.slow
def test_two_equal_classes_are_one(plan: Any) -> None:
    halves = plan(of_classes(documents("a", 9e6, 8000, 150), documents("b", 9e6, 8000, 150)))
    whole = plan(a100(documents_per_year=18e6, input_spread=FIXED, output_spread=FIXED))
    assert best(halves).cost_usd_per_year == best(whole).cost_usd_per_year
    assert best(halves).utilization == pytest.approx(best(whole).utilization, rel=1e-9)


def test_a_deadline_of_twelve_hours_halves_the_fleet(plan: Any) -> None:
    day = {"documents_per_year": 400e6, "hours_per_week": 84.0}
    at_once, later = a100(**day), a100(**day, done_within_h=12, processing_hours_per_week=168)
    assert load_of(later).busiest_per_s == pytest.approx(load_of(at_once).busiest_per_s / 2)
    fast, slow = best(plan(at_once)), best(plan(later))
    assert abs(fast.fleet[0].replicas - 2 * slow.fleet[0].replicas) <= 1
    assert slow.backlog is not None
    assert slow.backlog.longest_h <= 12
    assert fast.backlog is None


def test_a_deadline_before_any_hour_of_processing_is_refused() -> None:
    with pytest.raises(InputError, match="done within 1 h"):
        load_of(Scenario(hours_per_week=84, processing_hours_per_week=40, done_within_h=1))


def test_documents_that_people_wait_for_are_processed_when_they_arrive() -> None:
    night = {"hours_per_week": 84.0, "processing_hours_per_week": 168.0, "done_within_h": 12.0}
    waiting = Scenario(**night, latency_p95_s=30)
    assert load_of(waiting) == load_of(Scenario(hours_per_week=84))


@pytest.mark.slow
def test_a_target_of_one_class_is_kept_for_that_class(plan: Any) -> None:
    def fleet(targets: Targets) -> Option:
        claims = documents("claims", 10e6, 12000, 200, targets=targets)
        return best(plan(of_classes(documents("invoices", 30e6, 2000, 100), claims)))

    loose, tight = fleet(Targets()), fleet(Targets(e2e_p95_s=8))
    assert loose.probability.latency is None
    assert tight.probability.latency is not None
    assert tight.probability.latency >= 0.8 - 1e-6
    assert tight.fleet[0].replicas > loose.fleet[0].replicas


@pytest.mark.slow
@pytest.mark.parametrize("field", ["ttft_p95_s", "tpot_p95_ms", "latency_p50_s", "latency_p99_s"])
def test_every_target_is_judged(plan: Any, field: str) -> None:
    impossible = plan(a100(**{field: 1e-3}))
    assert impossible.recommended is None
    assert all("latency" in option.obstacles for option in impossible.options)
    assert best(plan(a100(**{field: 1e6}))).meets.latency is True


def test_growth_doubles_the_documents_of_the_second_year(plan: Any) -> None:
    found = plan(a100(documents_per_year=200e6, growth_per_year=1.0, years=3))
    assert [year.documents for year in found.years] == [200e6, 400e6, 800e6]
    first, second, third = (year.replicas for year in found.years)
    assert abs(second - 2 * first) <= 1
    assert abs(third - 4 * first) <= 3
    assert found.next_machine_month is not None
    # The fleet is full within a replica: x N documents in 12 log2(x) months.
    assert 1 <= found.next_machine_month <= math.ceil(12 * math.log2(1 + 1.5 / first))


def test_each_target_has_its_figure_interval_and_probability(plan: Any) -> None:
    tight = documents("claims", 10e6, 12000, 200, targets=Targets(e2e_p95_s=30, tpot_p95_ms=500))
    found = plan(of_classes(documents("invoices", 30e6, 2000, 100), tight))
    assert [(kept.class_name, kept.target, kept.limit) for kept in found.targets] == [
        ("claims", "e2e_p95_s", 30),
        ("claims", "tpot_p95_ms", 500),
    ]
    for kept in found.targets:
        assert kept.low < kept.value < kept.high
    joint = best(found).probability.latency
    assert joint is not None
    assert joint <= min(kept.probability for kept in found.targets) + 0.005
    sentences = explain(found)
    assert "Claims, answer time (95 %)" in sentences
    assert "limit 500 ms" in sentences


def test_a_volume_may_grow_beyond_what_can_be_entered(
    forecaster: Forecaster, catalog: Catalog
) -> None:
    growing = Scenario(
        documents_per_year=1e12, growth_per_year=0.5, years=3, gpus=("L4",), quantization="awq"
    )
    plan = make_plan(growing, forecaster, catalog)
    assert [year.documents for year in plan.years] == pytest.approx([1e12, 1.5e12, 2.25e12])
